import { comparePositions, positionOf } from '../../event/position.js';
import type { Replay, ReplayPlan, ReplayProgress, ReplayStatus } from '../../operate/replay.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { createReplayScript } from './replay.lua.js';
import type { ReplayRange } from './replay-page.js';
import { noteTargets } from './replay-room.js';

/** Retention of the records of replays, in milliseconds: the same as that of the log. */
const recordRetentionMs = 90 * 24 * 60 * 60 * 1000;
/** The last id of a millisecond. */
const lastSequence = '18446744073709551615';

/** The stream ids between which a replay reads. */
export function rangeOf({ from, to }: ReplayPlan): ReplayRange {
  return {
    from: from === undefined ? '0-0' : `${Date.parse(from)}-0`,
    to: `${Date.parse(to)}-${lastSequence}`,
  };
}

/** Who starts a replay, and the detail of the log entry. */
export interface ReplayStart {
  readonly actor: string;
  readonly detail: string;
}

/** For the records in other partitions than the first: their log has no entry. */
export const noStart: ReplayStart = { actor: '', detail: '' };

/**
 * Creates the record of a replay in a partition, unless there is one, and notes its target groups there.
 *
 * A replay has a record in each partition, for its cursor and its counts. The record in partition 0 is created first, and its
 * state is that of the replay; the runner creates the others.
 */
export async function createRecord(
  { connection, keys }: Partition,
  jobId: string,
  plan: ReplayPlan,
  { actor, detail }: ReplayStart,
): Promise<void> {
  const { replayRecordPrefix, replays, log, events } = keys;
  const { from, to } = rangeOf(plan);
  const before = Math.floor(connection.now()) - recordRetentionMs;
  const old = await connection.ask((redis) => redis.zrangebyscore(replays, '-inf', before, 'LIMIT', 0, 100));
  await noteTargets(connection, keys, plan);
  const call = createReplayScript.call({
    record: replayRecordPrefix + jobId,
    replays,
    log,
    events,
    jobId,
    plan: JSON.stringify(plan),
    actor,
    firstId: from,
    lastId: to,
    detail,
    retentionMs: recordRetentionMs,
    old: old.map((id) => ({ record: replayRecordPrefix + id, jobId: id })),
  });
  await connection.ask(call);
}

/** A replay with its progress in all partitions; undefined if there is none. */
export async function readReplay(partitions: Partitions, jobId: string): Promise<Replay | undefined> {
  const [first, ...others] = await partitions.each(({ connection, keys }) =>
    connection.ask((redis) => redis.hgetall(keys.replayRecordPrefix + jobId)),
  );
  if (first?.state === undefined) return undefined;
  const replay = replayOf(jobId, first);
  if (others.length === 0) return replay;
  // A partition without a record: the runner has not begun there.
  const parts = others.map((record, index) =>
    record.state === undefined ? undefined : replayOf(jobId, record, index + 1),
  );
  const begun = [replay, ...parts.flatMap((part) => part ?? [])];
  const updated = begun.map(({ updatedAt }) => updatedAt).sort();
  return {
    ...replay,
    progress: wholeProgress(replay.status, begun, parts.length + 1),
    updatedAt: updated.at(-1) ?? replay.updatedAt,
  };
}

function wholeProgress(status: ReplayStatus, begun: readonly Replay[], partitions: number): ReplayProgress {
  const total = (figure: 'fraction' | 'scanned' | 'replayed' | 'unreadable') =>
    begun.reduce((sum, { progress }) => sum + progress[figure], 0);
  return {
    fraction: status === 'completed' ? 1 : Math.min(mostUnfinished, total('fraction') / partitions),
    scanned: total('scanned'),
    replayed: total('replayed'),
    unreadable: total('unreadable'),
    streamId: begun
      .flatMap(({ progress }) => progress.streamId ?? [])
      .sort(comparePositions)
      .at(-1),
  };
}

/** Many entries can have the last millisecond of the range: the share of a replay that is not completed stays below 1. */
const mostUnfinished = 0.99;

/** A replay, from its record in one partition. */
export function replayOf(jobId: string, record: Readonly<Record<string, string>>, partition = 0): Replay {
  const { state = 'failed', plan = '{}', actor = '', cursor = '', from = '', to = '', created, updated } = record;
  const { ended, error, scanned, replayed, unreadable } = record;
  const ms = (id: string) => Number(id.split('-')[0]);
  const span = ms(to) - ms(from);
  const share = cursor === '' || span <= 0 ? 0 : (ms(cursor) - ms(from)) / span;
  return {
    jobId,
    status: state as ReplayStatus,
    plan: JSON.parse(plan) as ReplayPlan,
    progress: {
      fraction: state === 'completed' ? 1 : Math.min(mostUnfinished, Math.max(0, share)),
      scanned: Number(scanned),
      replayed: Number(replayed),
      unreadable: Number(unreadable),
      streamId: cursor === '' ? undefined : positionOf(cursor, partition),
    },
    actor,
    createdAt: iso(created),
    updatedAt: iso(updated),
    ...(ended === undefined ? {} : { endedAt: iso(ended) }),
    ...(error === undefined ? {} : { error }),
  };
}

function iso(ms: string | undefined): string {
  return new Date(Number(ms ?? 0)).toISOString();
}
