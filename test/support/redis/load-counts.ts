import { createEventOperator, type RedisTarget, silentLogger } from '@hyvve-events/runtime';
import { expect } from 'vitest';

/** What became of the events of a load. */
export interface LoadCounts {
  /** Events whose publish has resolved. */
  readonly acknowledged: number;
  /** Publishes that were rejected because nothing was written. */
  readonly rejected: number;
  /** Publishes that were rejected with `OUTCOME_UNKNOWN`: their events may have been written. */
  readonly unknown: number;
  /** Events in the streams. */
  readonly written: number;
  /** Entries of events that another entry of the streams has, too. */
  readonly doubled: number;
  /** Acknowledged events that were handled. */
  readonly handled: number;
  /** Runs that no failure of the handler explains. */
  readonly repeated: number;
  /** Acknowledged events in the streams that started before an earlier one of their key had ended. */
  readonly outOfOrder: number;
}

/** The events of one correlation id in the streams, and how many entries have an event that another entry has, too. */
export async function readWritten(
  redis: RedisTarget,
  correlationId: string,
): Promise<{ readonly ids: ReadonlySet<string>; readonly doubled: number }> {
  const { feed, close } = createEventOperator({ redis, logger: silentLogger });
  const ids = new Set<string>();
  let entries = 0;
  try {
    for (const partition of await feed.partitions()) {
      for (let after: string | undefined = '0-0'; after !== undefined; ) {
        const page = await feed.entries({ partition, after, limit: 500 });
        for (const { envelope } of page) {
          const event = JSON.parse(envelope ?? '{}') as { readonly id: string; readonly correlationId?: string };
          if (event.correlationId !== correlationId) continue;
          ids.add(event.id);
          entries += 1;
        }
        after = page.at(-1)?.streamId;
      }
    }
  } finally {
    await close();
  }
  return { ids, doubled: entries - ids.size };
}

/**
 * Prints the counts, and checks what holds after every fault, also after one that loses writes.
 * @param mostRepeated Number of runs that the fault may repeat.
 */
export function expectOrderly(counts: LoadCounts, mostRepeated: number): void {
  console.log(JSON.stringify(counts));
  const { acknowledged, unknown, written, repeated } = counts;
  expect(counts).toMatchObject({ doubled: 0, outOfOrder: 0 });
  expect(written, 'none that was rejected was written').toBeLessThanOrEqual(acknowledged + unknown);
  expect(repeated).toBeLessThanOrEqual(mostRepeated);
}

/** The same, and what holds after every fault that loses no write. */
export function expectNothingLost(counts: LoadCounts, mostRepeated: number): void {
  expectOrderly(counts, mostRepeated);
  expect(counts.handled).toBe(counts.acknowledged);
  expect(counts.written, 'each acknowledged event was written').toBeGreaterThanOrEqual(counts.acknowledged);
}
