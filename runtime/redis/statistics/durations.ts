import type { Logger } from '../../logger.js';
import type { HandlerDurations } from '../../operate/statistics.js';
import type { Link } from '../connection/link.js';
import { failureKind } from '../connection/redis-error.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import type { GroupKeys } from '../store/keys.js';
import { addDurationsScript } from './durations.lua.js';

/** Upper bounds of the buckets, in milliseconds; longer runs are in no bucket. */
export const durationBoundsMs = [
  1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
] as const;

/** Field for the number of runs that took longer than the last bound. */
const longer = 'inf';
/** Field for the total duration of all runs, in microseconds: Redis adds integers without rounding errors. */
const sum = 'us';

/** Durations of one handler's runs that were not added to Redis yet. */
class PendingDurations {
  /** One count for each bound, and one for longer runs. */
  readonly counts = new Array<number>(durationBoundsMs.length + 1).fill(0);
  sumMs = 0;

  add(durationMs: number): void {
    let bucket = 0;
    for (const bound of durationBoundsMs) {
      if (durationMs <= bound) break;
      bucket += 1;
    }
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumMs += durationMs;
  }

  addAll({ counts, sumMs }: PendingDurations): void {
    counts.forEach((count, bucket) => {
      this.counts[bucket] = (this.counts[bucket] ?? 0) + count;
    });
    this.sumMs += sumMs;
  }

  /** Each counter with its number. */
  counters(): readonly { readonly name: string | number; readonly count: number }[] {
    const all: { readonly name: string | number; readonly count: number }[] = [];
    all.push({ name: sum, count: Math.round(this.sumMs * 1_000) });
    this.counts.forEach((count, bucket) => {
      if (count > 0) all.push({ name: durationBoundsMs[bucket] ?? longer, count });
    });
    return all;
  }
}

export interface DurationsOptions {
  /** Where they are added now: readers add up the durations of all partitions. */
  readonly place: () => { readonly connection: Link; readonly group: GroupKeys };
  readonly logger: Logger;
}

/**
 * Collects the durations of runs in this process and adds them to Redis periodically, so that a run costs no call. Pending
 * durations are lost if the process is killed.
 */
export class Durations {
  readonly #options: DurationsOptions;
  #pending = new Map<string, PendingDurations>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DurationsOptions) {
    this.#options = options;
  }

  start(everyMs: number): void {
    this.#timer = setInterval(() => void this.report(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  recordDuration(handler: string, durationMs: number): void {
    this.#of(handler).add(durationMs);
  }

  /** Adds the pending durations to Redis; without a connection they stay pending. Never throws. */
  async report(): Promise<void> {
    const { place, logger } = this.#options;
    const { connection, group } = place();
    if (!connection.isReady) return;
    const pending = this.#pending;
    this.#pending = new Map();
    const calls = [...pending].map(async ([handler, runs]) => {
      try {
        const durations = group.durations(handler);
        await connection.tryOnce(addDurationsScript.call({ durations, counters: runs.counters() }));
      } catch (error) {
        // Reported again only if they were certainly not added.
        const kind = failureKind(error);
        if (kind === 'unsent' || kind === 'refused') this.#of(handler).addAll(runs);
        else
          logger.warn(
            { err: error, handler },
            'the durations of runs since the last heartbeat may be missing in the statistics',
          );
      }
    });
    await Promise.all(calls);
  }

  #of(handler: string): PendingDurations {
    let runs = this.#pending.get(handler);
    if (runs === undefined) {
      runs = new PendingDurations();
      this.#pending.set(handler, runs);
    }
    return runs;
  }
}

/** The durations of all groups in all partitions, without handlers that have not run. */
export async function readDurations(partitions: Partitions): Promise<readonly HandlerDurations[]> {
  const records = new Map<string, Recorded>();
  for (const record of (await partitions.each(readRecords)).flat()) {
    const name = JSON.stringify([record.group, record.handler]);
    const known = records.get(name);
    if (known === undefined) records.set(name, record);
    else addRecord(known.counts, record.counts);
  }
  const found = [...records.values()].flatMap(({ group, handler, counts }) => durationsOf(group, handler, counts));
  return found.sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
}

/** The counters of one handler's durations. */
interface Recorded {
  readonly group: string;
  readonly handler: string;
  readonly counts: Record<string, string>;
}

function addRecord(counts: Record<string, string>, more: Readonly<Record<string, string>>): void {
  for (const [name, count] of Object.entries(more)) counts[name] = String(Number(counts[name] ?? 0) + Number(count));
}

async function readRecords({ connection, keys }: Partition): Promise<readonly Recorded[]> {
  const groups = await connection.ask((redis) => redis.hkeys(keys.groups));
  const read = async (name: string) => {
    const group = keys.group(name);
    const handlers = await connection.ask((redis) => redis.hkeys(group.handlers));
    const records = await connection.ask((redis) =>
      Promise.all(handlers.map((handler) => redis.hgetall(group.durations(handler)))),
    );
    return handlers.map((handler, index) => ({ group: name, handler, counts: records[index] ?? {} }));
  };
  return (await Promise.all(groups.sort().map(read))).flat();
}

function durationsOf(
  group: string,
  handler: string,
  { [sum]: us, ...counts }: Readonly<Record<string, string>>,
): readonly HandlerDurations[] {
  if (us === undefined) return [];
  const numbers = Object.entries(counts).map(([bound, count]) => [Number(bound), Number(count)] as const);
  const upTo = (limit: number) => numbers.reduce((all, [bound, count]) => all + (bound <= limit ? count : 0), 0);
  const buckets = durationBoundsMs.map((leMs) => ({ leMs, count: upTo(leMs) }));
  const count = numbers.reduce((all, [, more]) => all + more, 0);
  return [{ group, handler, buckets, count, sumMs: Number(us) / 1_000 }];
}
