import type { DeliveryStatus, EventOperator } from '@hyvve-events/runtime';
import { expect } from 'vitest';
import { until } from '../wait.js';

/** Number of deliveries (event, group, handler) in each state. */
export interface Account {
  readonly deliveries: number;
  readonly done: number;
  /** Not read yet, or in flight. */
  readonly pending: number;
  /** Waiting for the next run, or for a build that can read it. */
  readonly scheduled: number;
  readonly dead: number;
}

const columns: Readonly<Record<DeliveryStatus, keyof Account | undefined>> = {
  PENDING: 'pending',
  PROCESSING: 'pending',
  FAILED: 'scheduled',
  PARKED: 'scheduled',
  WAITING: 'scheduled',
  DLQ: 'dead',
  COMPLETED: 'done',
  DISCARDED: undefined,
  EXPIRED: undefined,
  SKIPPED: undefined,
};

/**
 * Counts the deliveries of these events by state, and checks that delivered = done + pending + scheduled + dead.
 * @param handlersPerEvent Number of deliveries of each event, in all groups.
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

/** Number of events whose status is read in parallel. */
const together = 100;

type Counts = Omit<Account, 'deliveries'>;

function sum({ done, pending, scheduled, dead }: Counts): number {
  return done + pending + scheduled + dead;
}

async function count(operator: EventOperator, eventIds: readonly string[]): Promise<Counts> {
  const counts = { done: 0, pending: 0, scheduled: 0, dead: 0 };
  for (let from = 0; from < eventIds.length; from += together) {
    const statuses = eventIds
      .slice(from, from + together)
      .map((id) => operator.status(isStreamId(id) ? { streamId: id } : { eventId: id }));
    for (const { handlers } of (await Promise.all(statuses)).flat()) {
      for (const { status } of handlers) {
        const column = columns[status];
        if (column !== undefined && column !== 'deliveries') counts[column] += 1;
      }
    }
  }
  return counts;
}

/** Waits until each delivery is done or dead, and returns the account. In the meantime a group or its handlers may be missing. */
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

/** An entry of another publisher is identified by its stream id. */
function isStreamId(id: string): boolean {
  return /^\d+-\d+$/.test(id);
}
