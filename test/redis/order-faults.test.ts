import { setTimeout as sleep } from 'node:timers/promises';
import { NonRetryableError } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOrderFacts } from '../../runtime/event/order-facts.js';
import { defineScript } from '../../runtime/redis/connection/define-script.js';
import { encodeSettle, settleKeys } from '../../runtime/redis/consume/encode-settle.js';
import { enterQueuesScript } from '../../runtime/redis/consume/key-queues.lua.js';
import { renewScript } from '../../runtime/redis/consume/lane.lua.js';
import { settleScript } from '../../runtime/redis/consume/settle.lua.js';
import { freeQueuesScript } from '../../runtime/redis/maintain/free-queues.lua.js';
import { Tally } from '../../runtime/redis/statistics/counters.js';
import { orderFacts, queueNames } from '../../runtime/redis/store/key-queues.lua.js';
import { fieldsOf, partitionKeys } from '../../runtime/redis/store/keys.js';
import { queueKeyOf } from '../../runtime/redis/store/queue-key.js';
import { OrderPacked } from '../support/events/events.js';
import {
  accounts,
  hasWaiting,
  nothingIsLeft,
  type Packed,
  publishPacked,
  startOrdered,
  upTo,
} from '../support/ordered.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const keys = partitionKeys('hyvve', 0);
const group = keys.group('accounts');
const queueOfA = 'balance\0\0tenant-1\na';
const often = { everyMs: 100 };

const nameScript = defineScript({
  name: 'queue-name',
  keys: ['any'],
  args: ['prefix', 'json'],
  uses: [orderFacts, queueNames],
  reply: (reply) => reply as readonly [type: string, queue: string] | readonly [],
  body: `
local kind, key = order_facts(json)
return kind and { kind, queue_of('balance', job_of(prefix), key) } or {}
`,
});

/** Another process reads all new entries and enters them, and does nothing more. */
async function readByGhost(): Promise<readonly string[]> {
  const reply = (await stage.redis.call('XREADGROUP', 'GROUP', 'accounts', 'ghost', 'STREAMS', keys.events, '>')) as [
    [string, [string][]],
  ];
  const ids = reply[0][1].map(([id]) => id);
  await enter(ids);
  return ids;
}

function enter(ids: readonly string[], heldUntil = 0) {
  const { state, handlers, heads, waiting, completedHandlers } = group;
  const named = { stream: keys.events, state, handlers, heads, waiting, completedHandlers };
  const own = ids.map((id) => ({ id, kind: '', key: '' }));
  const call = enterQueuesScript.call({ ...named, group: 'accounts', consumer: 'ghost', isReplay: 0, heldUntil, own });
  return call(stage.redis);
}

const freed = async () => {
  return (await stage.operator.log({ limit: 1_000 })).filter(({ kind }) => kind === 'queue-freed').length;
};

/** The name of a key queue of the handler `balance`. */
const queueOf = (prefix: string, key: string) => `balance\0${prefix.split('@')[1] ?? ''}\0${key}`;

