import { setTimeout as sleep } from 'node:timers/promises';
import { randomName } from '../../event/ids.js';
import type { Logger } from '../../logger.js';
import type { ReplayPlan } from '../../operate/replay.js';
import { replaySelection } from '../../operate/replay-plan.js';
import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
import { deliveryPrefixOf, type ReplayTargets } from '../store/replay-entry.js';
import { moveReplayScript, replayPageScript, takeReplayScript } from './replay.lua.js';
import { type ReplayPage, type ReplayRange, readReplayPage } from './replay-page.js';
import { readKnownGroups } from './replay-receivers.js';
import { type ReplayRoom, targetsOf, trimReplays } from './replay-room.js';

export interface ReplayRunnerOptions {
  readonly connection: Link;
  readonly keys: Keys;
  readonly room: ReplayRoom;
  readonly logger: Logger;
}

/** Pages per second: the rate of a replay is divided by it to get the size of a page. */
const pagesPerSecond = 10;
const maxPage = 500;
/** Pause while the replay stream is full, in milliseconds. */
const roomPauseMs = 250;

/** Runs replays. If two runners run the same replay, the second takes it over and the first is refused. */
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
    const { connection, keys, logger } = this.#options;
    const record = keys.replayRecordPrefix + jobId;
    const runner = randomName();
    const claimed = await connection.ask(takeReplayScript.call({ record, runner }));
    if (claimed === null) return false;
    const [plan, cursor, from, to] = claimed;
    const job = { jobId, record, runner, plan: JSON.parse(plan) as ReplayPlan, range: { from, to } };
    try {
      if (!(await this.#page(job, cursor))) return this.#stopped;
      await this.#move(job, 'completed', 'replay-completed', '');
    } catch (error) {
      if (!connection.isOpen) return true;
      logger.error({ err: error, jobId }, 'a replay failed');
      await this.#move(job, 'failed', 'replay-failed', error instanceof Error ? error.message : String(error));
    }
    return false;
  }

  /** Delivers the pages from `start` on. Resolves with false if it had to stop before the end. */
  async #page(job: Job, start: string): Promise<boolean> {
    const { connection, keys } = this.#options;
    const { ratePerSecond, groups, handlers } = job.plan;
    const targets: ReplayTargets = { groups, handlers };
    const limit = Math.min(maxPage, Math.max(1, Math.floor(ratePerSecond / pagesPerSecond)));
    let cursor = start;
    let nextAt = performance.now();
    while (!this.#stopped) {
      // Read for each page, because handlers may be added or removed during the replay.
      const isSelected = replaySelection(job.plan, await readKnownGroups(connection, keys, targetsOf(job.plan)));
      const page = await readReplayPage(connection, keys, isSelected, job.range, cursor, job.jobId, limit);
      if (page === undefined) return true;
      if (!(await this.#write(job, cursor, page, JSON.stringify(targets)))) return false;
      cursor = page.cursor;
      nextAt = Math.max(nextAt, performance.now() - 1_000) + (page.events.length * 1_000) / ratePerSecond;
      await sleep(Math.max(0, nextAt - performance.now()));
    }
    return false;
  }

  /** Writes a page. Resolves with false if this runner must stop. */
  async #write(job: Job, cursor: string, page: ReplayPage, targets: string): Promise<boolean> {
    const { connection, keys, room, logger } = this.#options;
    const { runner, record } = job;
    const { cursor: nextCursor, scanned, unreadable } = page;
    const events = page.events.map(({ json, streamId }) => ({ json, prefix: deliveryPrefixOf(streamId, job.jobId) }));
    const progress = { cursor, nextCursor, scanned, unreadable };
    const call = replayPageScript.call({ record, stream: keys.replay, runner, ...progress, targets, page: events });
    let isWaiting = false;
    while (!this.#stopped) {
      if (page.events.length > 0 && !room.isFree(await trimReplays(connection, keys), page.events)) {
        if (!isWaiting)
          logger.info({ jobId: job.jobId }, 'a replay waits until groups have handled its earlier events');
        isWaiting = true;
        if (!(await this.#isRunning(job, cursor))) return false;
        await sleep(roomPauseMs);
        continue;
      }
      const written = await connection.ask(call);
      room.wrote(page.events);
      return written === 1 || (await this.#isWritten(job, page.cursor));
    }
    return false;
  }

  /** Whether a refused page was written by an earlier call whose reply was lost. */
  async #isWritten(job: Job, cursor: string): Promise<boolean> {
    const { connection } = this.#options;
    const [state, runner, at] = await connection.ask((redis) => redis.hmget(job.record, 'state', 'runner', 'cursor'));
    return state === 'running' && runner === job.runner && at === cursor;
  }

  /** Whether this runner still runs the replay. Updates its record, so that it does not count as stalled. */
  async #isRunning({ record, runner }: Job, cursor: string): Promise<boolean> {
    const { connection, keys } = this.#options;
    const progress = { cursor, nextCursor: cursor, scanned: 0, unreadable: 0 };
    // An empty page.
    const none = { targets: '', page: [] };
    const call = replayPageScript.call({ record, stream: keys.replay, runner, ...progress, ...none });
    return (await connection.ask(call)) === 1;
  }

  async #move(job: Job, state: string, kind: string, error: string): Promise<void> {
    const { connection, keys } = this.#options;
    const detail = JSON.stringify({ jobId: job.jobId, ...(error === '' ? {} : { error }) });
    const { record, runner } = job;
    const change = { state, kind, detail, actor: '', runner, failure: error, allowed: ['running'] };
    await connection.ask(moveReplayScript.call({ record, log: keys.log, ...change }));
  }
}

interface Job {
  readonly jobId: string;
  /** Redis key of the replay's record. */
  readonly record: string;
  readonly runner: string;
  readonly plan: ReplayPlan;
  readonly range: ReplayRange;
}
