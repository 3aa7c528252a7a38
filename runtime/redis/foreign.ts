import type { HandlerSet } from '../handler-set.js';
import { matchesPattern } from '../pattern.js';
import type { Operation, RedisDelivery } from './delivery.js';
import type { GroupKeys } from './keys.js';
import { type Link, persist } from './link.js';
import { factsOf, firstRow } from './operations.js';
import type { ScriptArgument } from './script.js';
import { registerScript } from './scripts/membership.js';

/** How long a deferred delivery waits when nobody here can run it: not at all. */
const dueNow = 0;

/** The group's handlers that this process does not have, as a rolling deploy makes them: their share is left for others. */
export class Foreign {
  readonly #link: Link;
  readonly #keys: readonly string[];
  readonly #consumer: string;
  readonly #handlers: HandlerSet;
  readonly #describe: () => string;
  readonly #matching = new Map<string, readonly string[]>();
  #patterns: readonly (readonly [handler: string, pattern: string])[] = [];
  #version = '0';

  /** @param describe What this consumer handles, as JSON for the registry. */
  constructor(link: Link, group: GroupKeys, consumer: string, handlers: HandlerSet, describe: () => string) {
    this.#link = link;
    this.#keys = [group.state, group.handlers, group.seen, group.consumers, group.alive];
    this.#consumer = consumer;
    this.#handlers = handlers;
    this.#describe = describe;
  }

  /** Version of the group's set of handlers that this process knows. */
  get version(): string {
    return this.#version;
  }

  /** Tells Redis this process's handlers and learns the group's. */
  async reload(): Promise<void> {
    const args: ScriptArgument[] = [this.#consumer, this.#describe()];
    for (const handler of this.#handlers) args.push(handler.name, handler.pattern);
    const reply = await persist(this.#link, () => this.#link.run(registerScript, this.#keys, args));
    const [version = '0', ...pairs] = reply as string[];
    const patterns: [string, string][] = [];
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const [handler = '', pattern = ''] = pairs.slice(i, i + 2);
      if (this.#handlers.get(handler) === undefined) patterns.push([handler, pattern]);
    }
    this.#patterns = patterns;
    this.#matching.clear();
    this.#version = version;
  }

  /** Rows, due now, for the handlers of others that the delivery's event is for. */
  operationsFor(delivery: RedisDelivery): readonly Operation[] {
    if (this.#patterns.length === 0) return [];
    const { event, marked } = delivery;
    const handlers = this.#matchingHandlers(event.type);
    if (handlers.length === 0) return [];
    const row = JSON.stringify(firstRow(delivery));
    const detail = JSON.stringify(factsOf(event));
    return handlers
      .filter((handler) => marked?.includes(handler) !== true)
      .map((handler) => ['schedule', handler, row, dueNow, detail, 'deferred']);
  }

  #matchingHandlers(type: string): readonly string[] {
    let matching = this.#matching.get(type);
    if (matching === undefined) {
      const found = this.#patterns.filter(([, pattern]) => type !== '' && matchesPattern(pattern, type));
      matching = found.map(([handler]) => handler);
      if (this.#matching.size >= 10_000) this.#matching.clear();
      this.#matching.set(type, matching);
    }
    return matching;
  }
}
