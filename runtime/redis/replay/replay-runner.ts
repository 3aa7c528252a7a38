import { setTimeout as sleep } from 'node:timers/promises';
import { randomName } from '../../event/ids.js';
import type { Logger } from '../../logger.js';
import type { ReplayPlan } from '../../operate/replay.js';
import { replaySelection } from '../../operate/replay-plan.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { deliveryPrefixOf, type ReplayTargets } from '../store/replay-entry.js';
import { moveReplayScript, replayPageScript, takeReplayScript } from './replay.lua.js';
import { ReplayOrder } from './replay-order.js';
import { ReplayPace } from './replay-pace.js';
import { type ReplayPage, type ReplayRange, readReplayPage } from './replay-page.js';
import { readKnownGroups } from './replay-receivers.js';
import { createRecord, noStart } from './replay-record.js';
import { type ReplayRoom, targetsOf, trimReplays } from './replay-room.js';

export interface ReplayRunnerOptions {
  readonly partitions: Partitions;
  readonly roomOf: (partition: Partition) => ReplayRoom;
  readonly logger: Logger;
}

/** Pages per second: the rate of a replay is divided by it to get the size of a page. */
const pagesPerSecond = 10;
const maxPage = 500;
/** Pause while the replay stream is full, in milliseconds. */
const roomPauseMs = 250;

/**
 * Runs replays. If two runners run the same replay, the second takes it over and the first is refused. The pages of all
 * partitions have one rate; a partition that is away holds up its own pages only, and those of the partitions that were split from it.
 */
export class ReplayRunner {
  readonly #options: ReplayRunnerOptions;
  #stopped = false;

  constructor(options: ReplayRunnerOptions) {
    this.#options = options;
  }

  /** Stops running replays after their current page; they can be continued. */
  stop(): void {
    this.#stopped = true;
  }

  /** Runs a replay until it ends, is cancelled, taken over or stopped. Resolves with true if another process must continue it. */
  async run(jobId: string): Promise<boolean> {
    const { partitions, logger } = this.#options;
    const { first } = partitions;
    const record = first.keys.replayRecordPrefix + jobId;
    const runner = randomName();
    const claimed = await first.connection.ask(takeReplayScript.call({ record, runner, isPart: 0 }));
    if (claimed === null) return false;
    const [plan, cursor, from, to] = claimed;
    const parsed = JSON.parse(plan) as ReplayPlan;
    const pace = new ReplayPace(parsed.ratePerSecond);
    const job: Job = { jobId, runner, plan: parsed, pace, order: new ReplayOrder(), isOver: false };
    const head = { partition: first, record, cursor, range: { from, to } };
    try {
      await this.#pageAll(job, head);
      await this.#move(job, head, 'completed', 'replay-completed', '');
    } catch (error) {
      if (error instanceof ReplayStopped) return this.#stopped;
      if (!first.connection.isOpen) return true;
      logger.error({ err: error, jobId }, 'a replay failed');
      const message = error instanceof Error ? error.message : String(error);
      await this.#move(job, head, 'failed', 'replay-failed', message);
    } finally {
      job.isOver = true;
    }
    return false;
  }

