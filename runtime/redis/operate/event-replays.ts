import { matchesPattern } from '../../event/pattern.js';
import { parsePosition } from '../../event/position.js';
import { compareStreamIds } from '../../event/stream-id.js';
import type { Replay } from '../../operate/replay.js';
import { isPlanned } from '../../operate/replay-plan.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { readReplay, replayOf } from '../replay/replay-record.js';
import { accepts, type HandlerRegistration, handlerRegistrations } from '../store/handler-registration.js';
import { deliveryPrefixOf } from '../store/replay-entry.js';
import {
  type GroupStatus,
  type HandlerState,
  type HandlerStatus,
  noState,
  unfinishedStatus,
  withPosition,
} from './status.js';
import { replayStatusScript } from './status.lua.js';

/** Maximum number of replays that are checked, newest first. */
const maxReplays = 200;

/** The fields of an event that replays select by. */
export interface StreamEvent {
  /** The position of its entry. */
  readonly streamId: string;
  readonly type: string;
  readonly tenantId: string;
}

/** A replay that delivered an event to groups, and the status of these deliveries. */
export interface EventReplay {
  readonly replay: Replay;
  /**
   * Status of the event in this replay, for each of its handlers. `PENDING` until the group has finished all entries of the
   * replay stream up to the replay's last page; `SKIPPED` if the handler skips replays. An entry that was dropped unread after
   * 24 hours also is `COMPLETED`.
   */
  readonly groups: readonly GroupStatus[];
}

/** The replays that have delivered the event, by their range, plan and progress. */
export async function replaysOf(partitions: Partitions, event: StreamEvent): Promise<EventReplay[]> {
  const { streamId = '', partition: index = 0 } = parsePosition(event.streamId) ?? {};
  const partition = await partitions.at(index);
  if (partition === undefined) return [];
  const entry = { ...event, streamId };
  const found = await partitions.within(partition, ({ connection }) =>
    connection.ask(() => replaysIn(partition, entry)),
  );
  if ((await partitions.all()).length === 1) return found;
  // The whole replay: its progress in all partitions.
  return Promise.all(
    found.map(async ({ replay, groups }) => ({
      replay: (await readReplay(partitions, replay.jobId)) ?? replay,
      groups,
    })),
  );
}

/** The same in the event's partition, with the progress of the replays there. */
async function replaysIn(partition: Partition, event: StreamEvent): Promise<EventReplay[]> {
  const { connection, keys } = partition;
  const { streamId } = event;
  const [writtenMs = '0'] = streamId.split('-');
  // A replay delivers only events that were in the stream when it was started.
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
    found.map(async (replay) => ({ replay, groups: await groupsOf(partition, event, replay) })),
  );
  // A replay does not deliver events that match none of its handlers.
  return replays.filter(({ groups }) => groups.some(({ handlers }) => handlers.length > 0));
}

function groupsOf(partition: Partition, event: StreamEvent, replay: Replay): Promise<GroupStatus[]> {
  const { groups, handlers } = replay.plan;
  const names = [...new Set([...groups, ...handlers.map(({ group }) => group)])].sort();
  return Promise.all(
    names.map((name) => {
      const own = handlers.filter(({ group }) => group === name).map(({ handler }) => handler);
      const isFor = (handler: string) => groups.includes(name) || own.includes(handler);
      return statusInGroup(partition, name, event, replay, isFor);
    }),
  );
}

async function statusInGroup(
  { connection, keys, index }: Partition,
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
  const { dead, claims, scheduledRetries: retries, completedHandlers, closed, waiting } = group;
  const call = replayStatusScript.call({
    stream: keys.replay,
    dead,
    claims,
    retries,
    completedHandlers,
    closed,
    waiting,
    group: name,
    prefix: deliveryPrefixOf(streamId, jobId),
    handlers: names.map((handler) => ({ due: group.due(handler), name: handler })),
  });
  const [first, ...found] = await connection.tryOnce(call);
  const states = (found as HandlerState[]).map((state) => withPosition(state, index));
  // The replay's last page was written at `updatedAt`: earlier unfinished entries of the group may belong to it.
  const isOpen = first !== null && Number(first.split('-')[0]) <= Date.parse(updatedAt);
  return {
    group: name,
    handlers: entries.map((entry, at) => statusBy(entry, type, states[at] ?? noState, isOpen)),
  };
}

function statusBy(entry: HandlerRegistration, type: string, state: HandlerState, isOpen: boolean): HandlerStatus {
  const { handler } = entry;
  const open = unfinishedStatus(handler, state);
  if (open !== undefined) return open;
  const [, , , completed, discarded, expired] = state;
  if (!accepts(entry, type, true)) return { handler, status: 'SKIPPED' };
  if (discarded === 1) return { handler, status: 'DISCARDED' };
  if (expired === 1) return { handler, status: 'EXPIRED' };
  return { handler, status: isOpen && completed === 0 ? 'PENDING' : 'COMPLETED' };
}
