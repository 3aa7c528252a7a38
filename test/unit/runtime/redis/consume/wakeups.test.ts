import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RedisConnection } from '../../../../../runtime/redis/connection/redis-connection.js';
import { Wakeups } from '../../../../../runtime/redis/consume/wakeups.js';
import type { GroupJobs } from '../../../../../runtime/redis/maintain/group-jobs.js';

const jobs: number[] = [];
let woken = 0;
const connection = { now: () => 1_000_000 } as unknown as RedisConnection;
const groupJobs = { wakeAt: (partition: number, due: number) => jobs.push(partition, due) } as unknown as GroupJobs;
const wakeups = new Wakeups(connection, groupJobs, 3);

beforeEach(() => {
  vi.useFakeTimers();
  jobs.length = 0;
  woken = 0;
  wakeups.start(() => {
    woken += 1;
  });
});

afterEach(() => {
  vi.useRealTimers();
});

it('every retry gets a job; one that is due soon also gets a timer in this process', () => {
  wakeups.scheduled([1_000_300, 1_060_000]);
  expect(jobs).toEqual([3, 1_000_300, 3, 1_060_000]);
  vi.advanceTimersByTime(299);
  expect(woken).toBe(0);
  vi.advanceTimersByTime(1);
  expect(woken).toBe(1);
  vi.advanceTimersByTime(120_000);
  expect(woken).toBe(1);
});

it('several delays: the process is woken after the shortest', () => {
  for (const delay of [500, 100, 300]) wakeups.wakeIn(delay);
  vi.advanceTimersByTime(100);
  expect(woken).toBe(1);
});

it('after a stop, the process is no longer woken', () => {
  wakeups.wakeIn(100);
  wakeups.stop();
  wakeups.wakeIn(100);
  vi.advanceTimersByTime(1_000);
  expect(woken).toBe(0);
});