describe('the name of a key queue', () => {
  it('is the same in the scripts and in the runtime, for any tenant and key, in any form of the envelope', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('a\nb', '50%', '"', '\\', 'é"key"', 'a\0b'),
    );
    const envelope = fc.record(
      {
        id: fc.constant('abc'),
        type: fc.constantFrom('a.b', 'a.b.c'),
        source: part,
        tenantId: part,
        key: part,
        data: fc.json(),
      },
      { requiredKeys: ['id', 'type', 'tenantId'] },
    );
    const written = fc.tuple(envelope, fc.boolean(), fc.boolean()).map(([fields, keyLast, isSpaced]) => {
      const { id, type, tenantId, key, ...others } = fields;
      const keyed = key === undefined ? {} : { key };
      const first = { id, type, ...(keyLast ? {} : { source: 'shop' }), tenantId };
      const ordered = keyLast ? { ...first, ...others, ...keyed } : { ...first, ...keyed, ...others };
      return JSON.stringify(ordered, undefined, isSpaced ? 1 : undefined);
    });
    let undecoded = 0;
    await fc.assert(
      fc.asyncProperty(written, fc.constantFrom('1-0', '1-0@job'), async (json, prefix) => {
        const event = JSON.parse(json) as Parameters<typeof queueKeyOf>[1];
        const [type, queue] = await nameScript.call({ any: keys.events, prefix, json })(stage.redis);
        // Half a character is written to Redis as U+FFFD.
        const expected = Buffer.from(`balance\0${queueKeyOf(prefix, event)}`).toString();
        expect([type, queue]).toEqual([event.type, expected]);
        // The name has no NUL but its separators: otherwise one key could be in the range of another.
        expect(expected.split('\0')).toHaveLength(3);
        const facts = readOrderFacts(json);
        if (facts === undefined) return;
        undecoded += 1;
        expect([facts.type, queueOf(prefix, facts.key)]).toEqual([type, expected]);
      }),
      { numRuns: 500, seed: 20261130 },
    );
    // An envelope that is decoded costs more; this is the usual form.
    expect(undecoded).toBeGreaterThan(40);
  });

  it('is absent for a text that is no envelope', async () => {
    for (const json of ['', '[]', '{}', '{"type":"a.b"}', '{"tenantId":"t"}', '{"type":1,"tenantId":"t"}', 'null']) {
      expect(await nameScript.call({ any: keys.events, prefix: '1-0', json })(stage.redis)).toEqual([]);
    }
  });
});

