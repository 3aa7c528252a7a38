import {
  createEventBus,
  createEventOperator,
  type EventBus,
  type EventBusOptions,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import type { Script, ScriptArgument } from '../../runtime/redis/connection/script.js';
import {
  askTurnScript,
  followHeadsScript,
  inheritHeadsScript,
  parentHeadsScript,
} from '../../runtime/redis/consume/inheritance.lua.js';
import { confirmScript } from '../../runtime/redis/publish/confirm.lua.js';
import { countScript } from '../../runtime/redis/statistics/count.lua.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { clock } from '../../runtime/redis/store/prelude.lua.js';
import { allEvents, anOrder, atVersion, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { guardedScripts } from '../support/redis/key-guard.js';
import { useTwoNodes } from '../support/redis/two-nodes.js';
import { newGate, succeeds, until } from '../support/wait.js';

vi.mock('../../runtime/redis/connection/script.js', async (original) => {
  const { guardKeys } = await import('../support/redis/key-guard.js');
  return guardKeys(await original());
});

const cluster = useTwoNodes();
const tenant = { tenantId: 'tenant-1' };
const by = { actor: 'ann' };

/** A recorded call, with the content of its keys. */
interface Recorded {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly ScriptArgument[];
  readonly held: ReadonlyMap<string, Buffer>;
}

/** For each script, the call whose keys had the most content. */
const recorded = new Map<string, Recorded>();
/** Type of every key that a script declared and that existed at any time. */
const types = new Map<string, string>();

/** Calls every script of the runtime on the cluster, and records the calls. */
async function doEverything(url: string, redis: Redis): Promise<void> {
  guardedScripts.before = async ({ script, keys, args }) => {
    const held = new Map<string, Buffer>();
    await Promise.all(
      keys.map(async (key) => {
        const [dump, type] = await Promise.all([redis.dumpBuffer(key), redis.type(key)]);
        if (dump !== null) held.set(key, dump);
        if (type !== 'none') types.set(key, type);
      }),
    );
    const before = recorded.get(script.name);
    const best = before === undefined || held.size > before.held.size || args.length > before.args.length;
    if (best && held.size >= (before?.held.size ?? 0)) recorded.set(script.name, { script, keys, args, held });
  };
  const shared = { redis: url, logger: silentLogger } as const;
  const operator = createEventOperator({ ...shared, events: allEvents });
  const buses: EventBus[] = [];
  const ordered = { by: 'key', whenDead: 'hold' } as const;
  const handle = async (
    handlers: Readonly<Record<string, (attempt: number) => unknown>>,
    options: Partial<EventBusOptions> = {},
  ) => {
    const bus = createEventBus({
      service: 'billing',
      ...shared,
      leaseMs: 600,
      sweepMs: 100,
      drainMs: 100,
      ...options,
    });
    buses.push(bus);
    for (const [name, run] of Object.entries(handlers)) {
      const order = name === 'ordered' ? ordered : ('none' as const);
      const retrying = { name, maxRetries: name === 'hopeless' ? 0 : 3, retryDelaysMs: [50, 60_000], order };
      bus.subscribe(
        subscribeTo(allEvents, '*', retrying, async (_event, ctx) => {
          await ctx.once('effect', () => 'done');
          await run(ctx.attempt);
        }),
      );
    }
    await bus.start();
    return bus;
  };
  const fail = () => {
    throw new Error('as planned');
  };
  // The retry runs until the bus is closed, so that its claim is renewed and released.
  const gate = newGate();
  const bus = await handle({
    bill: () => undefined,
    flaky: (attempt) => (attempt === 1 ? fail() : gate.passed),
    failing: fail,
    hopeless: fail,
    ordered: (attempt) => (attempt === 1 ? fail() : undefined),
  });
  const published = [];
  for (let i = 0; i < 4; i += 1) {
    const key = { idempotencyKey: `key-${i}` };
    published.push(await bus.publish(i % 2 === 0 ? OrderPlaced : OrderPaid, anOrder, { ...tenant, ...key }));
  }
  await bus.publish(OrderPlaced, anOrder, { ...tenant, id: createEventId(Date.now()) });
  // The counting of accepted outcomes in a call with refused ones.
  const counters = [{ name: 'h|a|b|c', count: 1 }];
  await countScript.call({ minute: '{hyvve:0}:stats:m:1', hour: '{hyvve:0}:stats:h:1', counters })(redis);
  // A bus calls this one only if a publish waits for replicas, which this cluster does not have.
  const confirmed = { events: '{hyvve:0}:events', ring: '{hyvve:0}:publisher:any', ringTtlMs: 60_000, ids: ['1-0'] };
  await confirmScript.call(confirmed)(redis);
  await until('there are dead letters', async () => (await operator.deadLetters.count()) >= 4);
  const { items } = await operator.deadLetters.list({ limit: 10 });
  const [first, second, third] = items;
  await operator.deadLetters.retry(first?.id ?? '', by);
  await operator.deadLetters.retryEdited(second?.id ?? '', anOrder, by);
  await operator.deadLetters.discard(third?.id ?? '', by);
  const newer = atVersion(OrderPlaced, '2.0.0');
  for (let i = 0; i < 3; i += 1) await bus.publish(newer, anOrder, tenant);
  await until('newer events are parked', async () => (await operator.parked.count()) >= 12);
  await operator.parked.discard((await operator.parked.list()).items[0]?.id ?? '', by);
  const next = createEventBus({ service: 'billing', ...shared, sweepMs: 100 });
  next.subscribe(subscribeTo([newer], '*', { name: 'bill' }, () => undefined));
  await next.start();
  await until('some are handled', async () => (await operator.parked.count()) < 10);
  await next.close();
  await until('the lease of a retry was renewed', () => recorded.has('renew-claims'));
  await operator.versions.registry();
  await operator.versions.scan();
  await operator.statistics.keyQueues();
  const { jobId } = await operator.replays.start({}, by);
  await until('it is replayed', async () => (await operator.replays.get(jobId))?.status === 'completed');
  for (const { id } of published) await operator.status({ eventId: id });
  await bus.publish(OrderPlaced, anOrder, { ...tenant, id: published[0]?.id ?? '' });
  const { streamId } = published[0] ?? { streamId: '' };
  await operator.replaysOf({ streamId, type: OrderPlaced.type, tenantId: tenant.tenantId });
  await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until('the bus is back', () => succeeds(bus.publish(OrderPlaced, anOrder, tenant)));
  const shop = createEventBus({ service: 'shop', ...shared });
  buses.push(shop);
  await bus.close({ drainMs: 50 });
  const slow = await operator.replays.start({ groups: ['billing'], ratePerSecond: 1 }, by);
  await until('it has forwarded one', async () => {
    return ((await operator.replays.get(slow.jobId))?.progress.replayed ?? 0) > 0;
  });
  await operator.replays.cancel(slow.jobId, by);
  gate.open();
  // One handler is left, and the retention is minimal; a group of another client has no keys of the runtime.
  await redis.xgroup('CREATE', '{hyvve:0}:events', 'audit', '0');
  const everyMs = 100;
  const maintenance = {
    everyMs,
    eventsMs: 1,
    deadLettersMs: 1,
    logMs: 60_000,
    replayMs: 1,
    maxHoldMs: 1,
    handlerGraceMs: 1_000,
    maxParkMs: 1,
  };
  await handle({ bill: () => undefined }, { maintenance });
  await shop.publish(newer, anOrder, tenant);
  await until('handlers are retired', async () => (await redis.hlen('{hyvve:0}:group:billing:handlers')) === 1);
  await until('dead letters have expired', async () => (await operator.deadLetters.count()) === 0);
  await until('the stream is trimmed', async () => (await redis.xlen('{hyvve:0}:events')) === 0);
  await operator.partitions.grow(2, by);
  await until('the child is read', () => recorded.has('inherit-handlers'));
  // An ordered handler of the parent had unfinished events at the growth.
  const { heads, waiting, scheduledRetries: retries, inherited, state, due } = partitionKeys('hyvve', 0).group('any');
  await redis.hset(state, 'inherits', '1-0');
  const queue = { queue: 'ordered', placeholder: '0:1-0/ordered' };
  await inheritHeadsScript.call({ state, heads, inherited, queues: [queue] })(redis);
  const changed = [{ due: due('ordered'), queue: 'ordered', known: queue.placeholder, placeholder: '' }];
  await askTurnScript.call({ heads, waiting, inherited, ...queue, queuedAs: '1-0', turn: 'one' })(redis);
  await followHeadsScript.call({ heads, waiting, retries, inherited, changed })(redis);
  const { events: stream } = partitionKeys('hyvve', 0);
  const queues = [queue.queue];
  await parentHeadsScript.call({ stream, state, heads, group: 'any', fence: '1-0', queues })(redis);
  await operator.retireGroup('billing', by);
  await Promise.all(buses.map((each) => each.close()));
  await operator.close();
  guardedScripts.before = undefined;
}

beforeAll(() => doEverything(cluster.nodes.servers[0].url, cluster.nodes.owner), 120_000);

describe('⚑ every script declares every key that it uses', () => {
  it('every script of the runtime was called', () => {
    // `migrate-keys` renames keys of another slot; it is refused on a cluster.
    const ofMigration = ['close-former', 'rename-keys', 'complete-migration', 'begin-undo', 'complete-undo'];
    const expected = [...guardedScripts.defined.keys()].filter((name) => !ofMigration.includes(name));
    expect([...recorded.keys()].sort()).toEqual(expected.sort());
    expect(guardedScripts.defined.size).toBeGreaterThan(20);
  });

  it('the guard of these tests detects a key that is not in KEYS', async () => {
    const { newScript, runScript } = await import('../../runtime/redis/connection/script.js');
    const script = newScript('undeclared', 'drain', "return redis.call('GET', '{hyvve:0}:other')");
    await expect(runScript(cluster.nodes.owner, script, ['{hyvve:0}:one'], [])).rejects.toThrow('UNDECLARED GET');
    expect(guardedScripts.undeclared.splice(0)).toHaveLength(1);
    guardedScripts.defined.delete('undeclared');
  });

  it('the guard of these tests detects a key that a script uses again after it has emptied it', async () => {
    const { newScript, runScript } = await import('../../runtime/redis/connection/script.js');
    const { owner } = cluster.nodes;
    const key = '{hyvve:0}:one';
    const emptying = "redis.call('HSET', KEYS[1], 'a', 1, 'b', 2) redis.call('HDEL', KEYS[1], 'a')";
    const kept = newScript('kept', 'drain', `${emptying} return redis.call('HDEL', KEYS[1], 'b')`);
    await expect(runScript(owner, kept, [key], [])).resolves.toBe(1);
    const removed = "redis.call('HDEL', KEYS[1], 'a', 'b')";
    const used = newScript('used', 'drain', `${emptying} ${removed} return redis.call('EXISTS', KEYS[1])`);
    await expect(runScript(owner, used, [key], [])).rejects.toThrow('EMPTIED EXISTS');
    expect(guardedScripts.emptied.splice(0)).toHaveLength(1);
    for (const name of ['kept', 'used']) guardedScripts.defined.delete(name);
  });

  it('no script accessed a key that is not in KEYS, or that it had emptied', () => {
    expect(guardedScripts.undeclared).toEqual([]);
    expect(guardedScripts.emptied).toEqual([]);
  });

  it('no script builds the name of a key', () => {
    for (const [name, { body }] of guardedScripts.defined) {
      const touched = [
        ...body.matchAll(/redis\.call\(['"](?!TIME)(?:(?:XINFO|XGROUP)['"], ['"]\w+|\w+)['"], ([^,)]+)/g),
      ];
      for (const [, key = ''] of touched) expect(key, name).not.toMatch(/\.\.|['"]|^ARGV/);
    }
  });
});

it('⚑ every script reads the clock with the shared function, in milliseconds', async () => {
  for (const [name, { body }] of guardedScripts.defined) {
    expect(body.replace(clock, ''), name).not.toContain("'TIME'");
  }
  const { newScript, runScript } = await import('../../runtime/redis/connection/script.js');
  const script = newScript('clock', 'read', `${clock}\nreturn { as_text(now_ms()), redis.call('TIME') }`);
  guardedScripts.defined.delete('clock');
  const reply = (await runScript(cluster.nodes.owner, script, ['{hyvve:0}:any'], [])) as [string, [string, string]];
  const [ms, [seconds, micros]] = reply;
  expect(Number(seconds) * 1_000 + Number(micros) / 1_000 - Number(ms)).toBeLessThan(2);
  expect(ms).toMatch(/^\d{13}$/);
});

describe('⚑ while its slot is being moved, a script is executed completely or not at all', () => {
  /** Restores the content of the keys, and creates missing keys with the right type; except `absent`. */
  async function restore({ keys, held }: Recorded, absent: string | undefined): Promise<void> {
    const { owner } = cluster.nodes;
    await owner.flushall();
    for (const key of new Set(keys)) {
      if (key === absent) continue;
      const dump = held.get(key);
      const type = types.get(key);
      if (dump !== undefined) await owner.restore(key, 0, dump);
      else if (type === 'hash') await owner.hset(key, 'another', '0');
      else if (type === 'zset') await owner.zadd(key, 0, 'another');
      else if (type === 'stream') await owner.xadd(key, '*', 'another', '0');
      else await owner.set(key, 'another');
    }
  }

  async function everything(): Promise<Readonly<Record<string, string>>> {
    const { owner } = cluster.nodes;
    const found: Record<string, string> = {};
    for (const key of (await owner.keys('*')).sort()) found[key] = (await owner.dumpBuffer(key))?.toString('hex') ?? '';
    return found;
  }

  it('with all keys present it is executed; with any key absent it is refused before its first write', async () => {
    const { owner, migrate, settleSlot } = cluster.nodes;
    let calls = 0;
    for (const call of recorded.values()) {
      const slot = Number(await owner.cluster('KEYSLOT', call.keys[0] ?? ''));
      for (const absent of [undefined, ...new Set(call.keys)]) {
        await restore(call, absent);
        await migrate(slot);
        const before = await everything();
        const what = `${call.script.name} without ${absent ?? 'nothing'}`;
        const error = await owner
          .eval(call.script.source, call.keys.length, ...call.keys, ...call.args)
          .then(() => undefined)
          .catch((thrown: unknown) => String(thrown instanceof Error ? thrown.message : thrown));
        // Errors about a missing group or an expired deadline also show that the script was executed.
        if (absent === undefined) expect(error ?? '', what).not.toMatch(/non local key|^TRYAGAIN|^ASK/);
        else {
          expect(error, what).toMatch(/^(TRYAGAIN|ASK) /);
          expect(await everything(), what).toEqual(before);
        }
        await settleSlot(slot);
        calls += 1;
      }
    }
    expect(calls).toBeGreaterThan(100);
  });
});
