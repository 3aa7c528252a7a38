import { describe, expect, it } from 'vitest';
import type { GroupStats, Parked, SeriesOverTime } from '../../../../../../admin/answers.js';
import { describeFilter } from '../../../../../../admin/web/features/ops/dead-letters/describe-filter.js';
import { dataOf, whyNotEdit } from '../../../../../../admin/web/features/ops/dead-letters/editable.js';
import { registeredHandlers } from '../../../../../../admin/web/features/ops/event-live/registered.js';
import {
  formatWait,
  groupState,
  summaryOfLater,
} from '../../../../../../admin/web/features/ops/overview/group-state.js';
import { pointsOf } from '../../../../../../admin/web/features/ops/overview/throughput-points.js';
import { setsOf } from '../../../../../../admin/web/features/ops/parked/parked-sets.js';

const group: GroupStats = {
  group: 'mails',
  pending: 0,
  lag: 0,
  scheduled: 0,
  parked: 0,
  parkedVersions: [],
  waiting: 0,
  keyQueues: 0,
  deadLetters: 0,
  replayPending: 0,
  replayLag: 0,
  consumers: 1,
  retired: false,
};

describe('groupState', () => {
  it.each([
    ['working', {}, 'working', 'good'],
    ['behind: the oldest unfinished event is older than the limit', { oldestUnfinishedMs: 300_001 }, 'behind', 'bad'],
    ['no process, with unfinished events', { consumers: 0, oldestUnfinishedMs: 1 }, 'no process', 'bad'],
    ['no process, without unfinished events', { consumers: 0 }, 'no process', 'warn'],
    ['retired, with unfinished events', { retired: true, consumers: 0, oldestUnfinishedMs: 1 }, 'retired', 'quiet'],
  ] as const)('%s', (_what, part, label, tone) => {
    expect(groupState({ ...group, ...part }, { unfinishedMs: 300_000 })).toEqual({ label, tone });
  });

  it('formatWait: formats a time, or a dash without one', () => {
    expect([undefined, 12, 1_499, 125_000].map(formatWait)).toEqual(['–', 'under 1 s', '1 s', '2 min 5 s']);
  });
});

describe('pointsOf', () => {
  const none = { retried: 0, dead: 0 };
  const hours: SeriesOverTime = {
    every: 'hour',
    at: ['2026-03-01T10:00:00', '2026-03-01T11:00:00', '2026-03-02T10:00:00'],
    series: [
      {
        key: {},
        points: [
          { published: 1, handled: 2, failed: 3, ...none },
          { published: 10, handled: 20, failed: 30, ...none },
          { published: 5, handled: 0, failed: 0, ...none },
        ],
        total: { published: 16, handled: 22, failed: 33, ...none },
      },
    ],
  };

  it('one point for each hour, or for each day with the sum of its hours', () => {
    expect(pointsOf(hours, 'hour').map(({ published }) => published)).toEqual([1, 10, 5]);
    const counts = pointsOf(hours, 'day').map(({ published, handled, failed }) => [published, handled, failed]);
    expect(counts).toEqual([
      [11, 22, 33],
      [5, 0, 0],
    ]);
  });

  it('zero for hours without counts', () => {
    expect(pointsOf({ ...hours, series: [] }, 'hour').map(({ published }) => published)).toEqual([0, 0, 0]);
  });
});

it('handlers of several processes are listed once, with the number of processes', () => {
  const process = { consumer: '', host: '', pid: 1, startedAt: '', sinceHeartbeatMs: 0, alive: true, concurrency: 1 };
  const handlers = ['*', 'ai.*'].map((pattern) => ({ name: pattern, pattern }));
  const consumers = [1, 2].map(() => ({ ...process, group: 'mails', handlers }));
  expect(registeredHandlers({ consumers }).map(({ handler, processes }) => [handler, processes])).toEqual([
    ['*', 2],
    ['ai.*', 2],
  ]);
});

describe('data of a dead letter', () => {
  const letter = (data: unknown, handler = 'mails') => ({ envelope: { data }, handler });

  it('can be edited unless it contains values that the role cannot see', () => {
    const masked = letter({ who: [{ name: '•••' }] });
    expect(whyNotEdit(masked, false)).toContain('Only owners');
    expect(whyNotEdit(masked, true)).toBeUndefined();
    expect(whyNotEdit(letter({ who: 'anybody' }), false)).toBeUndefined();
  });

  it('is missing if the entry was not a valid envelope', () => {
    expect(dataOf({ envelope: undefined })).toBeUndefined();
    expect(whyNotEdit({ envelope: undefined, handler: '*' }, true)).toContain('not a valid envelope');
  });
});

it('describeFilter: lists the conditions of a filter', () => {
  expect(describeFilter({})).toBe('all dead letters');
  expect(describeFilter({ group: 'mails', fingerprint: 'abc', text: 'timeout' })).toBe(
    'with the text timeout, of the group mails, of the selected error group',
  );
});

describe('parked deliveries', () => {
  const parked = (id: string, parkedAt: string, part: Partial<Parked> = {}): Parked => ({
    id,
    eventId: id,
    type: 'shop.order.placed',
    version: '2.0.0',
    tenantId: 'acme',
    correlationId: '',
    group: 'billing',
    handler: 'bill',
    parkedAt,
    streamId: '1-0',
    reason: 'VERSION_AHEAD',
    message: '',
    ...part,
  });

  it('setsOf: groups deliveries by group and version, longest parked first, without duplicates', () => {
    const sets = setsOf([
      parked('b', '2026-03-01T10:00:02Z'),
      parked('c', '2026-03-01T10:00:03Z', { version: '3.0.0' }),
      parked('a', '2026-03-01T10:00:01Z', { handler: 'mail' }),
      parked('b', '2026-03-01T10:00:02Z'),
      parked('d', '2026-03-01T10:00:00Z', { group: 'audit' }),
    ]);
    expect(sets.map(({ group, version, deliveries }) => [group, version, deliveries.map(({ id }) => id)])).toEqual([
      ['billing', '2.0.0', ['a', 'b']],
      ['billing', '3.0.0', ['c']],
      ['audit', '2.0.0', ['d']],
    ]);
  });
});

describe('summaryOfLater', () => {
  const group = { scheduled: 0, waiting: 0, parked: 0 };

  it('nothing is left: everything is finished', () => {
    expect(summaryOfLater([])).toBe('everything is finished');
    expect(summaryOfLater([group, group])).toBe('everything is finished');
  });

  it.each([
    [{ ...group, scheduled: 1 }, '1 delivery waits for a retry, a turn or a new build'],
    [{ scheduled: 1, waiting: 1_000, parked: 2 }, '1,003 deliveries wait for a retry, a turn or a new build'],
  ])('%j: %s', (left, summary) => {
    expect(summaryOfLater([group, left])).toBe(summary);
  });
});
