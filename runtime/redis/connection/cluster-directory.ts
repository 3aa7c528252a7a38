import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { askServer, type Redis } from './client.js';
import type { Master } from './nodes.js';
import { PermanentRefusal } from './permanent-refusal.js';
import type { RedisConnection } from './redis-connection.js';
import { replyCode } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';
import type { Address, ResolvedTarget } from './resolved-target.js';
import { addressOf, nameOf, SlotTable } from './slot-table.js';

export interface ClusterDirectoryOptions {
  readonly target: ResolvedTarget;
  readonly logger: Logger;
  /** A connection to a node that is ready; undefined if there is none. */
  readonly connectionTo: (node: string) => RedisConnection | undefined;
  /** Called when the table of slots may have changed, and after each failed search. */
  readonly onChange: () => void;
}

/** Minimum time between two searches, in milliseconds. */
const pauseMs = 100;
/** Time after which the next node is asked as well, in milliseconds, and time until the search fails. */
const patienceMs = 250;
const searchMs = 2_000;

/** Knows the master of each slot of a cluster. Any node is asked: one that does not reply delays nothing but itself. */
export class ClusterDirectory {
  readonly #options: ClusterDirectoryOptions;
  readonly #nodes: readonly Address[];
  readonly #table: SlotTable;
  #open = true;
  #searching = false;
  /** Whether to search again after the present search: it may be older than the reason. */
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #searchedAt = Number.NEGATIVE_INFINITY;
  #preferred: string | undefined;
  readonly #fatal = new PermanentRefusal();
  #lastError: unknown;

  constructor(options: ClusterDirectoryOptions) {
    this.#options = options;
    const { nodes = [], natMap = new Map<string, Address>() } = options.target.cluster ?? {};
    this.#nodes = nodes;
    this.#table = new SlotTable(natMap);
  }

  /** Why no node can be asked until the setup is changed. */
  get fatal(): EventBusError | undefined {
    return this.#fatal.error;
  }

  /** Error of the last search; undefined after a successful one. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Time since the last search, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#searchedAt;
  }

  /** Every known master with its slots. */
  get masters(): readonly Master[] {
    return this.#table.masters;
  }

  ownerOf(slot: number): string | undefined {
    return this.#table.ownerOf(slot);
  }

  /** A node has named the owner of a slot. */
  moved(message: string, asked: Address): void {
    this.#preferred = this.#table.move(message, asked) ?? this.#preferred;
    this.refresh();
    this.#options.onChange();
  }

  /** Asks for the slots, at most every 100 ms. */
  refresh(): void {
    if (!this.#open) return;
    if (this.#searching) this.#again = true;
    if (this.#searching || this.#timer !== undefined) return;
    if (!this.#fatal.mayTry()) return;
    this.#timer = setTimeout(() => void this.#search(), Math.max(0, pauseMs - this.ageMs));
  }

  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #search(): Promise<void> {
    this.#timer = undefined;
    this.#searching = true;
    try {
      await this.#findFirst();
      this.#lastError = undefined;
    } catch (error) {
      this.#lastError = error;
      this.#options.logger.debug({ err: error }, 'no node of the cluster has returned the owners of the slots');
      const refusal = error instanceof EventBusError ? error : redisRefusal(error);
      // Nodes that were used before may be refusing for the moment.
      if (refusal !== undefined && this.#table.owners.length === 0) this.#fatal.set(refusal);
    }
    this.#searching = false;
    this.#searchedAt = performance.now();
    if (!this.#open) return;
    this.#options.onChange();
    if (this.#again) this.refresh();
    this.#again = false;
  }

  /** Asks one node after the other until one has replied; does not wait long for any of them. */
  async #findFirst(): Promise<void> {
    let lastError: unknown = new Error('no node of the cluster replies');
    let isFound = false;
    const asked: Promise<void>[] = [];
    const end = performance.now() + searchMs;
    for (const name of this.#candidates()) {
      const reading = this.#read(name).then(
        () => {
          isFound = true;
        },
        (error: unknown) => {
          lastError = error;
        },
      );
      asked.push(reading);
      await Promise.race([reading, sleep(patienceMs)]);
      if (isFound) return;
    }
    const all = Promise.all(asked).then(() => undefined);
    while (!isFound && performance.now() < end) {
      const isEnded = await Promise.race([all.then(() => true), sleep(pauseMs).then(() => false)]);
      if (isEnded) break;
    }
    if (!isFound) throw lastError;
  }

  async #read(name: string): Promise<void> {
    const { connectionTo, target } = this.#options;
    const server = addressOf(name);
    const connection = connectionTo(name);
    const ask = (redis: Redis) => redis.cluster('SLOTS');
    const asking = connection?.tryOnce(ask) ?? askServer({ ...target, server }, searchMs, ask);
    const reply = await asking.catch((error: unknown) => {
      throw unsuitable(error, name) ?? error;
    });
    if (this.#open && !this.#table.read(reply, server)) throw new Error(`${name} is not in a cluster with slots yet`);
  }

  /** The node that a redirection named, masters with a connection from any of them on, the configured nodes, other masters. */
  #candidates(): readonly string[] {
    const preferred = this.#preferred;
    this.#preferred = undefined;
    const { owners } = this.#table;
    const first = Math.floor(Math.random() * owners.length);
    const masters = [...owners.slice(first), ...owners.slice(0, first)];
    const isReady = (name: string) => this.#options.connectionTo(name) !== undefined;
    const ready = masters.filter(isReady);
    const named = preferred === undefined ? [] : [preferred];
    return [...new Set([...named, ...ready, ...this.#nodes.map(nameOf), ...masters])];
  }
}

function unsuitable(error: unknown, name: string): EventBusError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/cluster support disabled/.test(error.message)) {
    const fix = `pass it alone: redis: 'redis://${name}'`;
    return new EventBusError('REDIS_UNSUITABLE', `${name} is not a node of a Redis Cluster; fix: ${fix}`, {
      cause: error,
    });
  }
  if (replyCode(error) !== 'NOPERM') return undefined;
  const problem = 'Redis does not permit the command `CLUSTER|SLOTS` to the user of this connection';
  const fix = 'permit it to that user; docs/operations.md lists the required commands ("Permissions")';
  return new EventBusError('REDIS_DENIED', `NOPERM: ${problem}; fix: ${fix}`, { cause: error });
}
