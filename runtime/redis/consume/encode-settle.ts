import { compareStreamIds } from '../../event/stream-id.js';
import type { EncodedInput } from '../connection/define-script.js';
import type { ScriptArgument } from '../connection/script.js';
import type { Tally } from '../statistics/counters.js';
import type { GroupKeys, Keys } from '../store/keys.js';
import { type ClaimedRetry, quarantineFrom } from './delivery.js';
import type { SettleOperation } from './settle-operation.js';

/** The fields of a delivery that a settle uses. */
export interface SettledDelivery {
  readonly entryId: string;
  readonly streamId: string;
  readonly deliveryPrefix: string;
  readonly deliveryCount: number;
  readonly claimed: Pick<ClaimedRetry, 'ref' | 'claim' | 'handler' | 'retry'> | undefined;
  readonly completedHandlers: readonly string[] | undefined;
}

/** The outcomes of one delivery in one call. */
export interface Settle {
  readonly delivery: SettledDelivery;
  readonly operations: readonly SettleOperation[];
  /** Whether no handler of this process is left. */
  readonly ended: boolean;
}

/** One call with the settles of several deliveries. */
export interface SettleCall<Delivery extends SettledDelivery> {
  readonly settles: readonly (Settle & { readonly delivery: Delivery })[];
  /** The named keys of the script, in its order. */
  readonly keys: readonly string[];
  /** The due set of a handler, or the set of parked deliveries of a name. */
  readonly dueSet: (name: string) => string;
  readonly group: string;
  readonly consumer: string;
  /** Version of the group's set of handlers that this process knows. */
  readonly handlersVersion: string;
  /** Time before which no lease can have expired, in Redis's milliseconds; 0 if this call may have been sent before. */
  readonly heldUntil: number;
  readonly leaseMs: number;
  /** Maximum number of waiting deliveries that this process gets from key queues. */
  readonly handOver: number;
  /** Returns the operations of an ended delivery for handlers that this process does not have. */
  readonly peers: { operationsFor(delivery: Delivery): readonly SettleOperation[] };
  readonly counted: Tally;
}

/** The named keys of the settle script for a stream of a group, without those of the counters, which follow. */
export function settleKeys(stream: string, { dlq, log }: Keys, group: GroupKeys): readonly string[] {
  const { state, completedHandlers, scheduledRetries, claims, dead, ahead, heads, waiting } = group;
  return [stream, state, completedHandlers, scheduledRetries, claims, dead, dlq, log, ahead, heads, waiting];
}

/** Index of `heldUntil` in the arguments. */
const heldUntilAt = 3;

/**
 * The keys and arguments of the settle script. After the named arguments follow:
 * - the entries that were only completed, and were delivered more than once: their number, then id and delivery count of each
 * - the entries of the event stream that one ordered handler has completed, and were delivered once: the number of handlers, then of each handler: its name,
 *   index of its due set, number of entries, and id and key of the queue of each
 * - the other entries: their number, then of each: id, delivery prefix, stream id of its event, delivery count, 1 when it is
 *   finished, number of completed handlers to remove, these handlers, and its operations
 * - the retries: their number, then of each: ref, claim, stream id, index of its due set, and its operations
 * - pairs of a counter and a number
 *
 * Operations are: how many, how many values they have together, then of each: kind, handler, log detail, the key of the queue that it
 * leaves and the index of the handler's due set, or an empty text, and
 * - scheduled: log kind, retry as JSON, delay in ms, index of the due set
 * - waiting: retry as JSON
 * - dead: reason, detail as JSON, envelope, number of handlers in whose queues it may be, name and index of the due set of each
 * - parked: retry as JSON, name of the set, index of the set
 *
 * The index of a set counts the keys after the named keys, from 0.
 */
