import { setTimeout as sleep } from 'node:timers/promises';
import { randomName } from '../../event/ids.js';
import type { Logger } from '../../logger.js';
import type { ReplayPlan } from '../../operate/replay.js';
import { replaySelection } from '../../operate/replay-plan.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ScriptArgument } from '../connection/script.js';
import type { Keys } from '../store/keys.js';
import { deliveryPrefixOf, type ReplayTargets } from '../store/replay-entry.js';
import { moveReplayScript, replayPageScript, takeReplayScript } from './replay.lua.js';
import { type ReplayPage, type ReplayRange, readReplayPage } from './replay-page.js';
import { readKnownGroups } from './replay-receivers.js';
import { type ReplayRoom, targetsOf, trimReplays } from './replay-room.js';

export interface ReplayRunnerOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly room: ReplayRoom;
  readonly logger: Logger;
}

/** Pages a second: each holds what the rate allows for its share of one. */
const pagesPerSecond = 10;
const maxPage = 500;
/** How long it waits for groups to handle what they were given. */
const roomPauseMs = 250;

/** Carries replays out. Where two carry out one, the second takes it over and the first is refused. */
export class ReplayRunner {
  readonly #options: ReplayRunnerOptions;
  #stopped = false;

  constructor(options: ReplayRunnerOptions) {
    this.#options = options;
  }

  /** Ends what runs after its present page; it can be gone on with. */
  stop(): void {
    this.#stopped = true;
  }

  /** Carries one out until its end, or until it is cancelled, taken over or stopped. Says whether there is more to do. */
  async run(jobId: string): Promise<boolean> {
    const { connection, keys, logger } = this.#options;
    const record = keys.replayRecordPrefix + jobId;
    const runner = randomName();
    const taken = await connection.ask(() => connection.run(takeReplayScript, [record], [runner]));
    if (taken === null) return false;
    const [plan, cursor, from, to] = taken as [string, string, string, string];
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

  /** Pages from `cursor` on; false where it had to stop before the end. */
  async #page(job: Job, start: string): Promise<boolean> {
    const { connection, keys } = this.#options;
    const { ratePerSecond, groups, handlers } = job.plan;
    const targets: ReplayTargets = { groups, handlers };
    const limit = Math.min(maxPage, Math.max(1, Math.floor(ratePerSecond / pagesPerSecond)));
    let cursor = start;
    let nextAt = performance.now();
    while (!this.#stopped) {
      // Handlers come and go while it runs.
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

  /** Writes a page; false when this runner may not go on. */
  async #write(job: Job, cursor: string, page: ReplayPage, targets: string): Promise<boolean> {
    const { connection, keys, room, logger } = this.#options;
    const args: ScriptArgument[] = [job.runner, cursor, page.cursor, page.scanned, page.unreadable, targets];
    for (const { json, streamId } of page.events) args.push(json, deliveryPrefixOf(streamId, job.jobId));
    let isWaiting = false;
    while (!this.#stopped) {
      if (page.events.length > 0 && !room.isFree(await trimReplays(connection, keys), page.events)) {
        if (!isWaiting)
          logger.info({ jobId: job.jobId }, 'a replay waits until groups have handled what it has passed on');
        isWaiting = true;
        if (!(await this.#isRunning(job, cursor))) return false;
        await sleep(roomPauseMs);
        continue;
      }
      const written = await connection.ask(() => connection.run(replayPageScript, [job.record, keys.replay], args));
      room.wrote(page.events);
      return written === 1 || (await this.#isWritten(job, page.cursor));
    }
    return false;
  }

  /** A page that was refused may have been written by a sending whose reply was lost. */
  async #isWritten(job: Job, cursor: string): Promise<boolean> {
    const { connection } = this.#options;
    const [state, runner, at] = await connection.ask((redis) => redis.hmget(job.record, 'state', 'runner', 'cursor'));
    return state === 'running' && runner === job.runner && at === cursor;
  }

  /** Whether it is still this runner's to carry out; updates it, so that it does not count as stalled. */
  async #isRunning({ record, runner }: Job, cursor: string): Promise<boolean> {
    const { connection, keys } = this.#options;
    // A page without events.
    const args = [runner, cursor, cursor, 0, 0, ''];
    return (await connection.ask(() => connection.run(replayPageScript, [record, keys.replay], args))) === 1;
  }

  async #move(job: Job, state: string, kind: string, error: string): Promise<void> {
    const { connection, keys } = this.#options;
    const detail = JSON.stringify({ jobId: job.jobId, ...(error === '' ? {} : { error }) });
    const args = [state, kind, detail, '', job.runner, error, 'running'];
    await connection.ask(() => connection.run(moveReplayScript, [job.record, keys.log], args));
  }
}

interface Job {
  readonly jobId: string;
  /** Key of its record. */
  readonly record: string;
  readonly runner: string;
  readonly plan: ReplayPlan;
  readonly range: ReplayRange;
}
