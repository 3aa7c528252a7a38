import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
const twice = async () => [...(await stage.effects()).values()].filter((count) => count > 1);

describe('two reapers', () => {
  it('take over the entries of a dead process, each entry once', async () => {
    const dying = await stage.worker('billing', [{ name: 'bill', does: 'never' }]);
    const ids = await stage.publish(80);
    await until('it has all of them in flight', async () => (await stage.runs()).length === 80);
    dying.signal('SIGKILL');
    await dying.ended;
    await Promise.all([1, 2, 3].map(() => stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 30 }])));
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 80 });
    expect(await stage.runs()).toHaveLength(160);
    expect(await twice()).toEqual([]);
  });
});

describe('two sweepers', () => {
  it('run each due retry once', async () => {
    const failing = { name: 'bill', does: 'fail', options: { maxRetries: 9, retryDelaysMs: [2_000] } } as const;
    const first = await stage.worker('billing', [failing]);
    const ids = await stage.publish(80);
    await until('all have failed', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 80);
    first.signal('SIGKILL');
    await first.ended;
    await Promise.all([1, 2, 3].map(() => stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 20 }])));
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 80 });
    expect(await stage.runs()).toHaveLength(160);
    expect(await twice()).toEqual([]);
  });
});

describe('two processes of one host and name', () => {
  it('are two consumers: the deliveries of one are not confused with those of the other', async () => {
    const slow = { name: 'bill', does: 'sleep', ms: 50 } as const;
    await stage.worker('billing', [slow], { options: { leaseMs: 1_500, sweepMs: 300, concurrency: 5 } });
    await stage.worker('billing', [slow], { options: { leaseMs: 1_500, sweepMs: 300, concurrency: 5 } });
    const ids = await stage.publish(100);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 100 });
    expect(await twice()).toEqual([]);
    const names = (await stage.operator.consumers()).map(({ consumer }) => consumer);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(new RegExp(`^${hostname()}-\\d+-[0-9a-f]{12}$`));
  });

  it('after they end, gracefully or by a crash, no consumer name is left', async () => {
    const names = async () =>
      ((await stage.redis.xinfo('CONSUMERS', '{hyvve:0}:events', 'billing')) as string[][]).map((each) => each[1]);
    const plan = { options: { leaseMs: 300, sweepMs: 200, maintenance: { everyMs: 500 } } };
    const peaceful = await stage.worker('billing', [{ name: 'bill' }], plan);
    const killed = await stage.worker('billing', [{ name: 'bill' }], plan);
    const ids = await stage.publish(20);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 20 });
    peaceful.signal('SIGTERM');
    killed.signal('SIGKILL');
    await Promise.all([peaceful.ended, killed.ended]);
    const living = await stage.worker('billing', [{ name: 'bill' }], plan);
    const registered = async () => (await stage.operator.consumers()).map(({ pid }) => pid);
    await until(
      'the other consumers are removed',
      async () => {
        // Redis knows a consumer only after its first delivery.
        const known = (await names()).filter((name) => name?.includes(`-${living.pid}-`) === false);
        return known.length === 0 && (await registered()).length === 1;
      },
      20_000,
    );
    expect(await registered()).toEqual([living.pid]);
  });

  it('a dead consumer with pending entries stays until they are taken over', async () => {
    const dying = await stage.worker('billing', [{ name: 'bill', does: 'never' }], {
      options: { leaseMs: 300, sweepMs: 200, maintenance: { everyMs: 300 } },
    });
    const ids = await stage.publish(30);
    await until('it has them in flight', async () => (await stage.runs()).length === 30);
    dying.signal('SIGKILL');
    await dying.ended;
    // One slot: the entries are taken over one by one while the maintenance runs repeatedly.
    await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 30 }], {
      options: { leaseMs: 300, sweepMs: 200, concurrency: 1, maintenance: { everyMs: 300 } },
    });
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 30 });
    expect(await twice()).toEqual([]);
  });
});

describe('the backlog of a dead process', () => {
  it('10,000 pending entries behind a running one: all are handled, and the running one is not taken over', async () => {
    await stage.redis.xgroup('CREATE', '{hyvve:0}:events', 'billing', '0', 'MKSTREAM');
    const [head = ''] = await stage.publish(1);
    const busy = await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 12_000 }], {
      options: { leaseMs: 1_500, sweepMs: 300, concurrency: 1 },
    });
    await until('the first entry is being handled', async () => (await stage.runs()).length === 1);
    busy.signal('SIGSTOP');
    const ids: string[] = [];
    for (let i = 0; i < 10; i += 1) ids.push(...(await stage.publish(1_000)));
    await stage.redis.xreadgroup('GROUP', 'billing', 'ghost', 'COUNT', 10_000, 'STREAMS', '{hyvve:0}:events', '>');
    expect((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]).toBe(10_001);
    busy.signal('SIGCONT');
    await sleep(1_600);
    let handled = 0;
    await stage.handle('billing', () => {
      handled += 1;
    });
    await until('all events are handled', () => handled >= 10_000);
    await until(
      'and acknowledged',
      async () => Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]) <= 1,
    );
    const [pending] = (await stage.redis.xpending('{hyvve:0}:events', 'billing', '-', '+', 10)) as [string, string][];
    // The process of the first entry is alive: its heartbeats renew the lease.
    expect(pending?.[1]).not.toBe('ghost');
    expect(handled).toBe(10_000);
    expect(await settled(stage.operator, [head], 1, 20_000)).toMatchObject({ done: 1 });
  });
});

describe('a poison message among many healthy events', () => {
  it('becomes a dead letter, and none of the others does', async () => {
    const ids = await stage.publish(60);
    const killer = ids[10] ?? '';
    const plan = { options: { leaseMs: 400, sweepMs: 200, maxDeliveries: 4 } };
    const handlers = [{ name: 'bill', does: 'kill-on', ms: 50, eventId: killer }] as const;
    let deaths = 0;
    let over = false;
    const keepRunning = (async () => {
      while (!over) {
        const worker = await stage.worker('billing', handlers, plan);
        await Promise.race([worker.ended, until('the test has ended', () => over, 60_000)]);
        if (!over) deaths += 1;
      }
    })();
    expect(await settled(stage.operator, ids, 1, 60_000)).toMatchObject({ done: 59, dead: 1 });
    over = true;
    await keepRunning;
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ eventId: killer, reason: 'CRASHED' });
    expect(deaths).toBe(4);
  });
});