describe('order by key, when something goes wrong', () => {
  it('a call that enters entries late, after another process has finished them, changes nothing', async () => {
    const seen: number[] = [];
    await startOrdered(stage, ({ data }) => void seen.push(data.amount));
    const [published] = await publishPacked(stage, ['a'], 1);
    await nothingIsLeft(stage);
    const id = published?.streamId ?? '';
    expect(await enter([id])).toEqual({ waiting: 0, gone: [id], waits: new Map() });
    // Also if no call has entered it before.
    await stage.redis.hset(group.state, 'enteredTo', '0-0');
    expect(await enter([id])).toEqual({ waiting: 0, gone: [id], waits: new Map() });
    expect(await stage.redis.exists(group.heads)).toBe(0);
    await publishPacked(stage, ['a'], 1);
    await until('the next one runs', () => seen.length === 2);
  });

  it('⚑ entries whose consumer was deleted belong to the process that was delivered them, until their lease can have ended', async () => {
    const { redis } = stage;
    await redis.xgroup('CREATE', keys.events, 'accounts', '0', 'MKSTREAM');
    await redis.hset(group.handlers, 'balance', '* include key');
    await publishPacked(stage, ['a', 'b', 'a'], 1);
    const reply = await redis.call('XREADGROUP', 'GROUP', 'accounts', 'ghost', 'STREAMS', keys.events, '>');
    const ids = (reply as [[string, [string][]]])[0][1].map(([id]) => id);
    const [first = '', second = '', third = ''] = ids;
    await redis.xack(keys.events, 'accounts', first);
    await redis.xgroup('DELCONSUMER', keys.events, 'accounts', 'ghost');
    const entered = await enter(ids, Date.now() + 60_000);
    expect(entered).toEqual({ waiting: 1, gone: [], waits: new Map([[third, ['balance']]]) });
    expect((await redis.hvals(group.heads)).sort()).toEqual([`${first}/balance`, `${second}/balance`]);
    await redis.del(group.state, group.heads, group.waiting);
    expect(await enter(ids)).toEqual({ waiting: 0, gone: ids, waits: new Map() });
  });

  it('⚑ entries whose read Redis has lost belong to no process: they neither become heads nor are settled, and their leases are not renewed', async () => {
    const { redis } = stage;
    await redis.xgroup('CREATE', keys.events, 'accounts', '0', 'MKSTREAM');
    await redis.hset(group.handlers, 'balance', '* include key');
    const published = await publishPacked(stage, ['a', 'a'], 1);
    const [first = '', second = ''] = published.map(({ streamId }) => streamId);
    const heldUntil = Date.now() + 60_000;
    expect(await enter([second], heldUntil)).toEqual({ waiting: 0, gone: [second], waits: new Map() });
    const retry = {
      eventId: '',
      type: '',
      tenantId: '',
      correlationId: '',
      envelope: '{}',
      attempt: 1,
      streamId: second,
    };
    const delivery = { entryId: second, streamId: second, deliveryPrefix: second, deliveryCount: 1 };
    const input = encodeSettle({
      settles: [
        {
          delivery: { ...delivery, claimed: undefined, completedHandlers: undefined },
          operations: [{ kind: 'waiting', handler: 'balance', logDetail: '', retry, queueKey: '\0tenant-1\na' }],
          ended: true,
        },
      ],
      keys: [...settleKeys(keys.events, keys, group), 'minute', 'hour'],
      dueSet: group.due,
      group: 'accounts',
      consumer: 'ghost',
      handlersVersion: '0',
      heldUntil,
      leaseMs: 1_000,
      handOver: 0,
      peers: { operationsFor: () => [] },
      counted: new Tally(),
    });
    expect((await settleScript.call(input)(redis)).slice(0, 4)).toEqual([1, [second], [], []]);
    const renewed = { stream: keys.events, state: group.state, group: 'accounts', consumer: 'ghost' };
    const renew = renewScript.call({ ...renewed, lowest: second, highest: second, ids: [second] });
    expect((await renew(redis)).slice(1)).toEqual([[second], []]);
    expect(await redis.exists(group.heads, group.scheduledRetries)).toBe(0);
    // The next read gets both of them.
    expect(await readByGhost()).toEqual([first, second]);
    expect(await redis.hvals(group.heads)).toEqual([`${first}/balance`]);
  });

  it('entries that another process has read but not entered come first', async () => {
    const seen: number[] = [];
    const bus = await startOrdered(stage, ({ data }) => void seen.push(data.amount), { leaseMs: 400 });
    await bus.stop();
    await publishPacked(stage, ['a'], 2);
    await stage.redis.call('XREADGROUP', 'GROUP', 'accounts', 'ghost', 'COUNT', '1', 'STREAMS', keys.events, '>');
    await startOrdered(stage, ({ data }) => void seen.push(data.amount), { leaseMs: 400 });
    await until('the second one waits', hasWaiting(stage, 1));
    await nothingIsLeft(stage);
    expect(seen).toEqual([0, 1]);
  });

  it('a head whose entry was removed from the stream is freed by the maintenance', async () => {
    const seen: number[] = [];
    const bus = await startOrdered(stage, ({ data }) => void seen.push(data.amount));
    await bus.stop();
    await publishPacked(stage, ['a'], 1);
    const [id = ''] = await readByGhost();
    expect(await stage.redis.hgetall(group.heads)).toEqual({ [queueOfA]: `${id}/balance` });
    await stage.redis.xdel(keys.events, id);
    await publishPacked(stage, ['a'], 2);
    await startOrdered(stage, ({ data }) => void seen.push(data.amount), { leaseMs: 400, maintenance: often });
    await until('the others have run', () => seen.length === 2);
    await nothingIsLeft(stage);
    expect(await freed()).toBe(1);
  });

  it('a head that expires with the retention is freed', async () => {
    const seen: number[] = [];
    const bus = await startOrdered(stage, ({ data }) => void seen.push(data.amount));
    await bus.stop();
    await publishPacked(stage, ['a'], 1);
    await readByGhost();
    await publishPacked(stage, ['a'], 2);
    const maintenance = { ...often, eventsMs: 1, maxHoldMs: 1 };
    await startOrdered(stage, ({ data }) => void seen.push(data.amount), { maintenance });
    await until('the others have run', () => seen.length === 2);
    await nothingIsLeft(stage);
    expect(await freed()).toBe(1);
  });

  it('the maintenance frees no head that is unfinished: pending, scheduled, parked or a dead letter that holds its key', async () => {
    const seen: string[] = [];
    const run = async ({ data: { orderId } }: Packed) => {
      seen.push(orderId);
      if (orderId === 'failing') throw new Error('not yet');
      if (orderId === 'dead') throw new NonRetryableError('never');
      if (orderId === 'slow') await sleep(60_000, undefined, { ref: false });
    };
    const order = { by: 'key', whenDead: 'hold' } as const;
    const handler = { order, maxRetries: 3, retryDelaysMs: [60_000], timeoutMs: 100_000 };
    await startOrdered(stage, run, { handler, maintenance: often });
    await publishPacked(stage, ['parked'], 1, '2.0.0');
    await publishPacked(stage, ['failing', 'dead', 'slow', 'parked'], 2);
    await until('the events behind them wait', hasWaiting(stage, 5));
    await sleep(500);
    expect(await freed()).toBe(0);
    expect(await stage.redis.hlen(group.heads)).toBe(4);
    expect(seen.sort()).toEqual(['dead', 'failing', 'slow']);
  });

  it('a head that does not exist is freed, and the deliveries behind it run', async () => {
    const seen: number[] = [];
    const bus = await startOrdered(stage, ({ data }) => void seen.push(data.amount));
    await bus.stop();
    await stage.redis.hset(group.heads, queueOfA, '1-0/balance');
    await publishPacked(stage, ['a'], 2);
    await startOrdered(stage, ({ data }) => void seen.push(data.amount), { maintenance: often });
    await nothingIsLeft(stage);
    expect(seen).toEqual([0, 1]);
    expect(await freed()).toBe(1);
  });

  it('what was finished since the last call that entered entries is not read again: only pending entries are entered', async () => {
    const seen: number[] = [];
    const bus = await startOrdered(stage, ({ data }) => void seen.push(data.amount));
    await publishPacked(stage, ['a'], 260);
    await nothingIsLeft(stage);
    await bus.stop();
    await stage.redis.hset(group.state, 'enteredTo', '0-0');
    await publishPacked(stage, ['a', 'b'], 2);
    const first = await stage.redis.call(
      'XREADGROUP',
      'GROUP',
      'accounts',
      'other',
      'COUNT',
      '1',
      'STREAMS',
      keys.events,
      '>',
    );
    expect(first).not.toBeNull();
    await stage.redis.config('RESETSTAT');
    const ids = await readByGhost();
    expect(await stage.redis.info('commandstats')).toMatch(/cmdstat_xrange:calls=4,/);
    expect(ids).toHaveLength(3);
    expect(await stage.redis.hlen(group.heads)).toBe(2);
    expect(await stage.redis.zcard(group.waiting)).toBe(2);
    expect(Object.values(await stage.redis.hgetall(group.heads))).toContain(`${ids[0]}/balance`);
  });

  it('a head whose dead letter does not hold its key is freed: a release without key queues may have written it', async () => {
    const seen: number[] = [];
    const bus = await startOrdered(stage, ({ data }) => void seen.push(data.amount));
    await bus.stop();
    await stage.redis.hset(group.heads, queueOfA, '1-0/balance');
    await stage.redis.hset(group.dead, '1-0/balance', '1-0');
    await publishPacked(stage, ['a'], 2);
    await startOrdered(stage, ({ data }) => void seen.push(data.amount), { maintenance: often });
    await nothingIsLeft(stage);
    expect(seen).toEqual([0, 1]);
  });

  it('a step that frees queues examines all heads that it found, and is repeated while deliveries leave', async () => {
    const bus = await startOrdered(stage, () => undefined);
    await bus.stop();
    for (const key of ['a', 'b', 'c']) {
      await stage.redis.hset(group.heads, `balance\0\0tenant-1\n${key}`, `${key}/balance`);
      await stage.redis.hset(group.scheduledRetries, `${key}/balance`, '{}');
    }
    await stage.redis.hset(group.heads, 'balance\0\0tenant-1\nd', '1-0/balance');
    const free = () => {
      const { heads, waiting, scheduledRetries: retries, dead, completedHandlers, handlers, due, inherited } = group;
      const own = { heads, waiting, retries, dead, completedHandlers, handlers, inherited };
      const common = {
        stream: keys.events,
        replay: keys.replay,
        log: keys.log,
        group: 'accounts',
        cursor: '0',
        limit: 2,
      };
      const named = [{ due: due('balance'), handler: 'balance', holds: 0 }];
      return freeQueuesScript.call({ ...own, ...common, named, parked: [] })(stage.redis);
    };
    expect(await free()).toEqual(['0', 1, 1, 3]);
    await stage.redis.hset(group.handlers, 'balance', '*');
    expect(await free()).toEqual(['0', 0, 0, 0]);
    expect(await free()).toEqual(['0', 1, 0, 0]);
    expect(await stage.redis.exists(group.heads)).toBe(0);
  });

  it('a process that lacks the handler gets no delivery of it when it settles an entry that cannot be read', async () => {
    const bus = await startOrdered(stage, () => undefined);
    await bus.stop();
    const [published] = await publishPacked(stage, ['a'], 2);
    const [id = '', next = ''] = await readByGhost();
    expect(id).toBe(published?.streamId);
    const ref = `${next}/balance`;
    await stage.redis.hset(group.scheduledRetries, ref, '{}');
    const [[, [, envelope = '']] = ['', []]] = await stage.redis.xrange(keys.events, id, id);
    const { minute, hour } = keys.counters(Date.now());
    const detail = {
      eventId: '',
      type: '',
      tenantId: '',
      correlationId: '',
      attempts: 1,
      firstFailedAt: '',
      lastFailedAt: '',
      error: { name: 'SCHEMA', message: '' },
    };
    const operation = { kind: 'dead', handler: '*', reason: 'SCHEMA', detail, envelope, logDetail: '{}' } as const;
    const delivery = { entryId: id, streamId: id, deliveryPrefix: id, deliveryCount: 1, claimed: undefined };
    const input = encodeSettle({
      settles: [
        {
          delivery: { ...delivery, completedHandlers: undefined },
          operations: [{ ...operation, unreadFor: ['balance'] }],
          ended: true,
        },
      ],
      keys: [...settleKeys(keys.events, keys, group), minute, hour],
      dueSet: group.due,
      group: 'accounts',
      consumer: 'ghost',
      handlersVersion: (await stage.redis.hget(group.state, 'handlersVersion')) ?? '0',
      heldUntil: 0,
      leaseMs: 30_000,
      handOver: 5,
      peers: { operationsFor: () => [] },
      counted: new Tally(),
    });
    const reply = await settleScript.call(input)(stage.redis);
    expect(reply).toMatchObject([1, [], [expect.any(String)], [], 1]);
    expect(await stage.redis.hgetall(group.heads)).toEqual({ [queueOfA]: ref });
    expect(Number(await stage.redis.zscore(group.due('balance'), ref))).toBeLessThanOrEqual(Date.now());
  });

  it('above maxWaiting no more events are read, and health says how many wait', async () => {
    const seen: string[] = [];
    const release = { now: false };
    const run = async ({ data: { orderId, amount } }: Packed) => {
      seen.push(`${orderId} ${amount}`);
      while (orderId === 'a' && !release.now) await sleep(5);
    };
    const bus = await startOrdered(stage, run, { concurrency: 2, maxWaiting: 5 });
    await publishPacked(stage, ['a'], 20);
    await until('more than five wait', () => (bus.health().consumer?.waiting ?? 0) > 5);
    await publishPacked(stage, ['b'], 1);
    await sleep(300);
    expect(await stage.redis.zcard(group.waiting)).toBeLessThanOrEqual(7);
    expect(seen).toEqual(['a 0']);
    expect(bus.health()).toMatchObject({ live: true, ready: true });
    release.now = true;
    await until('all have run', () => seen.length === 21);
    expect(seen.filter((run) => run.startsWith('a'))).toEqual(upTo(20).map((amount) => `a ${amount}`));
    await nothingIsLeft(stage);
  });

  it('above maxWaiting no more replayed events are read either', async () => {
    const seen: number[] = [];
    const release = { now: false };
    const run = async ({ data: { amount } }: Packed) => {
      seen.push(amount);
      while (!release.now) await sleep(5);
    };
    await startOrdered(stage, run, { handler: { replay: 'only' }, concurrency: 4, maxWaiting: 5 });
    await publishPacked(stage, ['a'], 20);
    await nothingIsLeft(stage);
    await stage.operator.replays.start({}, { actor: 'ann' });
    await until('more than five wait', async () => (await stage.redis.zcard(group.waiting)) > 5);
    await sleep(300);
    expect(await stage.redis.zcard(group.waiting)).toBeLessThanOrEqual(8);
    release.now = true;
    await until('all have run', () => seen.length === 20);
    expect(seen).toEqual(upTo(20));
  });

  it('the concurrency is never exceeded, with several partitions and with deliveries from key queues', async () => {
    let [running, most, done] = [0, 0, 0];
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(2);
      running -= 1;
      done += 1;
    };
    await startOrdered(stage, run, { concurrency: 3, partitions: 4 });
    const shop = stage.bus('shop');
    const packed = { orderId: 'a', amount: 1 };
    const published = upTo(200).map((index) => shop.publish(OrderPacked, packed, { tenantId: `tenant-${index % 7}` }));
    await Promise.all(published);
    await until('all have run', () => done === 200);
    expect(most).toBe(3);
  });
});

