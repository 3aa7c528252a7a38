import { EventBusError } from '../../errors.js';
import type { PageQuery } from '../../operate/call-arguments.js';
import type { Actor, Page } from '../../operate/dead-letter.js';
import type {
  CountOptions,
  Replay,
  ReplayCount,
  ReplayPlan,
  ReplayRequest,
  ReplayStatus,
  Replays,
} from '../../operate/replay.js';
import { type KnownGroups, planReplay, replaySelection } from '../../operate/replay-plan.js';
import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
import { createReplayScript, moveReplayScript } from './replay.lua.js';
import { newReplayId } from './replay-id.js';
import { readReplayPage } from './replay-page.js';
import { readKnownGroups } from './replay-receivers.js';
import { noteTargets, takeBackReplay, trimReplays } from './replay-room.js';

/** Retention of the records of replays, in milliseconds: the same as that of the log. */
const recordRetentionMs = 90 * 24 * 60 * 60 * 1000;
/** The last id of a millisecond. */
const lastSequence = '18446744073709551615';

/** Queue of the replays to run. */
export interface ReplayQueue {
  add(jobId: string): Promise<void>;
}

/** Replays in Redis: each has a record, and each change is one script. */
export class RedisReplays implements Replays {
  readonly #connection: Link;
  readonly #keys: Keys;
  readonly #queue: ReplayQueue;

  /** @param queue Queue for started and resumed replays. */
  constructor(connection: Link, keys: Keys, queue: ReplayQueue) {
    this.#connection = connection;
    this.#keys = keys;
    this.#queue = queue;
  }