  /**
   * Delivers the pages of all partitions.
   * @throws ReplayStopped when it had to stop before the end of one: it does not wait for the others, which may be away
   */
  async #pageAll(job: Job, head: Part): Promise<void> {
    const deliver = async (partition: Partition) => {
      const part = partition.index === 0 ? head : await this.#take(job, head, partition);
      if (part === undefined || !(await this.#page(job, part))) throw new ReplayStopped();
      job.order.ended(partition.index);
      // The record in partition 0 is completed last.
      if (partition.index > 0) await this.#move(job, part, 'completed', '', '');
    };
    // Read now: a partition that this process does not know yet may have events of the range.
    await Promise.all((await this.#options.partitions.current()).map(deliver));
  }

  /**
   * Makes this runner the only one in another partition than the first, whose record it creates if it is missing: the process
   * that started the replay, or an earlier runner, may have died before. Undefined if the replay must stop.
   */
  async #take(job: Job, head: Part, partition: Partition): Promise<Part | undefined> {
    const { connection, keys } = partition;
    const record = keys.replayRecordPrefix + job.jobId;
    await createRecord(partition, job.jobId, job.plan, noStart);
    const claimed = await connection.ask(takeReplayScript.call({ record, runner: job.runner, isPart: 1 }));
    if (claimed === null) return undefined;
    // After it was taken: a replay that is cancelled from now on is cancelled in this partition too.
    const of = head.partition.connection;
    const [state, runner] = await of.ask((redis) => redis.hmget(head.record, 'state', 'runner'));
    if (state !== 'running' || runner !== job.runner) return undefined;
    const [, cursor, from, to] = claimed;
    return { partition, record, cursor, range: { from, to } };
  }

  /** Delivers the pages of a partition. Resolves with false if it had to stop before the end. */
  async #page(job: Job, { partition, record, cursor: start, range }: Part): Promise<boolean> {
    const { connection, keys } = partition;
    const { ratePerSecond, groups, handlers } = job.plan;
    const targets: ReplayTargets = { groups, handlers };
    const limit = Math.min(maxPage, Math.max(1, Math.floor(ratePerSecond / pagesPerSecond)));
    await job.order.turnOf(partition, () => this.#mustStop(job));
    let cursor = start;
    while (!this.#mustStop(job)) {
      job.order.reached(partition.index, cursor);
      // Read for each page, because handlers may be added or removed during the replay.
      const isSelected = replaySelection(job.plan, await readKnownGroups(connection, keys, targetsOf(job.plan)));
      const page = await readReplayPage(connection, keys, isSelected, range, cursor, job.jobId, limit);
      if (page === undefined) return true;
      await job.pace.turn(page.events.length, () => this.#mustStop(job));
      const part = { partition, record, cursor, range };
      if (!(await this.#write(job, part, page, JSON.stringify(targets)))) return false;
      cursor = page.cursor;
    }
    return false;
  }

  #mustStop(job: Job): boolean {
    return this.#stopped || job.isOver;
  }

  /** Writes a page. Resolves with false if this runner must stop. */
  async #write(job: Job, part: Part, page: ReplayPage, targets: string): Promise<boolean> {
    const { roomOf, logger } = this.#options;
    const { partition, record, cursor } = part;
    const { connection, keys } = partition;
    const room = roomOf(partition);
    const { runner } = job;
    const { cursor: nextCursor, scanned, unreadable } = page;
    const events = page.events.map(({ json, streamId }) => ({ json, prefix: deliveryPrefixOf(streamId, job.jobId) }));
    const progress = { cursor, nextCursor, scanned, unreadable };
    const call = replayPageScript.call({ record, stream: keys.replay, runner, ...progress, targets, page: events });
    let isWaiting = false;
    while (!this.#mustStop(job)) {
      if (page.events.length > 0 && !room.isFree(await trimReplays(connection, keys), page.events)) {
        if (!isWaiting)
          logger.info({ jobId: job.jobId }, 'a replay waits until groups have handled its earlier events');
        isWaiting = true;
        if (!(await this.#isRunning(job, part))) return false;
        await sleep(roomPauseMs);
        continue;
      }
      const written = await connection.ask(call);
      room.wrote(page.events);
      return written === 1 || (await this.#isWritten(job, part, page.cursor));
    }
    return false;
  }

  /** Whether a refused page was written by an earlier call whose reply was lost. */
  async #isWritten(job: Job, { partition, record }: Part, cursor: string): Promise<boolean> {
    const [state, runner, at] = await partition.connection.ask((redis) =>
      redis.hmget(record, 'state', 'runner', 'cursor'),
    );
    return state === 'running' && runner === job.runner && at === cursor;
  }

  /** Whether this runner still runs the replay. Updates its record, so that it does not count as stalled. */
  async #isRunning({ runner }: Job, { partition, record, cursor }: Part): Promise<boolean> {
    const { connection, keys } = partition;
    const progress = { cursor, nextCursor: cursor, scanned: 0, unreadable: 0 };
    // An empty page.
    const none = { targets: '', page: [] };
    const call = replayPageScript.call({ record, stream: keys.replay, runner, ...progress, ...none });
    return (await connection.ask(call)) === 1;
  }

  /** @param kind Kind of the log entry; empty for none. */
  async #move({ jobId, runner }: Job, part: Part, state: string, kind: string, error: string): Promise<void> {
    const { record, partition } = part;
    const { connection, keys } = partition;
    const detail = JSON.stringify({ jobId, ...(error === '' ? {} : { error }) });
    const change = { state, kind, detail, actor: '', runner, failure: error, allowed: ['running'] };
    await connection.ask(moveReplayScript.call({ record, log: keys.log, ...change }));
  }
}

/** The runner had to stop: the replay was cancelled or taken over, or the process is closing. */
class ReplayStopped extends Error {}

interface Job {
  readonly jobId: string;
  readonly runner: string;
  readonly plan: ReplayPlan;
  /** One for all partitions. */
  readonly pace: ReplayPace;
  readonly order: ReplayOrder;
  /** True once this runner must not go on in any partition. */
  isOver: boolean;
}

/** A replay in one partition. */
interface Part {
  readonly partition: Partition;
  /** Redis key of the replay's record. */
  readonly record: string;
  readonly cursor: string;
  readonly range: ReplayRange;
}
