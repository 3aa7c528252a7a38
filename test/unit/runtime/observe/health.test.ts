import { describe, expect, it } from 'vitest';
import { type HealthFacts, judgeHealth } from '../../../../runtime/observe/health.js';

const consumer = {
  loopIdleMs: 100,
  problem: undefined,
  lastSettleMs: 50,
  unsettledMs: 0,
  running: 3,
  unsettled: 0,
  parked: 0,
  parkedVersions: [],
  waiting: 0,
};
const well: HealthFacts = {
  redis: 'ready',
  refusal: undefined,
  problem: undefined,
  memoryHigh: false,
  pendingPublishBytes: 12,
  startFailure: undefined,
  partitions: { total: 1, away: [] },
  started: true,
  stopping: false,
  consumer,
  longestRoundMs: 20_000,
};

describe('health', () => {
  it('of a healthy bus: live and ready, with its facts', () => {
    expect(judgeHealth(well)).toEqual({
      live: true,
      ready: true,
      reasons: [],
      redis: 'ready',
      pendingPublishBytes: 12,
      partitions: { total: 1, away: [] },
      consumer,
    });
  });

  it('a partition that is away is named, and makes the bus neither unready nor dead', () => {
    const health = judgeHealth({ ...well, partitions: { total: 8, away: [2, 5] } });
    expect(health).toMatchObject({ live: true, ready: true, partitions: { total: 8, away: [2, 5] } });
    expect(health.reasons).toEqual(['of 8 partitions, these cannot be used: 2, 5']);
  });

  it.each<[string, Partial<HealthFacts>, { live: boolean; reason: RegExp | undefined }]>([
    ['publishes only', { started: false, consumer: undefined }, { live: true, reason: undefined }],
    ['has parked deliveries', { consumer: { ...consumer, parked: 7 } }, { live: true, reason: undefined }],
    ['has not joined', { consumer: undefined }, { live: true, reason: /joined/ }],
    ['lost Redis', { redis: 'connecting' }, { live: true, reason: /no connection/ }],
    [
      'waits for Redis',
      { redis: 'connecting', consumer: { ...consumer, loopIdleMs: 1e6 } },
      { live: true, reason: /no/ },
    ],
    ['is refused permanently by Redis', { redis: 'refused', refusal: 'too old' }, { live: false, reason: /too old/ }],
    ['is closed', { redis: 'closed' }, { live: true, reason: /closed/ }],
    ['has no memory', { memoryHigh: true }, { live: true, reason: /memory/ }],
    [
      'makes no progress',
      { consumer: { ...consumer, loopIdleMs: 20_001 } },
      { live: false, reason: /no progress for 20001/ },
    ],
    ['is refused', { problem: 'NOREPLICAS Not enough' }, { live: true, reason: /NOREPLICAS Not enough/ }],
    [
      'cannot connect for a known reason',
      { redis: 'connecting', problem: 'ERR max number of clients reached' },
      { live: true, reason: /no connection to Redis: ERR max number of clients/ },
    ],
    [
      'cannot read',
      { consumer: { ...consumer, problem: 'NOPERM no' } },
      { live: true, reason: /events cannot be read: NOPERM/ },
    ],
    [
      'was not started',
      { started: false, consumer: undefined, startFailure: { reason: 'WRONGTYPE', agoMs: 10 } },
      { live: true, reason: /rejected: WRONGTYPE/ },
    ],
    [
      'was not started long ago',
      { started: false, consumer: undefined, startFailure: { reason: 'WRONGTYPE', agoMs: 20_001 } },
      { live: false, reason: /rejected: WRONGTYPE/ },
    ],
    [
      'has stopped after a start that failed long ago',
      { started: false, consumer: undefined, stopping: true, startFailure: { reason: 'CLOSED', agoMs: 20_001 } },
      { live: true, reason: /has stopped/ },
    ],
    ['has no events', { consumer: { ...consumer, lastSettleMs: 1e9 } }, { live: true, reason: undefined }],
    ['cannot settle', { consumer: { ...consumer, unsettledMs: 30_001 } }, { live: false, reason: /to be recorded/ }],
  ])('of a bus that %s', (_, facts, { live, reason }) => {
    const health = judgeHealth({ ...well, ...facts });
    expect(health.live).toBe(live);
    expect(health.ready).toBe(reason === undefined);
    expect(health.reasons).toEqual(reason === undefined ? [] : [expect.stringMatching(reason)]);
  });
});
