import { canDecide } from '../../event/older-versions.js';
import { type ParkedCount, parkedCounts } from '../../operate/parked.js';
import { countParkedSets, readParkedNames, sumOf } from '../statistics/parked-sets.js';
import { accepts, type HandlerRegistration, parseRegistration } from '../store/handler-registration.js';
import type { RedisDelivery } from './delivery.js';
import type { Settle } from './encode-settle.js';
import type { GroupMember } from './group-member.js';
import type { Membership } from './membership.js';
import type { SettleOperation } from './settle-operation.js';
import { firstRetry, logFields, queueKeyOfDelivery, waitOperation } from './settle-operations.js';

/** The name of a set of parked retries, and their handler. */
export interface ReadableName {
  readonly name: string;
  readonly handler: string;
}

/** Delay of a retry for a handler in another process, in milliseconds: that process can run it immediately. */
const dueNow = 0;

/**
 * The group's handlers that this process does not have, for example during a rolling deployment. Their part of a delivery
 * becomes a retry that is due immediately, for a process that has the handler.
 */
export class PeerHandlers {
  readonly #member: GroupMember;
  readonly #membership: Membership;
  readonly #matching = new Map<string, readonly HandlerRegistration[]>();
  #ordered: readonly string[] = [];
  #orderedByOthers: ReadonlySet<string> = new Set();
  #entries: readonly HandlerRegistration[] = [];
  #version = '0';
  #parked: readonly ReadableName[] = [];
  #parkedCount = 0;
  #parkedVersions: readonly ParkedCount[] = [];

  constructor(member: GroupMember, membership: Membership) {
    this.#member = member;
    this.#membership = membership;
  }

  /** Version of the group's set of handlers that this process knows. */
  get version(): string {
    return this.#version;
  }

  /** Registers the handlers of this process and reads those of the group. */
  async reload(timeoutMs?: number): Promise<void> {
    const [version = '0', ...pairs] = await this.#membership.register(timeoutMs);
    const all: HandlerRegistration[] = [];
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const [handler = '', value = ''] = pairs.slice(i, i + 2);
      all.push(parseRegistration(handler, value));
    }
    this.#ordered = all.flatMap(({ handler, byKey }) => (byKey ? [handler] : []));
    const own = this.#member.handlers;
    this.#orderedByOthers = new Set(
      this.#ordered.filter((name) => own.get(name) !== undefined && own.get(name)?.options.order === undefined),
    );
    this.#entries = all.filter(({ handler }) => this.#member.handlers.get(handler) === undefined);
    await this.readParked(timeoutMs);
    this.#matching.clear();
    this.#version = version;
  }

  /** Names of the ordered handlers of the whole group, those of this process included. */
  get ordered(): readonly string[] {
    return this.#ordered;
  }

  /** Whether other processes have an order for a handler that has none in this process: a deployment adds or removes it. */
  get isOrderedByOthers(): boolean {
    return this.#orderedByOthers.size > 0;
  }

  /** Outcomes of deliveries with the key queues that they leave, for handlers whose order only other processes have. */
  leaving<Outcomes extends Settle & { readonly delivery: RedisDelivery }>(
    settles: readonly Outcomes[],
  ): readonly Outcomes[] {
    return this.isOrderedByOthers ? settles.map((settle) => this.#leaving(settle)) : settles;
  }

  #leaving<Outcomes extends Settle & { readonly delivery: RedisDelivery }>(settle: Outcomes): Outcomes {
    const ordered = this.#orderedByOthers;
    const { delivery, ended } = settle;
    const { event, completedHandlers = [], claimed, isFor } = delivery;
    const queueKey = queueKeyOfDelivery(delivery);
    const operations = settle.operations.map((operation) => {
      const mayLeave =
        operation.kind !== 'scheduled' && operation.kind !== 'parked' && operation.queueKey === undefined;
      const isUnread = operation.kind === 'dead' && operation.unreadFor !== undefined;
      return mayLeave && !isUnread && ordered.has(operation.handler) ? { ...operation, queueKey } : operation;
    });
    if (!ended || claimed !== undefined) return { ...settle, operations };
    // A success that ends the delivery may have no record.
    const known = new Set([...completedHandlers, ...operations.map(({ handler }) => handler)]);
    for (const { name: handler } of this.#member.handlers.levelsFor(event.type, event.replay !== undefined).flat()) {
      const isOpen = ordered.has(handler) && !known.has(handler) && isFor?.(handler) !== false;
      if (isOpen) operations.push({ kind: 'completed', handler, logDetail: '', queueKey });
    }
    return { ...settle, operations };
  }

  /** Sets of retries that older builds have parked and that this build can read or refuse. */
  get parked(): readonly ReadableName[] {
    return this.#parked;
  }

  /** Number of parked deliveries of the whole group, at the last read. */
  get parkedCount(): number {
    return this.#parkedCount;
  }

  /** The same for each version. */
  get parkedVersions(): readonly ParkedCount[] {
    return this.#parkedVersions;
  }

  /** Reads the names of the sets of parked retries, and the number of their retries. */
  async readParked(timeoutMs?: number): Promise<void> {
    const { connection, group, handlers } = this.#member;
    const [sets, counts] = await connection.ask(async () => {
      const read = await readParkedNames(connection, group);
      return [read, await countParkedSets(connection, group, read)] as const;
    }, timeoutMs);
    this.#parkedCount = sumOf(counts);
    this.#parkedVersions = parkedCounts(counts);
    this.#parked = sets.flatMap(({ name, handler, type, version }) => {
      const definition = handlers.definitions.get(type);
      if (definition === undefined || handlers.get(handler) === undefined) return [];
      return canDecide(definition, version) ? [{ name, handler }] : [];
    });
  }

  /** Retries, due now, for the handlers of other processes that accept the delivery's event. */
  operationsFor(delivery: RedisDelivery): readonly SettleOperation[] {
    if (this.#entries.length === 0) return [];
    const { event, completedHandlers, isFor } = delivery;
    const matching = this.#matchingHandlers(event.type, event.replay !== undefined);
    const targets = isFor === undefined ? matching : matching.filter(({ handler }) => isFor(handler));
    if (targets.length === 0) return [];
    const retry = firstRetry(delivery);
    const logDetail = JSON.stringify(logFields(event));
    return targets
      .filter(({ handler }) => completedHandlers?.includes(handler) !== true)
      .map(({ handler, byKey }) => {
        if (byKey) return waitOperation(delivery, handler);
        return { kind: 'scheduled', handler, retry, delayMs: dueNow, logKind: 'deferred', logDetail };
      });
  }

  #matchingHandlers(type: string, replayed: boolean): readonly HandlerRegistration[] {
    const key = replayed ? `${type} replayed` : type;
    let matching = this.#matching.get(key);
    if (matching === undefined) {
      matching = this.#entries.filter((entry) => type !== '' && accepts(entry, type, replayed));
      if (this.#matching.size >= 10_000) this.#matching.clear();
      this.#matching.set(key, matching);
    }
    return matching;
  }
}
