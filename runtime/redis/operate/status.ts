import { matchesPattern } from '../../event/pattern.js';
import { compareStreamIds } from '../../event/stream-id.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { accepts, handlerRegistrations } from '../store/handler-registration.js';
import { fieldsOf, type GroupKeys, type Keys } from '../store/keys.js';
import { statusScript } from './status.lua.js';

/** Every {@link DeliveryStatus}. */
export const deliveryStatuses = [
  /** The group has not read it yet. */
  'PENDING',
  /** A process runs the handler, or is about to. */
  'PROCESSING',
  /** The run failed. It waits for its next run, or for a process that has the handler. */
  'FAILED',
  /** It is newer than the builds that read it, and waits for a build that can read it. */
  'PARKED',
  /** It is a dead letter, which waits for an operator. */
  'DLQ',
  'COMPLETED',
  /** It is not for this handler: older than the handler or the group, or only for replays. */
  'SKIPPED',
  /** An operator discarded it, or retried it with edited data, as another event. */
  'DISCARDED',
  /** It was given up: the group held it longer than `maxHoldMs`, or the group is retired. */
  'EXPIRED',
] as const;

/** The status of an event with one handler. Derived from what Redis stores for other purposes, never stored itself. */
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface HandlerStatus {
  readonly handler: string;
  readonly status: DeliveryStatus;
  /** When FAILED: time of the next run. ISO 8601, by Redis's clock. */
  readonly dueAt?: string;
  /** When DLQ: its dead letter. */
  readonly deadLetterId?: string;
}

export interface GroupStatus {
  readonly group: string;
  /**
   * Of the handlers that the group has for the event's type; none when it has none. Of an entry that could not be read: one,
   * with `*` as the handler.
   */
  readonly handlers: readonly HandlerStatus[];
}

/** The status of an event in each group. @param type The event's type; undefined of an entry that is not an envelope. */
export async function statusOf(
  connection: RedisConnection,
  keys: Keys,
  streamId: string,
  type: string | undefined,
): Promise<GroupStatus[]> {
  const infos = (await connection.tryOnce((redis) => redis.xinfo('GROUPS', keys.events))) as unknown[][];
  const names = infos.map((info) => fieldsOf(info.map(String)).name ?? '').sort();
  return Promise.all(names.map((name) => statusInGroup(connection, keys, keys.group(name), streamId, type)));
}

async function statusInGroup(
  connection: RedisConnection,
  keys: Keys,
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
  // An entry that could not be read is a dead letter of `*`, whatever handlers there are.
  const names = [...matching.map(({ handler }) => handler), '*'];
  const { dead, claims, scheduledRetries: retries, completedHandlers, closed } = group;
  const call = statusScript.call({
    ...{ stream: keys.events, dead, claims, retries, completedHandlers, closed, group: group.name, prefix: streamId },
    handlers: names.map((name) => ({ due: group.due(name), name })),
  });
  const [last, pending, ...found] = await connection.tryOnce(call);
  const places = found as Places[];
  const unread = unreadStatus(places.at(-1) ?? nowhere);
  if (unread !== undefined) return { group: group.name, handlers: [unread] };
  if (type === undefined) {
    const status = compareStreamIds(streamId, last) > 0 ? 'PENDING' : pending === 1 ? 'PROCESSING' : 'SKIPPED';
    return { group: group.name, handlers: [{ handler: '*', status }] };
  }
  const handlers = matching.map((entry, index): HandlerStatus => {
    const { handler } = entry;
    const open = openStatus(handler, places[index] ?? nowhere);
    if (open !== undefined) return open;
    const [, , , marked, discarded, expired] = places[index] ?? nowhere;
    if (!accepts(entry, type, false)) return { handler, status: 'SKIPPED' };
    if (compareStreamIds(streamId, since[handler] ?? '0-0') <= 0) return { handler, status: 'SKIPPED' };
    if (compareStreamIds(streamId, last) > 0) return { handler, status: 'PENDING' };
    if (pending === 1 && marked === 0) return { handler, status: 'PROCESSING' };
    if (discarded === 1) return { handler, status: 'DISCARDED' };
    return { handler, status: expired === 1 ? 'EXPIRED' : 'COMPLETED' };
  });
  return { group: group.name, handlers };
}

/** The status of an entry that could not be read; undefined where it could. */
function unreadStatus([dead, , , , discarded]: Places): HandlerStatus | undefined {
  if (dead !== null) return { handler: '*', status: 'DLQ', deadLetterId: dead };
  return discarded === 1 ? { handler: '*', status: 'DISCARDED' } : undefined;
}

/** Where it stands by what waits for a person or another run; undefined where nothing does. */
export function openStatus(handler: string, [dead, claimed, due, , , , waits]: Places): HandlerStatus | undefined {
  if (dead !== null) return { handler, status: 'DLQ', deadLetterId: dead };
  // It has a row that is due for no handler: it is in a set of parked ones.
  if (waits === 1 && due === null) return { handler, status: 'PARKED' };
  if (claimed === 1) return { handler, status: 'PROCESSING' };
  return due === null ? undefined : { handler, status: 'FAILED', dueAt: new Date(Number(due)).toISOString() };
}

/** What Redis has of one handler's delivery. */
export type Places = readonly [
  dead: string | null,
  claimed: number,
  due: string | null,
  marked: number,
  discarded: number,
  expired: number,
  waits: number,
];

export const nowhere: Places = [null, 0, null, 0, 0, 0, 0];
