import { matchesPattern } from '../../event/pattern.js';
import { positionOf } from '../../event/position.js';
import { compareStreamIds } from '../../event/stream-id.js';
import type { Partition } from '../partitions/partition.js';
import { accepts, handlerRegistrations } from '../store/handler-registration.js';
import { fieldsOf, type GroupKeys } from '../store/keys.js';
import { statusScript } from './status.lua.js';

/** Every {@link DeliveryStatus}. */
export const deliveryStatuses = [
  /** The group has not read it yet. */
  'PENDING',
  /** A process runs the handler, or is about to. */
  'PROCESSING',
  /** The run failed. The event waits for its next run, or for a process that has the handler. */
  'FAILED',
  /** The event is newer than the builds that read it, and waits for a build that can handle it. */
  'PARKED',
  'WAITING',
  /** It is a dead letter and waits for an operator. */
  'DLQ',
  'COMPLETED',
  /** The handler does not get it: the event is older than the handler or the group, or the handler gets only replays. */
  'SKIPPED',
  /** An operator discarded it, or retried it with edited data, as another event. */
  'DISCARDED',
  /** It was given up: the group did not finish it within `maxHoldMs` after its retention, or the group is retired. */
  'EXPIRED',
] as const;

/** The status of an event with one handler. It is derived from the state of the group, not stored. */
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface HandlerStatus {
  readonly handler: string;
  readonly status: DeliveryStatus;
  /** For FAILED: time of the next run. ISO 8601, by Redis's clock. */
  readonly dueAt?: string;
  /** For DLQ: id of the dead letter. */
  readonly deadLetterId?: string;
}

export interface GroupStatus {
  readonly group: string;
  /**
   * Statuses for the group's handlers of the event's type. An entry that could not be read has one status, with `*` as the
   * handler.
   */
  readonly handlers: readonly HandlerStatus[];
}

/**
 * The status of an event in each group.
 * @param streamId Its entry in the stream of the partition.
 * @param type The event type; undefined for an entry that is not an envelope.
 */
export async function statusOf(
  partition: Partition,
  streamId: string,
  type: string | undefined,
): Promise<GroupStatus[]> {
  const { connection, keys } = partition;
  const infos = (await connection.tryOnce((redis) => redis.xinfo('GROUPS', keys.events))) as unknown[][];
  const names = infos.map((info) => fieldsOf(info.map(String)).name ?? '').sort();
  return Promise.all(names.map((name) => statusInGroup(partition, keys.group(name), streamId, type)));
}

async function statusInGroup(
  { connection, keys, index }: Partition,
  group: GroupKeys,
  streamId: string,
  type: string | undefined,
): Promise<GroupStatus> {
  const [patterns, since] = await Promise.all([
    connection.tryOnce((redis) => redis.hgetall(group.handlers)),
    connection.tryOnce((redis) => redis.hgetall(group.since)),
  ]);
  const matching =
    type === undefined ? [] : handlerRegistrations(patterns).filter(({ pattern }) => matchesPattern(pattern, type));
  // An entry that could not be read is a dead letter of `*`.
  const names = [...matching.map(({ handler }) => handler), '*'];
  const { dead, claims, scheduledRetries: retries, completedHandlers, closed, waiting } = group;
  const call = statusScript.call({
    stream: keys.events,
    dead,
    claims,
    retries,
    completedHandlers,
    closed,
    waiting,
    group: group.name,
    prefix: streamId,
    handlers: names.map((name) => ({ due: group.due(name), name })),
  });
  const [last, pending, ...found] = await connection.tryOnce(call);
  const states = (found as HandlerState[]).map((state) => withPosition(state, index));
  const unread = unreadStatus(states.at(-1) ?? noState);
  if (unread !== undefined) return { group: group.name, handlers: [unread] };
  if (type === undefined) {
    const status = compareStreamIds(streamId, last) > 0 ? 'PENDING' : pending === 1 ? 'PROCESSING' : 'SKIPPED';
    return { group: group.name, handlers: [{ handler: '*', status }] };
  }
  const handlers = matching.map((entry, at): HandlerStatus => {
    const { handler } = entry;
    const open = unfinishedStatus(handler, states[at] ?? noState);
    if (open !== undefined) return open;
    const [, , , completed, discarded, expired] = states[at] ?? noState;
    if (!accepts(entry, type, false)) return { handler, status: 'SKIPPED' };
    if (compareStreamIds(streamId, since[handler] ?? '0-0') <= 0) return { handler, status: 'SKIPPED' };
    if (compareStreamIds(streamId, last) > 0) return { handler, status: 'PENDING' };
    if (pending === 1 && completed === 0) return { handler, status: 'PROCESSING' };
    if (discarded === 1) return { handler, status: 'DISCARDED' };
    return { handler, status: expired === 1 ? 'EXPIRED' : 'COMPLETED' };
  });
  return { group: group.name, handlers };
}

/** The state with the position of its dead letter, in place of the id in the partition. */
export function withPosition([dead, ...others]: HandlerState, partition: number): HandlerState {
  return [dead === null ? null : positionOf(dead, partition), ...others];
}

/** The status of an entry that could not be read; undefined for other entries. */
function unreadStatus([dead, , , , discarded]: HandlerState): HandlerStatus | undefined {
  if (dead !== null) return { handler: '*', status: 'DLQ', deadLetterId: dead };
  return discarded === 1 ? { handler: '*', status: 'DISCARDED' } : undefined;
}

/** The status of a delivery that waits for an operator or for another run; undefined for any other delivery. */
export function unfinishedStatus(
  handler: string,
  [dead, claimed, due, , , , hasRetry, waits]: HandlerState,
): HandlerStatus | undefined {
  if (dead !== null) return { handler, status: 'DLQ', deadLetterId: dead };
  if (waits === 1) return { handler, status: 'WAITING' };
  // A retry that is not in its handler's due set is in a set of parked retries.
  if (hasRetry === 1 && due === null) return { handler, status: 'PARKED' };
  if (claimed === 1) return { handler, status: 'PROCESSING' };
  return due === null ? undefined : { handler, status: 'FAILED', dueAt: new Date(Number(due)).toISOString() };
}

/** State of one handler's delivery in Redis. */
export type HandlerState = readonly [
  dead: string | null,
  claimed: number,
  due: string | null,
  completed: number,
  discarded: number,
  expired: number,
  hasRetry: number,
  waits: number,
];

export const noState: HandlerState = [null, 0, null, 0, 0, 0, 0, 0];
