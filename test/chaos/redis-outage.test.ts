import { spawn } from 'node:child_process';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantPublisher } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { bundle } from '../support/processes/bundle.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { succeeds, until } from '../support/wait.js';

const stage = useRecordedStage();
const slow = { name: 'bill', does: 'sleep', ms: 15 } as const;

describe('⚑ consuming resumes automatically', () => {
  // The second outage is longer than a read blocks (5 s) and than a lease.
  it.each([3_000, 7_000])('after Redis was unavailable for %i ms', async (outageMs) => {
    const busy = { options: { leaseMs: 1_500, sweepMs: 300, concurrency: 5 } };
    const failing = {
      name: 'flaky',
      does: 'fail-sometimes',
      options: { maxRetries: 50, retryDelaysMs: [100] },
    } as const;
    await stage.worker('billing', [slow, failing], busy);
    const ids = await stage.publish(100);
    await until('it is in flight', async () => (await stage.runs()).length > 30);
    await stage.server.shutdown();
    await sleep(outageMs);
    await stage.server.restart();
    expect(await settled(stage.operator, ids, 2, 60_000)).toMatchObject({ done: 200 });
    const effects = await stage.effects();
    for (const id of ids) {
      for (const name of ['bill', 'flaky']) expect(effects.get(`billing/${name}/${id}`)).toBeGreaterThanOrEqual(1);
    }
    // Only deliveries in flight at the start of the outage may have run twice.
    const twice = [...effects].filter(([, count]) => count > 1).length;
    expect(twice).toBeLessThanOrEqual(2 * busy.options.concurrency);
  });

  it('publishing too: a publish during the outage is written if Redis is available again before the deadline', async () => {
    const shop = stage.bus('shop').withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    await stage.server.shutdown();
    const publishing = Promise.all(Array.from({ length: 50 }, () => shop.publish(OrderPlaced, anOrder)));
    await sleep(2_000);
    await stage.server.restart();
    await publishing;
    await until('the client is back', () => succeeds(stage.redis.ping()));
    expect(await stage.redis.xlen('{hyvve:0}:events')).toBe(51);
  });
});

