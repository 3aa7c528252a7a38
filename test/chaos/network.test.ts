import { setTimeout as sleep } from 'node:timers/promises';
import { eventDraft } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { succeeds, until } from '../support/wait.js';

const stage = useRecordedStage();
/** Short deadlines: a reply counts as lost after a third of them. */
const short = { publishDeadlineMs: 3_000 } as const;
const length = () => stage.redis.xlen('{hyvve:0}:events');

describe('a publish whose reply is lost', () => {
  it('⚑ is sent again with its token, and written once', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { ...short, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const executed = proxy.dropRepliesFrom('shop.order.paid');
    const publishing = shop.publish(OrderPaid, anOrder);
    await executed;
    await until('Redis has received it', async () => (await length()) === 2);
    let answered = false;
    void publishing.then(() => {
      answered = true;
    });
    await sleep(200);
    // ⚑ A publish resolves only after the reply of Redis, not when the event is written.
    expect(answered).toBe(false);
    proxy.mode = 'pass';
    const { streamId, duplicate } = await publishing;
    expect(duplicate).toBe(false);
    expect(await length()).toBe(2);
    expect((await stage.redis.xrevrange('{hyvve:0}:events', '+', '-', 'COUNT', 1))[0]?.[0]).toBe(streamId);
  });

  it('⚑ is also written once when the first call arrives after the reply to the second one', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { publishDeadlineMs: 9_000, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const held = proxy.holdFrom('shop.order.paid');
    const publishing = shop.publish(OrderPaid, anOrder);
    await held;
    await publishing;
    // The next publish must not use the slot that stores this token.
    for (let i = 0; i < 3; i += 1) await shop.publish(OrderPlaced, anOrder);
    proxy.letThrough();
    await sleep(500);
    expect(await length()).toBe(5);
  });

  it('is also written once when the connection breaks repeatedly', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const ids: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const executed = proxy.dropRepliesFrom('shop.order.paid');
      const publishing = Promise.all(
        Array.from({ length: 20 }, () => shop.publish(OrderPaid, anOrder).then(({ id }) => ids.push(id))),
      );
      await executed;
      await sleep(20);
      proxy.mode = 'pass';
      proxy.cut();
      await publishing;
    }
    const written = (await stage.redis.xrange('{hyvve:0}:events', '-', '+')).map(
      ([, fields]) => (JSON.parse(fields[1] ?? '') as { id: string }).id,
    );
    expect(new Set(written).size).toBe(written.length);
    expect(written.slice(1).sort()).toEqual(ids.sort());
  });

  it('⚑ of a batch: all of its events are written once', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { ...short, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const executed = proxy.dropRepliesFrom('shop.order.paid');
    const publishing = shop.publishBatch(Array.from({ length: 50 }, () => eventDraft(OrderPaid, anOrder)));
    await executed;
    proxy.mode = 'pass';
    expect(await publishing).toHaveLength(50);
    expect(await length()).toBe(51);
  });
});

