import { EventBusError } from '../errors.js';
import type { AnyEventDefinition } from '../event/definition.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { matchesPattern } from '../event/pattern.js';
import { nearestOf, optionError } from '../options.js';
import { messageOf } from '../support/failure.js';
import type { DomainHandlersOptions, Handler, HandlerOptions, SubscribeOptions, Subscription } from './subscription.js';

/**
 * Makes the subscription of one handler to a pattern. Generated code wraps it in a `subscribe` that knows the catalog's
 * types; `events` are all definitions of the catalog.
 * @internal Called by generated code only.
 */
export function subscribeTo(
  events: readonly AnyEventDefinition[],
  pattern: string,
  options: SubscribeOptions,
  handler: Handler<never>,
): Subscription {
  const { name, ...rest } = readOptions(`subscribe to ${pattern}`, options);
  const own = events.filter((event) => matchesPattern(pattern, event.type));
  // Safe: the compiled validator of the event's type guarantees the narrower parameter.
  const run = handler as Handler<Envelope | UnknownEvent>;
  return { name, pattern, events: own, handler: pattern.endsWith('*') ? withUnknown(own, run) : run, options: rest };
}

/** Marks events that only another catalog of the same service defines: the catalog of this handler has no type for them. */
function withUnknown(
  events: readonly AnyEventDefinition[],
  handler: Handler<Envelope | UnknownEvent>,
): Handler<Envelope | UnknownEvent> {
  if (typeof handler !== 'function') return handler;
  const types = new Set(events.map(({ type }) => type));
  return (event, ctx) =>
    handler(event.unknown === true || types.has(event.type) ? event : { ...event, unknown: true }, ctx);
}

/**
 * Makes the subscriptions of a generated handler interface: one for each method that `impl` has.
 * @param domain Default prefix of the handlers' names.
 * @param events The definition behind each method of the interface.
 * @internal Called by generated code only.
 */
export function handlersOf<Method extends string>(
  domain: string,
  events: Readonly<Record<Method, AnyEventDefinition>>,
  impl: { readonly [M in Method]?: unknown },
  options: DomainHandlersOptions<Method> = {},
): Subscription[] {
  const caller = `handlers of ${domain}`;
  const { name = domain, methods, ...shared } = readOptions(caller, options);
  const ofMethods: { readonly [M in Method]?: HandlerOptions } = readOptions(`${caller}: methods`, methods ?? {});
  for (const method of Object.keys(ofMethods)) {
    if (!Object.hasOwn(events, method)) throw noSuchMethod(caller, method, Object.keys(events));
  }
  const subscriptions: Subscription[] = [];
  for (const method of Object.keys(events) as Method[]) {
    const handler = impl[method];
    if (typeof handler !== 'function') continue;
    const event = events[method];
    const own = ofMethods[method];
    subscriptions.push({
      name: `${name}.${method}`,
      pattern: event.type,
      events: [event],
      handler: (incoming, ctx) => handler.call(impl, incoming, ctx),
      options: { ...shared, ...own },
    });
  }
  return subscriptions;
}

/** Reads each option once. Their values are checked in `bus.subscribe`. */
function readOptions<Options extends object>(caller: string, options: Options): Options {
  try {
    if (typeof options === 'object' && options !== null) return { ...options };
  } catch (cause) {
    throw new EventBusError('CONFIG_INVALID', `${caller}: the options cannot be read: ${messageOf(cause)}`, { cause });
  }
  throw optionError(caller, 'the options', 'an object', options);
}

function noSuchMethod(caller: string, method: string, known: readonly string[]): EventBusError {
  const nearest = nearestOf(method, known);
  const fix = nearest === undefined ? `the methods are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return new EventBusError('CONFIG_INVALID', `${caller}: there is no method ${JSON.stringify(method)}: ${fix}`);
}
