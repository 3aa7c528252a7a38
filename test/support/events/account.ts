import type { DeliveryStatus, EventOperator } from '@hyvve-events/runtime';
import { expect } from 'vitest';
import { until } from '../wait.js';

/** Where every delivery (event, group, handler) stands. */
export interface Account {
  readonly deliveries: number;
  readonly done: number;
  /** Not read yet, or being worked on. */
  readonly pending: number;
  /** Waits for its next run, or for a build that can read it. */
  readonly scheduled: number;
  readonly dead: number;
}

const columns: Readonly<Record<DeliveryStatus, keyof Account | undefined>> = {
  PENDING: 'pending',
  PROCESSING: 'pending',
  FAILED: 'scheduled',
  PARKED: 'scheduled',
  DLQ: 'dead',
  COMPLETED: 'done',
  DISCARDED: undefined,
  EXPIRED: undefined,
  SKIPPED: undefined,
};

/**
 * Counts where the deliveries of these events stand, and holds the equation: delivered = done + pending + scheduled + dead.
 * @param handlersPerEvent How many deliveries each event is, over all groups.
 */
export async function account(
  operator: EventOperator,
  eventIds: readonly string[],
  handlersPerEvent: number,
): Promise<Account> {
  const counts = await count(operator, eventIds);
  const deliveries = eventIds.length * handlersPerEvent;
  expect(sum(counts), JSON.stringify(counts)).toBe(deliveries);
  return { deliveries, ...counts };
}

/** How many events are asked about at a time. */
const together = 100;

type Counts = Omit<Account, 'deliveries'>;

function sum({ done, pending, scheduled, dead }: Counts): number {
  return done + pending + scheduled + dead;
}

async function count(operator: EventOperator, eventIds: readonly string[]): Promise<Counts> {
  const counts = { done: 0, pending: 0, scheduled: 0, dead: 0 };
  for (let from = 0; from < eventIds.length; from += together) {
    const asked = eventIds
      .slice(from, from + together)
      .map((id) => operator.status(isStreamId(id) ? { streamId: id } : { eventId: id }));
    for (const { handlers } of (await Promise.all(asked)).flat()) {
      for (const { status } of handlers) {
        const column = columns[status];
        if (column !== undefined && column !== 'deliveries') counts[column] += 1;
      }
    }
  }
  return counts;
}

/** Waits until each delivery is done or dead, and gives the account. Meanwhile a group, or its set of handlers, may be gone. */
export async function settled(
  operator: EventOperator,
  eventIds: readonly string[],
  handlersPerEvent: number,
  timeoutMs = 30_000,
): Promise<Account> {
  let last: Counts | undefined;
  await until(
    'every delivery is done or dead',
    async () => {
      last = await count(operator, eventIds).catch(() => undefined);
      return last !== undefined && last.done + last.dead === eventIds.length * handlersPerEvent;
    },
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}: ${JSON.stringify(last)}`);
  });
  return account(operator, eventIds, handlersPerEvent);
}

/** An entry that another publisher wrote is named by its stream id. */
function isStreamId(id: string): boolean {
  return /^\d+-\d+$/.test(id);
}