describe('an outage that is longer than the publish deadline', () => {
  it('before the call reached Redis: OUTCOME_UNKNOWN, and publishing again with the id writes the event once', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { ...short, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const swallowed = proxy.freezeFrom('shop.order.paid');
    const publishing = shop.publish(OrderPaid, anOrder);
    const outcome = expect(publishing).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', eventId: expect.any(String) });
    await swallowed;
    await outcome;
    expect(await length()).toBe(1);
    const id = await publishing.catch((error: { eventId: string }) => error.eventId);
    proxy.mode = 'pass';
    proxy.cut();
    const again = await shop.publish(OrderPaid, anOrder, { id: String(id) });
    expect(again).toMatchObject({ id, duplicate: false });
    expect(await shop.publish(OrderPaid, anOrder, { id: String(id) })).toMatchObject({ id, duplicate: true });
    expect(await length()).toBe(2);
  });

  it('after the call reached Redis: publishing again with the id writes nothing', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { ...short, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const executed = proxy.dropRepliesFrom('shop.order.paid');
    const publishing = shop.publish(OrderPaid, anOrder);
    const outcome = expect(publishing).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await executed;
    await outcome;
    const id = String(await publishing.catch((error: { eventId: string }) => error.eventId));
    proxy.mode = 'pass';
    proxy.cut();
    expect(await shop.publish(OrderPaid, anOrder, { id })).toMatchObject({ id, duplicate: true });
    expect(await length()).toBe(2);
  });

  it('a request that arrives after its deadline: Redis refuses it, so that the reported error stays true', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { publishDeadlineMs: 1_000, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    // Redis is stopped: the request waits in the socket until long after the deadline.
    const { pid } = stage.server;
    process.kill(pid, 'SIGSTOP');
    const publishing = shop.publish(OrderPaid, anOrder);
    await expect(publishing).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    process.kill(pid, 'SIGCONT');
    await until('Redis continues', async () => (await stage.redis.ping()) === 'PONG');
    await sleep(200);
    expect(await length()).toBe(1);
  });

  it('before anything was sent: UNAVAILABLE, then immediately without an attempt, and publishing resumes automatically', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop', { publishDeadlineMs: 500, redis: proxy.url }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    proxy.mode = 'refuse';
    proxy.cut();
    await sleep(50);
    for (let i = 0; i < 3; i += 1) {
      await expect(shop.publish(OrderPaid, anOrder)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    // An attempt would end with the error of the connection.
    await expect(shop.publish(OrderPaid, anOrder)).rejects.toThrow('the circuit breaker is open');
    expect(await length()).toBe(1);
    proxy.mode = 'pass';
    let unknown = 0;
    await until('publishing works again', async () => {
      const [result] = await Promise.allSettled([shop.publish(OrderPaid, anOrder)]);
      // On a busy machine the reply may come after the deadline.
      if (result?.status === 'rejected' && result.reason.code === 'OUTCOME_UNKNOWN') unknown += 1;
      return result?.status === 'fulfilled';
    });
    const written = await length();
    expect(written).toBeGreaterThanOrEqual(2);
    expect(written).toBeLessThanOrEqual(2 + unknown);
  });

  it('with many publishes: the waiting ones are limited, and further ones are refused', async () => {
    const proxy = await stage.proxy();
    const options = { publishDeadlineMs: 1_000, maxPendingBytes: 20_000, redis: proxy.url };
    const shop = stage.bus('shop', options).withContext(tenant);
    await until('it is connected', () => succeeds(shop.publish(OrderPlaced, anOrder)));
    proxy.mode = 'freeze';
    const tries = await Promise.allSettled(Array.from({ length: 500 }, () => shop.publish(OrderPaid, anOrder)));
    const codes = tries.map((each) => (each.status === 'rejected' ? each.reason.code : 'published'));
    expect(new Set(codes)).toEqual(new Set(['OUTCOME_UNKNOWN', 'OVERLOADED']));
    expect(codes.filter((code) => code === 'OVERLOADED').length).toBeGreaterThan(400);
  });
});

describe('a consumer whose connection fails', () => {
  const slow = { name: 'bill', does: 'sleep', ms: 20 } as const;

  it('loses the reply of a read: its entries are delivered again when the lease has expired', async () => {
    const proxy = await stage.proxy();
    await stage.worker('billing', [{ name: 'bill' }], { redisUrl: proxy.url });
    const [first = ''] = await stage.publish(1);
    expect(await settled(stage.operator, [first], 1)).toMatchObject({ done: 1 });
    proxy.mode = 'drop-replies';
    const ids = await stage.publish(20);
    await until(
      'Redis has delivered them',
      async () => Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]) > 0,
    );
    proxy.cut();
    proxy.mode = 'pass';
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 20 });
    // No handler had received them: each ran once.
    expect([...(await stage.effects()).values()].every((count) => count === 1)).toBe(true);
  });

  it('loses the reply of a settle: it counts once, and no event is delivered again', async () => {
    const proxy = await stage.proxy();
    const [id = ''] = await stage.publish(1);
    const executed = proxy.dropRepliesFrom('as planned');
    await stage.worker('billing', [{ name: 'bill', does: 'fail', options: { retryDelaysMs: [60_000] } }], {
      redisUrl: proxy.url,
    });
    await executed;
    await until('Redis has received it', async () => (await account(stage.operator, [id], 1)).scheduled === 1);
    proxy.mode = 'pass';
    proxy.cut();
    await sleep(3_000);
    expect(await account(stage.operator, [id], 1)).toMatchObject({ scheduled: 1 });
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:rows')).toBe(1);
    expect((await stage.operator.log()).map(({ kind }) => kind)).toEqual(['failed']);
    expect(await stage.runs()).toHaveLength(1);
  });

  it('⚑ is half open: the process detects it, reconnects and continues, after an outage of any length', async () => {
    const proxy = await stage.proxy();
    await stage.worker('billing', [slow], { redisUrl: proxy.url });
    const before = await stage.publish(10);
    expect(await settled(stage.operator, before, 1)).toMatchObject({ done: 10 });
    proxy.mode = 'freeze';
    const during = await stage.publish(10);
    await sleep(9_000);
    expect(await account(stage.operator, during, 1)).toMatchObject({ pending: 10 });
    proxy.mode = 'pass';
    expect(await settled(stage.operator, during, 1, 40_000)).toMatchObject({ done: 10 });
    expect([...(await stage.effects()).values()].every((count) => count === 1)).toBe(true);
  });

  it('is killed by CLIENT KILL repeatedly: no event is lost, and only deliveries in flight are repeated', async () => {
    await stage.worker('billing', [slow], { options: { leaseMs: 1_500, sweepMs: 300, concurrency: 20 } });
    const shop = stage.bus('shop').withContext(tenant);
    const ids: string[] = [];
    let running = true;
    const killer = (async () => {
      while (running) {
        await stage.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await sleep(150);
      }
    })();
    for (let i = 0; i < 200; i += 1) {
      ids.push((await shop.publish(OrderPlaced, anOrder)).id);
      await sleep(5);
    }
    running = false;
    await killer;
    await until('the workers have recorded everything', async () => (await stage.effects()).size === 200);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 200 });
    expect(await length()).toBe(200);
  });
});