  async count(request: ReplayRequest, { maxScanned = 1_000_000 }: CountOptions = {}): Promise<ReplayCount> {
    const { plan, known } = await this.#plan(request);
    const range = rangeOf(plan);
    const isSelected = replaySelection(plan, known);
    const byType: Record<string, number> = {};
    let [cursor, events, scanned, unreadable, complete] = ['', 0, 0, 0, true];
    for (;;) {
      const most = Number.POSITIVE_INFINITY;
      const page = await readReplayPage(this.#connection, this.#keys, isSelected, range, cursor, 'count', most);
      if (page === undefined) break;
      if (scanned >= maxScanned) {
        complete = false;
        break;
      }
      for (const { type } of page.events) byType[type] = (byType[type] ?? 0) + 1;
      cursor = page.cursor;
      events += page.events.length;
      scanned += page.scanned;
      unreadable += page.unreadable;
    }
    return { events, byType, unreadable, scanned, complete, plan };
  }

  async start(request: ReplayRequest, { actor, from: origin }: Actor): Promise<Replay> {
    const { plan } = await this.#plan(request);
    const jobId = await newReplayId();
    const { replayRecordPrefix, replays, log, events } = this.#keys;
    const { from, to } = rangeOf(plan);
    const detail = JSON.stringify({ jobId, tenantId: plan.tenantId, from: origin, plan });
    const old = await this.#old();
    await noteTargets(this.#connection, this.#keys, plan);
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
    await this.#connection.ask(call);
    await this.#enqueue(jobId);
    return this.#getOrThrow(jobId);
  }

  async get(jobId: string): Promise<Replay | undefined> {
    const record = await this.#connection.ask((redis) => redis.hgetall(this.#keys.replayRecordPrefix + jobId));
    return record.state === undefined ? undefined : replayOf(jobId, record);
  }

  async list({ limit = 50, cursor }: PageQuery = {}): Promise<Page<Replay>> {
    const start = cursor === undefined ? 0 : await this.#after(cursor);
    const ids = await this.#connection.ask((redis) => redis.zrevrange(this.#keys.replays, start, start + limit - 1));
    const items = (await Promise.all(ids.map((id) => this.get(id)))).filter((replay) => replay !== undefined);
    return { items, cursor: ids.length < limit ? undefined : ids.at(-1) };
  }

  async cancel(jobId: string, by: Actor): Promise<Replay> {
    const cancelled = await this.#move(jobId, 'cancelled', 'replay-cancelled', by, ['waiting', 'running']);
    await takeBackReplay(this.#connection, this.#keys, cancelled);
    await trimReplays(this.#connection, this.#keys);
    return this.#getOrThrow(jobId);
  }

  async resume(jobId: string, by: Actor): Promise<Replay> {
    const { plan } = await this.#getOrThrow(jobId);
    await noteTargets(this.#connection, this.#keys, plan);
    const replay = await this.#move(jobId, 'waiting', 'replay-resumed', by, ['cancelled', 'failed']);
    await this.#enqueue(jobId);
    return replay;
  }

  /** Ids of waiting or running replays without an update for `staleAfterMs`. */
  async findStalled(staleAfterMs: number): Promise<readonly string[]> {
    const { items } = await this.list({ limit: 100 });
    const before = this.#connection.now() - staleAfterMs;
    const open = items.filter(({ status }) => status === 'waiting' || status === 'running');
    return open.filter(({ updatedAt }) => Date.parse(updatedAt) < before).map(({ jobId }) => jobId);
  }

  /** Replays whose retention has expired, oldest first. */
  #old(): Promise<readonly string[]> {
    const before = Math.floor(this.#connection.now()) - recordRetentionMs;
    return this.#connection.ask((redis) => redis.zrangebyscore(this.#keys.replays, '-inf', before, 'LIMIT', 0, 100));
  }

  /** If this fails, the sweep of a process that runs replays finds the replay. */
  async #enqueue(jobId: string): Promise<void> {
    await this.#queue.add(jobId).catch(() => undefined);
  }

  async #move(
    jobId: string,
    state: ReplayStatus,
    kind: string,
    { actor, from: origin }: Actor,
    from: readonly ReplayStatus[],
  ): Promise<Replay> {
    const { plan, status: before } = await this.#getOrThrow(jobId);
    const detail = JSON.stringify({ jobId, tenantId: plan.tenantId, from: origin, before });
    const { replayRecordPrefix, log } = this.#keys;
    const change = { state, kind, detail, actor, runner: '', failure: '', allowed: from };
    const call = moveReplayScript.call({ record: replayRecordPrefix + jobId, log, ...change });
    const moved = await this.#connection.askOnce(call);
    const replay = await this.#getOrThrow(jobId);
    if (moved !== 1) {
      throw new EventBusError('CONFLICT', `replay ${jobId} is ${replay.status}, but must be ${from.join(' or ')}`);
    }
    return replay;
  }

  async #getOrThrow(jobId: string): Promise<Replay> {
    const replay = await this.get(jobId);
    if (replay === undefined) throw new EventBusError('NOT_FOUND', `there is no replay ${jobId}`);
    return replay;
  }

  async #after(jobId: string): Promise<number> {
    const rank = await this.#connection.ask((redis) => redis.zrevrank(this.#keys.replays, jobId));
    if (rank === null) throw new EventBusError('NOT_FOUND', `there is no replay ${jobId} to list from`);
    return rank + 1;
  }

  async #plan(request: ReplayRequest): Promise<{ readonly plan: ReplayPlan; readonly known: KnownGroups }> {
    await this.#connection.ask(() => this.#connection.readClock());
    const known = await readKnownGroups(this.#connection, this.#keys);
    return { plan: planReplay(request, known, Math.floor(this.#connection.now())), known };
  }
}

function rangeOf({ from, to }: ReplayPlan): { readonly from: string; readonly to: string } {
  return {
    from: from === undefined ? '0-0' : `${Date.parse(from)}-0`,
    to: `${Date.parse(to)}-${lastSequence}`,
  };
}

/** Many entries can have the last millisecond of the range: the share of a replay that is not completed stays below 1. */
const mostUnfinished = 0.99;

/** A replay, from its record. */
export function replayOf(jobId: string, record: Readonly<Record<string, string>>): Replay {
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
      streamId: cursor === '' ? undefined : cursor,
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
