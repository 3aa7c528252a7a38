import { EventBusError } from '../errors.js';
import type { AnyEventDefinition } from '../event/definition.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { checkOlderVersions } from '../event/older-versions.js';
import { matchesPattern } from '../event/pattern.js';
import type { Logger } from '../logger.js';
import { definitions, nested, type OptionTable, resolveOptions, text } from '../options.js';
import { isName } from '../publish/publish-options.js';
import { type ResolvedHandlerOptions, resolveHandlerOptions } from './handler-options.js';
import type { Handler, Subscription } from './subscription.js';

/** One handler of this process. */
export interface RegisteredHandler {
  readonly name: string;
  readonly pattern: string;
  readonly options: ResolvedHandlerOptions;
  readonly run: Handler<Envelope | UnknownEvent>;
}

/** The handlers of one priority; they run in parallel. */
export type HandlerLevel = readonly RegisteredHandler[];

/** The levels with only those handlers that are open; levels without handlers are left out. */
export function openLevels(
  levels: readonly HandlerLevel[],
  isOpen: (handler: string) => boolean,
): readonly HandlerLevel[] {
  const open = levels.map((level) => level.filter((handler) => isOpen(handler.name)));
  return open.filter((level) => level.length > 0);
}

/** Every field of a subscription, with its check. Generated code makes subscriptions; plain JavaScript may pass anything. */
const subscriptionParts: OptionTable<Subscription> = {
  name: {
    required: true,
    check: {
      // The last form is used for the names of sets of parked deliveries.
      expected: "1 to 200 whole characters, not '*' and not '…~<type>~<version>'",
      holds: (value) => isName(value) && value !== '*' && value.length <= 200 && !/~[^~]+~\d+\.\d+\.\d+$/.test(value),
    },
  },
  pattern: {
    required: true,
    check: text("'*', 'domain.*', 'domain.entity.*' or an event type", /^(\*|[^\s*]+(\.\*)?)$/),
  },
  events: { required: true, check: definitions },
  handler: { required: true, check: { expected: 'a function', holds: (value) => typeof value === 'function' } },
  options: { required: true, check: nested },
};

function readSubscription(subscription: Subscription): Subscription {
  return resolveOptions<Subscription>('subscribe', subscriptionParts, subscription);
}

/** The handlers of one service in one process, and the definitions of their events. */
export class HandlerSet {
  readonly #handlers = new Map<string, RegisteredHandler>();
  readonly #definitions = new Map<string, AnyEventDefinition>();
  /** Cache of the levels by event type. Bounded, since types come from the stream. */
  readonly #levels = new Map<string, readonly HandlerLevel[]>();
  readonly #replayLevels = new Map<string, readonly HandlerLevel[]>();

  /** @throws EventBusError `HANDLER_DUPLICATE` when the service already has a handler with this name; `CONFIG_INVALID`. */
  add(subscription: Subscription): void {
    const { name, pattern, events, handler: run, options: given } = readSubscription(subscription);
    if (this.#handlers.has(name)) {
      const problem = `two handlers are named ${JSON.stringify(name)}`;
      throw new EventBusError(
        'HANDLER_DUPLICATE',
        `${problem}: give one of them another \`name\`, because retries are stored under it`,
      );
    }
    const options = resolveHandlerOptions(name, given);
    for (const event of events) {
      checkOlderVersions(event);
      this.#refuseOtherVersion(name, event);
    }
    this.#handlers.set(name, { name, pattern, options, run });
    for (const event of events) this.#definitions.set(event.type, event);
    this.#levels.clear();
    this.#replayLevels.clear();
  }

  /**
   * The data of an event is validated with one definition. Another handler may have one of another version: of a second catalog
   * that describes the same type, or of a second copy of the SDK.
   */
  #refuseOtherVersion(handler: string, event: AnyEventDefinition): void {
    const known = this.#definitions.get(event.type);
    if (known === undefined) return;
    const [theirs, ours] = [readVersions(known), readVersions(event)];
    if (theirs === ours) return;
    const problem = `the handler ${JSON.stringify(handler)} has version ${ours} of ${event.type}, another handler has ${theirs}`;
    throw new EventBusError('CONFIG_INVALID', `${problem}: a service reads one version of an event, from one SDK`);
  }

  /** Warns of priorities below 0: an earlier version ran the highest number first. */
  warnOfPriorities(logger: Logger): void {
    const handlers = [...this.#handlers.values()].filter(({ options }) => options.priority < 0).map(({ name }) => name);
    if (handlers.length === 0) return;
    logger.warn({ handlers }, 'handlers with a negative priority: a lower number runs first, the default is 100');
  }

  /** Definitions by event type. */
  get definitions(): ReadonlyMap<string, AnyEventDefinition> {
    return this.#definitions;
  }

  get size(): number {
    return this.#handlers.size;
  }

  get(name: string): RegisteredHandler | undefined {
    return this.#handlers.get(name);
  }

  [Symbol.iterator](): Iterator<RegisteredHandler> {
    return this.#handlers.values();
  }

  /** The handlers that get live or replayed events of this type, in levels; the first level runs first. */
  levelsFor(type: string, replayed: boolean): readonly HandlerLevel[] {
    const cache = replayed ? this.#replayLevels : this.#levels;
    let levels = cache.get(type);
    if (levels === undefined) {
      levels = this.#buildLevels(type, replayed ? 'skip' : 'only');
      if (cache.size >= 10_000) cache.clear();
      cache.set(type, levels);
    }
    return levels;
  }

  #buildLevels(type: string, without: 'skip' | 'only'): readonly HandlerLevel[] {
    const byPriority = new Map<number, RegisteredHandler[]>();
    for (const handler of this.#handlers.values()) {
      if (handler.options.replay === without || !matchesPattern(handler.pattern, type)) continue;
      const level = byPriority.get(handler.options.priority);
      if (level === undefined) byPriority.set(handler.options.priority, [handler]);
      else level.push(handler);
    }
    return [...byPriority].sort(([a], [b]) => a - b).map(([, level]) => level);
  }
}

/** The versions of an event that a definition reads: `2.0.0`, or `3.0.0, which also reads 1.2.0 and 2.0.0`. */
function readVersions({ version, older = [] }: AnyEventDefinition): string {
  return older.length === 0
    ? version
    : `${version}, which also reads ${older.map((item) => item.version).join(' and ')}`;
}
