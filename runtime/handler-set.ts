import type { AnyEventDefinition } from './definition.js';
import type { Envelope, UnknownEvent } from './envelope.js';
import { EventBusError } from './errors.js';
import { type ResolvedHandlerOptions, resolveHandlerOptions } from './handler-options.js';
import { matchesPattern } from './pattern.js';
import type { Handler, Subscription } from './subscription.js';

/** One handler of this process. */
export interface RegisteredHandler {
  readonly name: string;
  readonly pattern: string;
  readonly options: ResolvedHandlerOptions;
  readonly run: Handler<Envelope | UnknownEvent>;
}

/** The handlers of one priority; they run side by side. */
export type HandlerLevel = readonly RegisteredHandler[];

/** The handlers of one service in one process, and the definitions of the events they know. */
export class HandlerSet {
  readonly #handlers = new Map<string, RegisteredHandler>();
  readonly #definitions = new Map<string, AnyEventDefinition>();
  /** Levels by event type. Bounded, since types come from the stream. */
  readonly #levels = new Map<string, readonly HandlerLevel[]>();
  readonly #replayLevels = new Map<string, readonly HandlerLevel[]>();

  /** @throws EventBusError `HANDLER_DUPLICATE` when the service has a handler of that name; `CONFIG_INVALID`. */
  add(subscription: Subscription): void {
    const { name, pattern } = subscription;
    if (name === '' || name === '*' || name.length > 200) {
      throw new EventBusError(
        'CONFIG_INVALID',
        `handler name ${JSON.stringify(name)}: use 1 to 200 characters, not '*'`,
      );
    }
    if (this.#handlers.has(name)) {
      const what = `two handlers are named ${JSON.stringify(name)}`;
      throw new EventBusError(
        'HANDLER_DUPLICATE',
        `${what}: give one of them another \`name\`, retries are kept under it`,
      );
    }
    const options = resolveHandlerOptions(name, subscription.options);
    this.#handlers.set(name, { name, pattern, options, run: subscription.handler });
    for (const event of subscription.events) this.#definitions.set(event.type, event);
    this.#levels.clear();
    this.#replayLevels.clear();
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

  /** The handlers that get events of this type, live or replayed, highest priority first. */
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
    return [...byPriority].sort(([a], [b]) => b - a).map(([, level]) => level);
  }
}