export function encodeSettle<Delivery extends SettledDelivery>(call: SettleCall<Delivery>): EncodedInput {
  const { group, consumer, handlersVersion, heldUntil, leaseMs, handOver, peers, dueSet, counted } = call;
  /** One argument for all ids: separate arguments cost more, here and in Redis. */
  let once = '';
  let onceCount = 0;
  let lowest = '';
  let highest = '';
  const plain: ScriptArgument[] = [];
  const entries: ScriptArgument[] = [];
  const retries: ScriptArgument[] = [];
  const ordered = new Map<string, ScriptArgument[]>();
  let orderedCount = 0;
  let entryCount = 0;
  let retryCount = 0;
  const places = new Map<string, number>();
  for (const { delivery, operations, ended } of call.settles) {
    const { entryId: id, claimed, completedHandlers, deliveryCount } = delivery;
    if (claimed !== undefined) {
      retryCount += 1;
      retries.push(claimed.ref, claimed.claim, claimed.retry.streamId, placeOf(claimed.handler, places));
      pushOperations(retries, operations, places);
      continue;
    }
    if (highest === '' || compareStreamIds(id, highest) > 0) highest = id;
    // In most calls the ids are in order.
    if (lowest === '' || (highest !== id && compareStreamIds(id, lowest) < 0)) lowest = id;
    const ofPeers = ended ? peers.operationsFor(delivery) : noOperations;
    // A finished entry with successes only needs nothing but the acknowledgement.
    const isWhole = ended && ofPeers.length === 0 && completedHandlers === undefined;
    const simple = isWhole && operations.every(isQuietSuccess);
    const mayBeOrdered = isWhole && !simple && deliveryCount === 1 && delivery.deliveryPrefix === id;
    const inOrder = mayBeOrdered ? onlyCompletedInOrder(operations) : undefined;
    if (inOrder !== undefined) {
      orderedCount += 1;
      const of = ordered.get(inOrder.handler);
      if (of === undefined) ordered.set(inOrder.handler, [id, inOrder.queueKey]);
      else of.push(id, inOrder.queueKey);
    } else if (!simple) {
      entryCount += 1;
      entries.push(id, delivery.deliveryPrefix, delivery.streamId, deliveryCount, ended ? 1 : 0);
      entries.push(completedHandlers?.length ?? 0, ...(completedHandlers ?? []));
      pushOperations(entries, ofPeers.length === 0 ? operations : [...operations, ...ofPeers], places);
    } else if (deliveryCount === 1) {
      once += ` ${id}`;
      onceCount += 1;
    } else {
      plain.push(id, deliveryCount);
    }
  }
  const inOrder: ScriptArgument[] = [ordered.size];
  for (const [handler, values] of ordered) {
    inOrder.push(handler, placeOf(handler, places), values.length / 2, ...values);
  }
  const args = [
    ...[group, consumer, handlersVersion, heldUntil, leaseMs, handOver, quarantineFrom],
    ...[lowest, highest, onceCount + plain.length / 2 + orderedCount + entryCount, onceCount, once],
    ...[plain.length / 2, ...plain, ...inOrder, entryCount, ...entries, retryCount, ...retries],
  ];
  counted.pushTo(args);
  const keys = [...call.keys];
  for (const name of places.keys()) keys.push(dueSet(name));
  return { keys, args };
}

const noOperations: readonly SettleOperation[] = [];

function isQuietSuccess(operation: SettleOperation): boolean {
  return operation.kind === 'completed' && operation.logDetail === '' && operation.queueKey === undefined;
}

/** The only operation, if it is a success of an ordered handler that needs no line in the log. */
function onlyCompletedInOrder(operations: readonly SettleOperation[]) {
  const [operation] = operations;
  if (operations.length !== 1 || operation?.kind !== 'completed' || operation.logDetail !== '') return undefined;
  const { handler, queueKey } = operation;
  return queueKey === undefined ? undefined : { handler, queueKey };
}

function pushOperations(
  to: ScriptArgument[],
  operations: readonly SettleOperation[],
  places: Map<string, number>,
): void {
  const start = to.push(operations.length, 0);
  for (const operation of operations) {
    const { kind, handler, logDetail, queueKey } = operation;
    to.push(kind, handler, logDetail);
    if (queueKey === undefined) to.push('');
    else to.push(queueKey, placeOf(handler, places));
    if (operation.kind === 'scheduled') {
      const { logKind, retry, delayMs } = operation;
      to.push(logKind, JSON.stringify(retry), delayMs, placeOf(handler, places));
    } else if (operation.kind === 'dead') {
      const { unreadFor = [] } = operation;
      to.push(operation.reason, JSON.stringify(operation.detail), operation.envelope, unreadFor.length);
      for (const name of unreadFor) to.push(name, placeOf(name, places));
    } else if (operation.kind === 'waiting') {
      to.push(JSON.stringify(operation.retry));
    } else if (operation.kind === 'parked') {
      to.push(JSON.stringify(operation.retry), operation.set, placeOf(operation.set, places));
    }
  }
  to[start - 1] = to.length - start;
}

function placeOf(name: string, places: Map<string, number>): number {
  let place = places.get(name);
  if (place === undefined) {
    place = places.size;
    places.set(name, place);
  }
  return place;
}

/** The same call for a retry after it may have been executed: an entry that is not pending may then already be settled. */
export function sentBefore({ keys, args }: EncodedInput): EncodedInput {
  return { keys, args: args.with(heldUntilAt, 0) };
}
