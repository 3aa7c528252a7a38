import { silentLogger } from '@hyvve-events/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { HandlerSet } from '../../../../../runtime/handle/handler-set.js';
import type { RedisConnection } from '../../../../../runtime/redis/connection/redis-connection.js';
import type { Script } from '../../../../../runtime/redis/connection/script.js';
import type { RedisDelivery } from '../../../../../runtime/redis/consume/delivery.js';
import { InFlight } from '../../../../../runtime/redis/consume/in-flight.js';
import { Lane, type LaneParts } from '../../../../../runtime/redis/consume/lane.js';
import { ensureGroupScript, releaseScript, takeOverScript } from '../../../../../runtime/redis/consume/lane.lua.js';
import { liveLane, replayLane } from '../../../../../runtime/redis/consume/lane-spec.js';
import { Places } from '../../../../../runtime/redis/consume/places.js';
import { partitionKeys } from '../../../../../runtime/redis/store/keys.js';
import { newGate, until } from '../../../../support/wait.js';

const keys = partitionKeys('hyvve', 0);
const group = keys.group('billing');

/** Replies of a fake Redis by script, and the recorded calls. */
const replies = new Map<Script, unknown>();
const calls: { readonly script: string; readonly args: readonly unknown[] }[] = [];
const redis = {
  call: async (_command: string, [sha, ...args]: readonly unknown[]) => {
    for (const [script, reply] of replies) {
      if (script.sha !== sha) continue;
      calls.push({ script: script.name, args });
      return reply;
    }
    throw new Error('a script that this test does not know');
  },
};
const connection = {
  isReady: true,
  now: () => 1_000_000,
  clockErrorMs: 0,
  ask: (call: (to: typeof redis) => unknown) => call(redis),
  tryOnce: (call: (to: typeof redis) => unknown) => call(redis),
} as unknown as RedisConnection;

interface Accepted {
  readonly lane: Lane;
  readonly id: string;
  readonly deliveryCount: number;
  readonly completed: readonly string[];
}
let accepted: Accepted[];
let reloads: number;
let parts: LaneParts;

beforeEach(() => {
  accepted = [];
  reloads = 0;
  replies.clear();
  calls.length = 0;
  parts = {
    connection,
    keys,
    group,
    consumer: 'worker',
    handlers: new HandlerSet(),
    logger: silentLogger,
    leaseMs: 60_000,
    inFlight: new InFlight(new Places(10), () => undefined),
    deliverer: {},
    wakeups: { scheduled: () => undefined },
    epoch: () => 1,
    onCreated: () => undefined,
    dispatcher: {
      acceptEntry: (lane: Lane, [id]: readonly [string], deliveryCount: number, completed: readonly string[]) => {
        accepted.push({ lane, id, deliveryCount, completed });
      },
    },
    peers: {
      ordered: [],
      reload: async () => {
        reloads += 1;
      },
    },
  } as unknown as LaneParts;
});

describe('a lane', () => {
  it('takes over entries whose lease has expired, with their completed handlers', async () => {
    replies.set(takeOverScript, [[['1-0', 2, ['e', '{}'], ['mail']]], 0]);
    const lane = new Lane(liveLane(keys, group, '0'), parts);
    lane.start();
    await until('it has taken one over', () => accepted.length > 0);
    lane.stop();
    expect(accepted).toEqual([{ lane, id: '1-0', deliveryCount: 2, completed: ['mail'] }]);
    // Keys: the stream, the completed handlers, the group's handlers and the log.
    expect(calls[0]?.args.slice(0, 5)).toEqual([
      4,
      '{hyvve:0}:events',
      group.completedHandlers,
      group.handlers,
      keys.log,
    ]);
  });

  it('takes over after the other lane of the process has, so that each may get a quarantined entry', async () => {
    const reply = newGate();
    replies.set(
      takeOverScript,
      reply.passed.then(() => [[], 0]),
    );
    const lanes = [new Lane(liveLane(keys, group, '0'), parts), new Lane(replayLane(keys, group), parts)];
    const running = { key: '1-0', quarantined: false, lane: lanes[0] } as unknown as RedisDelivery;
    parts.inFlight.add(running);
    for (const lane of lanes) lane.start();
    // A place is free again while the first call waits for its reply.
    parts.inFlight.ended(running);
    await new Promise((next) => setImmediate(next));
    reply.open();
    await until('both have taken over', () => calls.length === 2);
    for (const lane of lanes) lane.stop();
    // After the number of keys and four keys: group, consumer, lease, limit, limit of quarantined entries.
    expect(calls.map(({ args }) => [args[1], args[9]])).toEqual([
      [keys.events, 1],
      [keys.replay, 1],
    ]);
  });

  it('joins: handlers are reloaded if the group of the event stream was lost, not if it exists', async () => {
    const lane = new Lane(liveLane(keys, group, '0'), parts);
    replies.set(ensureGroupScript, 'exists');
    await lane.ensureGroup();
    expect(reloads).toBe(0);
    replies.set(ensureGroupScript, 'lost 0-0');
    await lane.ensureGroup();
    expect(reloads).toBe(1);
    const replay = new Lane(replayLane(keys, group), parts);
    await replay.ensureGroup();
    expect(reloads).toBe(1);
  });

  it('remembers its position after it has joined, so that a recreated group misses no events', async () => {
    const lane = new Lane(liveLane(keys, group, '$'), parts);
    replies.set(ensureGroupScript, 'created');
    await lane.ensureGroup();
    await lane.ensureGroup();
    expect(calls.map(({ args }) => args.slice(-4))).toEqual([
      ['billing', '$', '', 1],
      ['billing', '$', '0-0', 1],
    ]);
  });

  it('returns its deliveries in flight to the group', async () => {
    replies.set(releaseScript, 1);
    await new Lane(replayLane(keys, group), parts).release();
    expect(calls).toEqual([{ script: 'release', args: [1, keys.replay, 'billing', 'worker', 60_000] }]);
  });
});

it('after a quarantined delivery is released, another one may start', () => {
  const inFlight = new InFlight(new Places(10), () => undefined);
  let free = 0;
  inFlight.places.onQuarantineFree(() => {
    free += 1;
  });
  const lane = { spec: liveLane(keys, group, '0') };
  const quarantined = { key: '1-0', quarantined: true, lane } as unknown as RedisDelivery;
  const usual = { key: '2-0', quarantined: false, lane } as unknown as RedisDelivery;
  for (const delivery of [quarantined, usual]) inFlight.add(delivery);
  expect(inFlight.places.freeForQuarantined).toBe(0);
  for (const delivery of [usual, quarantined]) inFlight.release(delivery);
  expect(free).toBe(1);
  expect(inFlight.places.freeForQuarantined).toBe(1);
});