describe('Redis killed with -9 under everysec', () => {
  it('loses at most its last second, and the loss is reported', async () => {
    const { logger, messages } = recordingLogger();
    const bus = stage.bus('shop', { publishDeadlineMs: 3_000, logger });
    const shop = bus.withContext(tenant);
    const published: { id: string; streamId: string; at: number }[] = [];
    const end = performance.now() + 3_000;
    while (performance.now() < end) {
      const { id, streamId } = await shop.publish(OrderPlaced, anOrder);
      published.push({ id, streamId, at: performance.now() });
    }
    const killedAt = performance.now();
    await stage.server.kill();
    await stage.server.restart();
    await until('Redis is back', () => succeeds(stage.redis.ping()));
    const remaining = new Set((await stage.redis.xrange('{hyvve:0}:events', '-', '+')).map(([id]) => id));
    const lost = published.filter(({ streamId }) => !remaining.has(streamId));
    // One second by the policy; writing to disk may take up to one more.
    for (const { at } of lost) expect(killedAt - at).toBeLessThan(2_000);
    await until('the bus is back', () => succeeds(shop.publish(OrderPlaced, anOrder)));
    const reported = messages('error').filter((line) => line.startsWith('Redis lost its latest writes'));
    const logged = (await stage.operator.log()).filter(({ kind }) => kind === 'lost');
    expect(reported).toHaveLength(lost.length > 0 ? 1 : 0);
    expect(logged).toHaveLength(lost.length > 0 ? 1 : 0);
  });

  /** Publishes two events that Redis retains and one that it loses; returns all three. `back` runs after the restart. */
  async function loseOne(shop: TenantPublisher, back: (client: Redis) => Promise<unknown>) {
    // Otherwise Redis may write its file up to two seconds after it has answered, and the copy would lack the first two.
    await stage.redis.config('SET', 'appendfsync', 'always');
    await shop.publish(OrderPlaced, anOrder);
    const first = (await shop.publish(OrderPlaced, anOrder)).streamId;
    const { folder } = stage.server;
    await cp(join(folder, 'appendonlydir'), join(folder, 'saved'), { recursive: true });
    const last = (await shop.publish(OrderPlaced, anOrder)).streamId;
    await stage.server.kill();
    const ended = stage.fault('Redis starts with an older append-only file', ['loss']);
    await rm(join(folder, 'appendonlydir'), { recursive: true });
    await rename(join(folder, 'saved'), join(folder, 'appendonlydir'));
    await stage.server.restart();
    ended();
    const client = new Redis(stage.server.url);
    await back(client);
    client.disconnect();
    return { first, last };
  }
  const losses = async () => (await stage.operator.log()).filter(({ kind }) => kind === 'lost');

  it.each([
    ['', async () => undefined],
    [', also when another client writes first', (client: Redis) => client.xadd('{hyvve:0}:events', '*', 'e', '{}')],
  ])('⚑ a certain loss is reported with the lost range%s', async (_, back) => {
    const proxy = await stage.proxy();
    const bus = stage.bus('shop', { publishDeadlineMs: 3_000, redis: proxy.url });
    const { first, last } = await loseOne(bus.withContext(tenant), async (client) => {
      // The bus reconnects after that.
      proxy.mode = 'refuse';
      proxy.cut();
      await back(client);
      proxy.mode = 'pass';
    });
    await until('the bus is back', () => succeeds(bus.publish(OrderPlaced, anOrder, tenant)));
    expect(await losses()).toMatchObject([{ group: 'shop', detail: { from: first, to: last } }]);
    // A loss is reported only once.
    proxy.cut();
    await until('the bus is back', () => succeeds(bus.publish(OrderPlaced, anOrder, tenant)));
    expect(await losses()).toHaveLength(1);
  });

  it('⚑ the loss of a whole stream is reported, also when another client has created it again', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { publishDeadlineMs: 3_000, redis: proxy.url }).withContext(tenant);
    const { streamId } = await shop.publish(OrderPlaced, anOrder);
    proxy.mode = 'refuse';
    proxy.cut();
    await stage.redis.del('{hyvve:0}:events');
    // Not in the millisecond of the lost event: the new entry would have its id.
    await until('Redis’s clock has moved on', async () => {
      const [seconds, micros] = await stage.redis.time();
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) > Number(streamId.split('-')[0]);
    });
    await stage.redis.xadd('{hyvve:0}:events', '*', 'e', '{}');
    proxy.mode = 'pass';
    await until('the bus is back', () => succeeds(shop.publish(OrderPlaced, anOrder)));
    expect(await losses()).toMatchObject([{ detail: { from: '0-0', to: streamId } }]);
  });

  it.each([
    ['trimmed', (last: string) => stage.redis.xtrim('{hyvve:0}:events', 'MINID', `${Number(last.split('-')[0]) + 1}`)],
    ['deleted by its id', (last: string) => stage.redis.xdel('{hyvve:0}:events', last)],
  ])('an entry that was %s is not reported as a loss', async (_, remove) => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { publishDeadlineMs: 3_000, redis: proxy.url }).withContext(tenant);
    const { streamId } = await shop.publish(OrderPlaced, anOrder);
    await remove(streamId);
    await stage.redis.xadd('{hyvve:0}:events', '*', 'e', '{}');
    proxy.cut();
    await until('the bus is back', () => succeeds(shop.publish(OrderPlaced, anOrder)));
    expect(await losses()).toEqual([]);
  });
});

describe('SCRIPT FLUSH', () => {
  it('under traffic changes nothing', async () => {
    await stage.worker('billing', [
      slow,
      { name: 'flaky', does: 'fail-sometimes', options: { maxRetries: 50, retryDelaysMs: [50] } },
    ]);
    const shop = stage.bus('shop').withContext(tenant);
    const ids: string[] = [];
    for (let i = 0; i < 100; i += 1) {
      ids.push((await shop.publish(OrderPlaced, anOrder)).id);
      if (i % 10 === 0) await stage.redis.script('FLUSH');
      await sleep(5);
    }
    expect(await settled(stage.operator, ids, 2)).toMatchObject({ done: 200 });
    expect([...(await stage.effects()).values()].every((count) => count === 1)).toBe(true);
    expect(await account(stage.operator, ids, 2)).toMatchObject({ pending: 0, scheduled: 0 });
  });
});

it('SIGTERM while Redis is unavailable: the process closes its bus and exits', async () => {
  stage.recordsNothing('the process gets no event');
  const main = await bundle('test/support/processes/closing-main.ts');
  const child = spawn(process.execPath, [main, stage.server.url], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until('it has started', () => output.includes('started'));
  // By now BullMQ is in a blocking call on its own connection.
  await sleep(500);
  await stage.server.shutdown();
  await sleep(500);
  child.kill('SIGTERM');
  await until('it has closed', () => output.includes('closed'), 5_000);
  await until('it has ended', () => child.exitCode !== null, 20_000);
  expect(await ended).toBe(0);
  await stage.server.restart();
});
