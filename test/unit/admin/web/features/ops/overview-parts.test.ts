import { describe, expect, it } from 'vitest';
import type { GroupStats, Parked, SeriesOverTime } from '../../../../../../admin/answers.js';
import { describeFilter } from '../../../../../../admin/web/features/ops/dead-letters/describe-filter.js';
import { dataOf, whyNotEdit } from '../../../../../../admin/web/features/ops/dead-letters/editable.js';
import { registeredHandlers } from '../../../../../../admin/web/features/ops/event-live/registered.js';
import { formatWait, groupState } from '../../../../../../admin/web/features/ops/overview/group-state.js';
import { pointsOf } from '../../../../../../admin/web/features/ops/overview/throughput-points.js';
import { setsOf } from '../../../../../../admin/web/features/ops/parked/parked-sets.js';

const group: GroupStats = {
  ...{ group: 'mails', pending: 0, lag: 0, scheduled: 0, parked: 0, deadLetters: 0, replayPending: 0, replayLag: 0 },
  ...{ consumers: 1, retired: false },
};

describe('a group', () => {
  it.each([
    ['works', {}, 'working', 'good'],
    ['is behind once something waits for more than five minutes', { oldestUnfinishedMs: 300_001 }, 'behind', 'bad'],
    ['has no process, and something to do', { consumers: 0, oldestUnfinishedMs: 1 }, 'no process', 'bad'],
    ['has no process, and nothing to do', { consumers: 0 }, 'no process', 'warn'],
    ['is retired, whatever waits', { retired: true, consumers: 0, oldestUnfinishedMs: 1 }, 'retired', 'quiet'],
  ] as const)('%s', (_what, part, label, tone) => {
    expect(groupState({ ...group, ...part }, { unfinishedMs: 300_000 })).toEqual({ label, tone });
  });

  it('has waited for a time in words', () => {
    expect([undefined, 12, 1_499, 125_000].map(formatWait)).toEqual(['–', 'under 1 s', '1 s', '2 min 5 s']);
  });
});

describe('throughput', () => {
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

  it('is a point an hour, or hours added up to days', () => {
    expect(pointsOf(hours, 'hour').map(({ published }) => published)).toEqual([1, 10, 5]);
    const counts = pointsOf(hours, 'day').map(({ published, handled, failed }) => [published, handled, failed]);
    expect(counts).toEqual([
      [11, 22, 33],
      [5, 0, 0],
    ]);
  });

  it('is nothing where nothing was counted', () => {
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

  it('are edited unless they hold what the role may not see', () => {
    const masked = letter({ who: [{ name: '•••' }] });
    expect(whyNotEdit(masked, false)).toContain('Only owners');
    expect(whyNotEdit(masked, true)).toBeUndefined();
    expect(whyNotEdit(letter({ who: 'anybody' }), false)).toBeUndefined();
  });

  it('are not there where it was no envelope', () => {
    expect(dataOf({ envelope: undefined })).toBeUndefined();
    expect(whyNotEdit({ envelope: undefined, handler: '*' }, true)).toContain('not a valid envelope');
  });
});

it('a filter is said in words', () => {
  expect(describeFilter({})).toBe('all dead letters');
  expect(describeFilter({ group: 'mails', fingerprint: 'abc', text: 'timeout' })).toBe(
    'with the text timeout, of the group mails, of the selected error group',
  );
});

describe('parked deliveries', () => {
  const parked = (id: string, parkedAt: string, part: Partial<Parked> = {}): Parked => ({
    ...{ id, eventId: id, type: 'shop.order.placed', version: '2.0.0', tenantId: 'acme', correlationId: '' },
    ...{ group: 'billing', handler: 'bill', parkedAt, streamId: '1-0', reason: 'VERSION_AHEAD', message: '', ...part },
  });

  it('are put together by what they wait for, the longest parked first, each once', () => {
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
