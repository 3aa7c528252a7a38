import type { AnyEventDefinition } from './definition.js';
import type { Envelope, UnknownEvent } from './envelope.js';
import { matchesPattern } from './pattern.js';
import type { Handler, HandlerOptions, HandlersOptions, SubscribeOptions, Subscription } from './subscription.js';

/**
 * Makes the subscription of one handler to a pattern. Generated code wraps it in a `subscribe` that knows the catalog's
 * types; `events` are the catalog's definitions to choose from.
 */
export function subscribeTo(
  events: readonly AnyEventDefinition[],
  pattern: string,
  options: SubscribeOptions,
  handler: Handler<never>,
): Subscription {
  const { name, ...rest } = options;
  return {
    name,
    pattern,
    events: events.filter((event) => matchesPattern(pattern, event.type)),
    // The compiled validator of the event's own type is what makes the narrower parameter true.
    handler: handler as Handler<Envelope | UnknownEvent>,
    options: rest,
  };
}

/**
 * Makes the subscriptions of a generated handler interface: one for each method that `impl` has.
 * @param domain Default prefix of the handlers' names.
 * @param events The definition behind each method of the interface.
 */
export function handlersOf<Method extends string>(
  domain: string,
  events: Readonly<Record<Method, AnyEventDefinition>>,
  impl: { readonly [M in Method]?: unknown },
  options: HandlersOptions<Method> = {},
): Subscription[] {
  const { name = domain, methods, ...shared } = options;
  const subscriptions: Subscription[] = [];
  for (const method of Object.keys(events) as Method[]) {
    const handler = impl[method];
    if (typeof handler !== 'function') continue;
    const event = events[method];
    const own: HandlerOptions | undefined = methods?.[method];
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
