import { matchesPattern } from '../../event/pattern.js';
import { compareStreamIds } from '../../event/stream-id.js';
import type { Replay } from '../../operate/replay.js';
import { isPlanned } from '../../operate/replay-plan.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { replayOf } from '../replay/replays.js';
import { accepts, type HandlerRegistration, handlerRegistrations } from '../store/handler-registration.js';
import type { Keys } from '../store/keys.js';
import { deliveryPrefixOf } from '../store/replay-entry.js';
import { type GroupStatus, type HandlerStatus, nowhere, openStatus, type Places } from './status.js';
import { replayStatusScript } from './status.lua.js';

/** Replays looked at, the newest first. */
const maxReplays = 200;

/** An event of the stream, as far as replays look at it. */
export interface StreamEvent {
  readonly streamId: string;
  readonly type: string;
  readonly tenantId: string;
}

/** A replay that handed an event to groups, and what became of that. */
export interface EventReplay {
  readonly replay: Replay;
  /**
   * Where the event stands by this replay with the handlers it was for. `PENDING` until the group has finished everything
   * of the replay stream up to the replay's last page; `SKIPPED` where a handler leaves replays out. What was dropped
   * unread after 24 hours shows as `COMPLETED`.
   */
  readonly groups: readonly GroupStatus[];
}

/** The replays that have handed the event on: their range and plan tell, and how far they are. */
export async function replaysOf(connection: RedisConnection, keys: Keys, event: StreamEvent): Promise<EventReplay[]> {
  const { streamId } = event;
  const [writtenMs = '0'] = streamId.split('-');
  // A replay is of what was in the stream when it was started.
  const ids = await connection.tryOnce((redis) =>
    redis.zrevrangebyscore(keys.replays, '+inf', writtenMs, 'LIMIT', 0, maxReplays),
  );
  const records = await connection.tryOnce((redis) =>
    Promise.all(ids.map((id) => redis.hgetall(keys.replayRecordPrefix + id))),
  );
  const found = records.flatMap((record, index) => {
    const { from = '', cursor = '' } = record;
    const hasPassed = cursor !== '' && compareStreamIds(from, streamId) <= 0 && compareStreamIds(streamId, cursor) <= 0;
    if (!hasPassed) return [];
    const replay = replayOf(ids[index] ?? '', record);
    return isPlanned(replay.plan, event) ? [replay] : [];
  });
  const replays = await Promise.all(
    found.map(async (replay) => ({ replay, groups: await groupsOf(connection, keys, event, replay) })),
  );
  // What none of its handlers matches was not passed on.
  return replays.filter(({ groups }) => groups.some(({ handlers }) => handlers.length > 0));
}

function groupsOf(connection: RedisConnection, keys: Keys, event: StreamEvent, replay: Replay): Promise<GroupStatus[]> {
  const { groups, handlers } = replay.plan;
  const names = [...new Set([...groups, ...handlers.map(({ group }) => group)])].sort();
  return Promise.all(
    names.map((name) => {
      const own = handlers.filter(({ group }) => group === name).map(({ handler }) => handler);
      const isFor = (handler: string) => groups.includes(name) || own.includes(handler);
      return statusInGroup(connection, keys, name, event, replay, isFor);
    }),
  );
}

async function statusInGroup(
  connection: RedisConnection,
  keys: Keys,
  name: string,
  { streamId, type }: StreamEvent,
  { jobId, updatedAt }: Replay,
  isFor: (handler: string) => boolean,
): Promise<GroupStatus> {
  const group = keys.group(name);
  const patterns = await connection.tryOnce((redis) => redis.hgetall(group.handlers));
  const entries = handlerRegistrations(patterns).filter(
    ({ handler, pattern }) => isFor(handler) && matchesPattern(pattern, type),
  );
  const names = entries.map(({ handler }) => handler);
  const { dead, claims, scheduledRetries: retries, completedHandlers, closed } = group;
  const call = replayStatusScript.call({
    ...{ stream: keys.replay, dead, claims, retries, completedHandlers, closed },
    ...{ group: name, prefix: deliveryPrefixOf(streamId, jobId) },
    handlers: names.map((handler) => ({ due: group.due(handler), name: handler })),
  });
  const [first, ...found] = await connection.tryOnce(call);
  const places = found as Places[];
  // Its last page was written then: what the group has before that may be of it.
  const isOpen = first !== null && Number(first.split('-')[0]) <= Date.parse(updatedAt);
  return {
    group: name,
    handlers: entries.map((entry, index) => statusBy(entry, type, places[index] ?? nowhere, isOpen)),
  };
}

function statusBy(entry: HandlerRegistration, type: string, places: Places, isOpen: boolean): HandlerStatus {
  const { handler } = entry;
  const open = openStatus(handler, places);
  if (open !== undefined) return open;
  const [, , , marked, discarded, expired] = places;
  if (!accepts(entry, type, true)) return { handler, status: 'SKIPPED' };
  if (discarded === 1) return { handler, status: 'DISCARDED' };
  if (expired === 1) return { handler, status: 'EXPIRED' };
  return { handler, status: isOpen && marked === 0 ? 'PENDING' : 'COMPLETED' };
}
