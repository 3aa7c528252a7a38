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
import type { Partitions } from '../partitions/partitions.js';
import { moveReplayScript } from './replay.lua.js';
import { newReplayId } from './replay-id.js';
import { readReplayPage } from './replay-page.js';
import { readKnownGroups } from './replay-receivers.js';
import { createRecord, rangeOf, readReplay } from './replay-record.js';
import { noteTargets, takeBackReplay, trimReplays } from './replay-room.js';

/** Queue of the replays to run. */
export interface ReplayQueue {
  add(jobId: string): Promise<void>;
}

/** Replays in Redis: each change is one script in partition 0, so that only one of two concurrent operators succeeds. */
export class RedisReplays implements Replays {
  readonly #partitions: Partitions;
  readonly #queue: ReplayQueue;

  /** @param queue Queue for started and resumed replays. */
  constructor(partitions: Partitions, queue: ReplayQueue) {
    this.#partitions = partitions;
    this.#queue = queue;
  }

  async count(request: ReplayRequest, { maxScanned = 1_000_000 }: CountOptions = {}): Promise<ReplayCount> {
    const { plan, known } = await this.#plan(request);
    const range = rangeOf(plan);
    const isSelected = replaySelection(plan, known);
    const byType: Record<string, number> = {};
    let [events, scanned, unreadable, complete] = [0, 0, 0, true];
    for (const partition of await this.#partitions.current()) {
      let cursor = '';
      while (complete) {
        const start = cursor;
        const page = await this.#partitions.within(partition, ({ connection, keys }) =>
          readReplayPage(connection, keys, isSelected, range, start, 'count', Number.POSITIVE_INFINITY),
        );
        if (page === undefined) break;
        complete = scanned < maxScanned;
        if (!complete) break;
        for (const { type } of page.events) byType[type] = (byType[type] ?? 0) + 1;
        cursor = page.cursor;
        events += page.events.length;
        scanned += page.scanned;
        unreadable += page.unreadable;
      }
    }
    return { events, byType, unreadable, scanned, complete, plan };
  }

  async start(request: ReplayRequest, { actor, from: origin }: Actor): Promise<Replay> {
    const { plan } = await this.#plan(request);
    const jobId = await newReplayId();
    const detail = JSON.stringify({ jobId, tenantId: plan.tenantId, from: origin, plan });
    const { first } = this.#partitions;
    await this.#partitions.within(first, () => createRecord(first, jobId, plan, { actor, detail }));
    await this.#enqueue(jobId);
    return this.#getOrThrow(jobId);
  }

  get(jobId: string): Promise<Replay | undefined> {
    return readReplay(this.#partitions, jobId);
  }

  async list({ limit = 50, cursor }: PageQuery = {}): Promise<Page<Replay>> {
    const { connection, keys } = this.#partitions.first;
    const start = cursor === undefined ? 0 : await this.#after(cursor);
    const ids = await connection.ask((redis) => redis.zrevrange(keys.replays, start, start + limit - 1));
    const items = (await Promise.all(ids.map((id) => this.get(id)))).filter((replay) => replay !== undefined);
    return { items, cursor: ids.length < limit ? undefined : ids.at(-1) };
  }

  async cancel(jobId: string, by: Actor): Promise<Replay> {
    const cancelled = await this.#move(jobId, 'cancelled', 'replay-cancelled', by, ['waiting', 'running']);
    // Read now: the runner may know more partitions than this process.
    await this.#partitions.current();
    await this.#partitions.each(async ({ index, connection, keys }) => {
      if (index > 0) {
        const record = keys.replayRecordPrefix + jobId;
        const none = { kind: '', detail: '', actor: '', runner: '', failure: '' };
        const change = { state: 'cancelled', allowed: ['waiting', 'running', 'completed'], ...none };
        await connection.ask(moveReplayScript.call({ record, log: keys.log, ...change }));
      }
      await takeBackReplay(connection, keys, cancelled);
      await trimReplays(connection, keys);
    });
    return this.#getOrThrow(jobId);
  }

  async resume(jobId: string, by: Actor): Promise<Replay> {
    const { plan } = await this.#getOrThrow(jobId);
    const { connection, keys } = this.#partitions.first;
    await noteTargets(connection, keys, plan);
    // In the other partitions, the runner continues.
    const replay = await this.#move(jobId, 'waiting', 'replay-resumed', by, ['cancelled', 'failed']);
    await this.#enqueue(jobId);
    return replay;
  }

  /** Ids of waiting or running replays without an update for `staleAfterMs`. */
  async findStalled(staleAfterMs: number): Promise<readonly string[]> {
    const { items } = await this.list({ limit: 100 });
    const before = this.#partitions.first.connection.now() - staleAfterMs;
    const open = items.filter(({ status }) => status === 'waiting' || status === 'running');
    return open.filter(({ updatedAt }) => Date.parse(updatedAt) < before).map(({ jobId }) => jobId);
  }

  /** If this fails, the sweep of a process that runs replays finds the replay. */
  async #enqueue(jobId: string): Promise<void> {
    await this.#queue.add(jobId).catch(() => undefined);
  }

  /** Moves the record in partition 0. */
  async #move(
    jobId: string,
    state: ReplayStatus,
    kind: string,
    { actor, from: origin }: Actor,
    from: readonly ReplayStatus[],
  ): Promise<Replay> {
    const { plan, status: before } = await this.#getOrThrow(jobId);
    const detail = JSON.stringify({ jobId, tenantId: plan.tenantId, from: origin, before });
    const { connection, keys } = this.#partitions.first;
    const change = { state, kind, detail, actor, runner: '', failure: '', allowed: from };
    const call = moveReplayScript.call({ record: keys.replayRecordPrefix + jobId, log: keys.log, ...change });
    const moved = await this.#partitions.within(this.#partitions.first, () => connection.askOnce(call));
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
    const { connection, keys } = this.#partitions.first;
    const rank = await connection.ask((redis) => redis.zrevrank(keys.replays, jobId));
    if (rank === null) throw new EventBusError('NOT_FOUND', `there is no replay ${jobId} to list from`);
    return rank + 1;
  }

  async #plan(request: ReplayRequest): Promise<{ readonly plan: ReplayPlan; readonly known: KnownGroups }> {
    const { connection } = this.#partitions.first;
    await connection.ask(() => connection.readClock());
    const known = await this.#partitions.each((partition) => readKnownGroups(partition.connection, partition.keys));
    const all = allGroups(known);
    return { plan: planReplay(request, all, Math.floor(connection.now())), known: all };
  }
}

/** The groups of all partitions, each with the handlers that any partition knows. */
function allGroups(partitions: readonly KnownGroups[]): KnownGroups {
  const all = new Map<string, KnownHandlers>();
  for (const [group, handlers] of partitions.flatMap((known) => [...known])) {
    all.set(group, new Map([...(all.get(group) ?? []), ...handlers]));
  }
  return all;
}

type KnownHandlers = KnownGroups extends ReadonlyMap<string, infer Handlers> ? Handlers : never;