describe('order by key, when a service is deployed', () => {
  it('events that wait for a handler that no process has any more do not stop the others', async () => {
    const before = await startOrdered(stage, () => sleep(60_000, undefined, { ref: false }), { drainMs: 10 });
    await before.stop();
    const seen: number[] = [];
    const audit = { name: 'audit', order: 'none' } as const;
    await startOrdered(stage, ({ data }) => void seen.push(data.amount), {
      handler: audit,
      concurrency: 2,
      maxWaiting: 5,
    });
    await publishPacked(stage, ['a'], 40);
    await until('the other handler has run for all', () => seen.length === 40);
    expect(await stage.redis.zcard(group.waiting)).toBe(39);
  });

  it('an edited event whose handler is retired keeps its place in its dead letter', async () => {
    const run = () => {
      throw new NonRetryableError('never');
    };
    const before = await startOrdered(stage, run, { handler: { order: { by: 'key', whenDead: 'hold' } } });
    const [published] = await publishPacked(stage, ['a'], 1);
    await until('there is a dead letter', async () => (await stage.operator.deadLetters.count()) === 1);
    await before.stop();
    const [letter] = (await stage.operator.deadLetters.list()).items;
    await stage.operator.deadLetters.retryEdited(letter?.id ?? '', { orderId: 'a', amount: 1 }, { actor: 'ann' });
    const maintenance = { ...often, handlerGraceMs: 300 };
    await startOrdered(stage, () => undefined, { handler: { name: 'other' }, leaseMs: 300, maintenance });
    await until('it is a dead letter again', async () => (await stage.operator.deadLetters.count()) === 1);
    const [[, fields] = ['', []]] = await stage.redis.xrange(keys.dlq, '-', '+');
    const { d = '{}', reason } = fieldsOf(fields);
    expect(reason).toBe('HANDLER_RETIRED');
    expect(JSON.parse(d)).toMatchObject({ queuedAs: `${published?.streamId}/balance` });
  });

  it('an ordered handler that a process lacks: what it reads runs in the processes that have it, in order', async () => {
    const seen: string[] = [];
    const other = stage.bus('accounts', { sweepMs: 100 });
    other.subscribe(subscribeTo([OrderPacked], '*', { name: 'audit' }, () => undefined));
    await other.start();
    await startOrdered(stage, ({ data: { orderId, amount } }) => void seen.push(`${orderId} ${amount}`), {
      concurrency: 2,
    });
    await publishPacked(stage, ['a', 'b'], 20);
    await until('all have run', () => seen.length === 40);
    for (const key of ['a', 'b']) {
      expect(seen.filter((run) => run.startsWith(key))).toEqual(upTo(20).map((amount) => `${key} ${amount}`));
    }
    await nothingIsLeft(stage);
  });

  it('order is added: what was read before does not hold up later events', async () => {
    const seen: number[] = [];
    const run = ({ data: { amount } }: Packed) => {
      seen.push(amount);
      if (amount === 0 && seen.length === 1) throw new Error('not yet');
    };
    const failing = { maxRetries: 3, retryDelaysMs: [200] };
    const before = await startOrdered(stage, run, { handler: { ...failing, order: 'none' } });
    await publishPacked(stage, ['a'], 1);
    await until('it has failed', () => seen.length === 1);
    await before.stop();
    await startOrdered(stage, run, { handler: failing });
    await publishPacked(stage, ['a'], 3);
    await nothingIsLeft(stage);
    expect(seen.toSorted()).toEqual([0, 0, 0, 1, 2]);
  });

  it('⚑ order is added while a process without it still runs: what that one handles leaves its key, too', async () => {
    const seen: number[] = [];
    const release = { now: false };
    const run = async ({ data: { amount } }: Packed) => {
      while (!release.now) await sleep(5);
      seen.push(amount);
    };
    await startOrdered(stage, run, { handler: { order: 'none' }, concurrency: 2 });
    await startOrdered(stage, run, { maintenance: often });
    await publishPacked(stage, ['a'], 20);
    // The first process has read two events without their places.
    await until('the others wait', async () => (await stage.redis.zcard(group.waiting)) >= 18);
    release.now = true;
    await nothingIsLeft(stage);
    expect(seen.length).toBe(20);
    seen.length = 0;
    // From now on it knows the order.
    await publishPacked(stage, ['a'], 20);
    await until('all have run', () => seen.length === 20);
    expect(seen).toEqual(upTo(20));
    await nothingIsLeft(stage);
    expect(await freed()).toBe(0);
    expect(Number(await stage.redis.hget(group.state, 'handlersVersion'))).toBe(2);
  });

  it('⚑ order is removed while a process with it still runs: the order holds until that one has ended', async () => {
    const seen: number[] = [];
    const run = ({ data: { amount } }: Packed) => void seen.push(amount);
    const before = await startOrdered(stage, run, { leaseMs: 300 });
    await startOrdered(stage, run, { handler: { order: 'none' }, leaseMs: 300, maintenance: often });
    await publishPacked(stage, ['a'], 20);
    await until('all have run', () => seen.length === 20);
    expect(seen).toEqual(upTo(20));
    const registered = () => stage.redis.hget(group.handlers, 'balance');
    expect(await registered()).toBe('* include key');
    await before.stop();
    await until('the handler has no order', async () => (await registered()) === '*');
    expect(await freed()).toBe(0);
  });

  it('order is removed: the events that wait run, and the key queues disappear', async () => {
    const seen: number[] = [];
    const stopped = { now: false };
    const run = async ({ data: { amount } }: Packed) => {
      while (!stopped.now) await sleep(5);
      seen.push(amount);
    };
    const before = await startOrdered(stage, run, { drainMs: 10, leaseMs: 300 });
    await publishPacked(stage, ['a'], 4);
    await until('three wait', hasWaiting(stage, 3));
    await before.stop();
    await until('the order has ended', async () => {
      const at = await stage.redis.hget(group.seen, 'balance\0key');
      const [seconds, micros] = await stage.redis.time();
      return Number(at) < Number(seconds) * 1_000 + Number(micros) / 1_000 - 1_000;
    });
    stopped.now = true;
    await startOrdered(stage, run, { handler: { order: 'none' }, maintenance: often, leaseMs: 300 });
    await nothingIsLeft(stage);
    expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3]));
  });

  it('a retired handler: the events that wait become dead letters, and its key queues disappear', async () => {
    const before = await startOrdered(stage, () => sleep(60_000, undefined, { ref: false }), { drainMs: 10 });
    await publishPacked(stage, ['a'], 4);
    await until('three wait', hasWaiting(stage, 3));
    await before.stop();
    const maintenance = { ...often, handlerGraceMs: 300 };
    await startOrdered(stage, () => undefined, { handler: { name: 'other' }, leaseMs: 300, maintenance });
    await until('all are dead letters', async () => (await stage.operator.deadLetters.count()) === 4);
    await nothingIsLeft(stage);
    const { items } = await stage.operator.deadLetters.list();
    expect(new Set(items.map(({ reason }) => reason))).toEqual(new Set(['HANDLER_RETIRED']));
    expect(await stage.redis.hkeys(`${accounts}:handlers`)).toEqual(['other']);
  });
});
