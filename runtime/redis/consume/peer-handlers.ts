import { canDecide } from '../../event/versions.js';
import type { HandlerSet } from '../../handle/handler-set.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ScriptArgument } from '../connection/script.js';
import { countParked, readParkedNames } from '../statistics/parked-sets.js';
import {
  accepts,
  formatRegistration,
  type HandlerRegistration,
  parseRegistration,
} from '../store/handler-registration.js';
import type { GroupKeys, Keys } from '../store/keys.js';
import type { Operation, RedisDelivery } from './delivery.js';
import { registerScript } from './membership.lua.js';
import { factsOf, firstRetry } from './settle-operations.js';

/** The name of a set of parked rows, and whose they are. */
export interface ReadableName {
  readonly name: string;
  readonly handler: string;
}

/** How long a deferred delivery waits when matchesNoHandler here can run it: not at all. */
const dueNow = 0;

/** The group's handlers that this process does not have, as a rolling deploy makes them: their share is left for others. */
export class PeerHandlers {
  readonly #connection: RedisConnection;
  readonly #keys: readonly string[];
  readonly #group: GroupKeys;
  readonly #consumer: string;
  readonly #handlers: HandlerSet;
  readonly #describe: () => string;
  readonly #matching = new Map<string, readonly string[]>();
  #entries: readonly HandlerRegistration[] = [];
  #version = '0';
  #parked: readonly ReadableName[] = [];
  #parkedCount = 0;

  /** @param describe What this consumer handles, as JSON for the registry. */
  constructor(
    connection: RedisConnection,
    keys: Keys,
    group: GroupKeys,
    consumer: string,
    handlers: HandlerSet,
    describe: () => string,
  ) {
    this.#connection = connection;
    this.#keys = [keys.events, group.state, group.handlers, group.seen, group.consumers, group.alive, group.since];
    this.#group = group;
    this.#consumer = consumer;
    this.#handlers = handlers;
    this.#describe = describe;
  }

  /** Version of the group's set of handlers that this process knows. */
  get version(): string {
    return this.#version;
  }

  /** Tells Redis this process's handlers and learns the group's. */
  async reload(timeoutMs?: number): Promise<void> {
    const args: ScriptArgument[] = [this.#group.name, this.#consumer, this.#describe()];
    for (const handler of this.#handlers) args.push(handler.name, formatRegistration(handler));
    const reply = await this.#connection.ask(() => this.#connection.run(registerScript, this.#keys, args), timeoutMs);
    const [version = '0', ...pairs] = reply as string[];
    const entries: HandlerRegistration[] = [];
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const [handler = '', value = ''] = pairs.slice(i, i + 2);
      if (this.#handlers.get(handler) === undefined) entries.push(parseRegistration(handler, value));
    }
    this.#entries = entries;
    await this.readParked(timeoutMs);
    this.#matching.clear();
    this.#version = version;
  }

  /** Sets of rows that older builds have parked and this build can decide about. */
  get parked(): readonly ReadableName[] {
    return this.#parked;
  }

  /** How many deliveries of the whole group were parked when that was last read. */
  get parkedCount(): number {
    return this.#parkedCount;
  }

  /** Reads again which sets of parked rows there are, and how many rows they have. */
  async readParked(timeoutMs?: number): Promise<void> {
    const [sets, count] = await this.#connection.ask(async () => {
      const read = await readParkedNames(this.#connection, this.#group);
      return [read, await countParked(this.#connection, this.#group, read)] as const;
    }, timeoutMs);
    this.#parkedCount = count;
    this.#parked = sets.flatMap(({ name, handler, type, version }) => {
      const definition = this.#handlers.definitions.get(type);
      if (definition === undefined || this.#handlers.get(handler) === undefined) return [];
      return canDecide(definition.version, version) ? [{ name, handler }] : [];
    });
  }

  /** Rows, due now, for the handlers of others that the delivery's event is for. */
  operationsFor(delivery: RedisDelivery): readonly Operation[] {
    if (this.#entries.length === 0) return [];
    const { event, completedHandlers, replayed } = delivery;
    const matching = this.#matchingHandlers(event.type, event.replay !== undefined);
    const handlers = replayed === undefined ? matching : matching.filter(replayed.isFor);
    if (handlers.length === 0) return [];
    const row = JSON.stringify(firstRetry(delivery));
    const detail = JSON.stringify(factsOf(event));
    return handlers
      .filter((handler) => completedHandlers?.includes(handler) !== true)
      .map((handler) => ['schedule', handler, row, dueNow, detail, 'deferred']);
  }

  #matchingHandlers(type: string, replayed: boolean): readonly string[] {
    const key = replayed ? `${type} replayed` : type;
    let matching = this.#matching.get(key);
    if (matching === undefined) {
      const found = this.#entries.filter((entry) => type !== '' && accepts(entry, type, replayed));
      matching = found.map(({ handler }) => handler);
      if (this.#matching.size >= 10_000) this.#matching.clear();
      this.#matching.set(key, matching);
    }
    return matching;
  }
}
