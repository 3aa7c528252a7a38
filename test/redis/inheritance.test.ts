import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderingKeyOf } from '../../runtime/event/ordering-key.js';
import { HandlerSet } from '../../runtime/handle/handler-set.js';
import type { Link } from '../../runtime/redis/connection/link.js';
import type { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { Inheritance } from '../../runtime/redis/consume/inheritance.js';
import {
  askTurnScript,
  followHeadsScript,
  inheritHandlersScript,
  inheritHeadsScript,
  parentProgressScript,
  readInheritanceScript,
} from '../../runtime/redis/consume/inheritance.lua.js';
import { ensureGroupScript } from '../../runtime/redis/consume/lane.lua.js';
import type { PeerHandlers } from '../../runtime/redis/consume/peer-handlers.js';
import { RetryTurns } from '../../runtime/redis/consume/retry-turns.js';
import type { Wakeups } from '../../runtime/redis/consume/wakeups.js';
import { freeQueues } from '../../runtime/redis/maintain/free-queues.js';
import { firstMap } from '../../runtime/redis/partitions/partition-map.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { placeOfHead } from '../../runtime/redis/store/placeholder.js';
import { upTo } from '../support/ordered.js';
import { connectTo } from '../support/redis/grow.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();
const [parentKeys, keys] = [partitionKeys('hyvve', 0), partitionKeys('hyvve', 1)];
const [ofParent, group] = [parentKeys.group('accounts'), keys.group('accounts')];
const fence = '5-0';
const queueOf = (key: string) => `balance\0\0${orderingKeyOf('tenant-1', key)}`;
const member = (key: string, id: string) => {
  const padded = id.split('-').map((part) => part.padStart(20, '0'));
  return `${queueOf(key)}\0${padded.join('-')}\0${id}/balance`;
};
let redis: Redis;
let link: RedisConnection;
beforeEach(async () => {
  redis = new Redis(server.url);
  link = connectTo(server.url);
  await redis.flushall();
  await redis.hset(ofParent.handlers, { balance: 'shop.* both key', mail: 'shop.* both none' });
  await redis.hset(ofParent.seen, { balance: '1000', mail: '2000', 'balance\0key': '1000' });
  await redis.hset(group.state, { position: '0-0', inherits: fence });
  await redis.hset(keys.partition, { epoch: 2, count: 2, parent: 0, parentFence: fence });
});
afterEach(() => {
  redis.disconnect();
  link.close();
});

const progress = () => {
  const { state, handlers, seen } = ofParent;
  return parentProgressScript.call({ stream: parentKeys.events, state, handlers, seen, group: 'accounts', fence })(
    redis,
  );
};
const read = (count: number) =>
  redis.call('XREADGROUP', 'GROUP', 'accounts', 'one', 'COUNT', count, 'STREAMS', parentKeys.events, '>');
/** The parent has four entries up to the fence and one after it. */
const fill = async () => {
  for (const id of ['1-0', '3-0', '4-0', fence, '9-0']) await redis.xadd(parentKeys.events, id, 'e', '{}');
  await redis.xgroup('CREATE', parentKeys.events, 'accounts', '0');
};

describe('the progress of the parent', () => {
  it.each<readonly [string, () => Promise<unknown>, Partial<Awaited<ReturnType<typeof progress>>>]>([
    ['no stream', async () => undefined, { isReady: false }],
    ['no group', () => redis.xadd(parentKeys.events, '1-0', 'e', '{}'), { isReady: false }],
    ['unread events', () => fill().then(() => read(3)), { isReady: true, isOrdered: true, isEntered: false }],
    ['delivered, not entered', () => fill().then(() => read(5)), { isEntered: false }],
    [
      'entered in part',
      () => fill().then(() => Promise.all([read(5), redis.hset(ofParent.state, 'enteredTo', '4-0')])),
      { isEntered: false },
    ],
    [
      'the rest of the entered part is finished',
      async () => {
        await fill();
        await Promise.all([read(5), redis.hset(ofParent.state, 'enteredTo', '4-0')]);
        await redis.xack(parentKeys.events, 'accounts', fence);
      },
      { isEntered: true },
    ],
    [
      'all is entered, and unfinished',
      () => fill().then(() => Promise.all([read(4), redis.hset(ofParent.state, 'enteredTo', fence)])),
      { isReady: true, isOrdered: true, isEntered: true },
    ],
    [
      'a parent that inherits',
      () =>
        fill().then(() => Promise.all([read(4), redis.hset(ofParent.state, { enteredTo: fence, inherits: '1-0' })])),
      { isReady: false },
    ],
    [
      'unread events that were trimmed',
      () => fill().then(() => redis.xtrim(parentKeys.events, 'MINID', '9-0')),
      { isEntered: true },
    ],
    [
      'no ordered handler',
      () => fill().then(() => redis.hset(ofParent.handlers, 'balance', 'shop.* both none')),
      { isReady: true, isOrdered: false },
    ],
  ])('%s', async (_what, prepare, expected) => {
    await prepare();
    expect(await progress()).toMatchObject(expected);
  });
});

describe('the scripts of the child', () => {
  const { state, heads, waiting, scheduledRetries: retries, inherited, due } = group;
  const inherit = (queue: string, placeholder: string) =>
    inheritHeadsScript.call({ state, heads, inherited, queues: [{ queue, placeholder }] })(redis);
  const follow = (known: string, placeholder: string) => {
    const changed = [{ due: due('balance'), queue: queueOf('a'), known, placeholder }];
    return followHeadsScript.call({ heads, waiting, retries, inherited, changed })(redis);
  };
  const found = () => readInheritanceScript.call({ partition: keys.partition, state, inherited })(redis);

  it('⚑ a head of the parent is inherited until the group may read the child, and never replaces a head', async () => {
    await redis.hset(heads, queueOf('b'), '7-0/balance');
    expect(await inherit(queueOf('a'), '0:1-0/balance')).toBe(1);
    expect(await inherit(queueOf('a'), '0:2-0/balance')).toBe(1);
    expect(await inherit(queueOf('b'), '0:1-0/balance')).toBe(1);
    expect(await found()).toEqual({ fence, parent: 0, parentFence: fence, hasInherited: true });
    await redis.hdel(state, 'inherits');
    expect(await inherit(queueOf('c'), '0:1-0/balance')).toBe(0);
    expect(await redis.hgetall(heads)).toEqual({ [queueOf('a')]: '0:1-0/balance', [queueOf('b')]: '7-0/balance' });
    expect(await redis.hgetall(inherited)).toEqual({ [queueOf('a')]: '0:1-0/balance' });
    expect(await found()).toEqual({ fence: undefined, parent: 0, parentFence: fence, hasInherited: true });
  });

  it('⚑ a queue that the parent has finished: the first one that waits is due; a late call of another process changes nothing', async () => {
    await inherit(queueOf('a'), '0:1-0/balance');
    await redis.zadd(waiting, 0, member('a', '6-0'), 0, member('a', '7-0'));
    await redis.hset(retries, { '6-0/balance': '{}', '7-0/balance': '{}' });
    expect(await follow('0:1-0/balance', '0:2-0/balance')).toEqual([1, 0]);
    expect([await redis.hgetall(heads), await redis.hgetall(inherited)]).toEqual([
      { [queueOf('a')]: '0:2-0/balance' },
      { [queueOf('a')]: '0:2-0/balance' },
    ]);
    expect(await follow('0:1-0/balance', '')).toEqual([0, 0]);
    expect(await redis.hget(heads, queueOf('a'))).toBe('0:2-0/balance');
    expect(await follow('0:2-0/balance', '')).toEqual([1, 1]);
    expect(await follow('0:2-0/balance', '')).toEqual([0, 0]);
    expect(await redis.hgetall(heads)).toEqual({ [queueOf('a')]: '6-0/balance' });
    expect(await redis.zrange(due('balance'), 0, -1)).toEqual(['6-0/balance']);
    expect([await redis.zrange(waiting, 0, -1), await redis.exists(inherited)]).toEqual([[member('a', '7-0')], 0]);
  });

  let turns = 0;
  const ask = (placeholder: string, queuedAs: string) => {
    turns += 1;
    const named = { queue: queueOf('a'), placeholder, queuedAs, turn: `turn-${turns}` };
    return askTurnScript.call({ heads, waiting, inherited, ...named })(redis);
  };
  /** What a process that follows the queue has read of it. */
  const value = async () => (await redis.hget(inherited, queueOf('a'))) ?? '';

  it('⚑ the turn of a retry in the parent: it waits for the head, in front of the others, and then holds the queue', async () => {
    await redis.hset(heads, queueOf('a'), '6-0/balance');
    await redis.zadd(waiting, 0, member('a', '7-0'));
    await redis.hset(retries, { '6-0/balance': '{}', '7-0/balance': '{}' });
    expect([await ask('0:1-0/balance', '1-0'), await ask('0:2-0/balance', '2-0')]).toEqual([0, 0]);
    expect(await follow(await value(), '0:2-0/balance')).toEqual([0, 0]);
    // The head leaves.
    await redis.hset(heads, queueOf('a'), '0:1-0/balance');
    await redis.zrem(waiting, member('a', '1-0').replace('1-0/balance', '0:1-0/balance'));
    expect([await ask('0:2-0/balance', '2-0'), await redis.hget(heads, queueOf('a'))]).toEqual([1, '0:1-0/balance']);
    expect(await follow(await value(), '')).toEqual([1, 1]);
    expect([await redis.hget(heads, queueOf('a')), await redis.exists(inherited, waiting)]).toEqual(['7-0/balance', 0]);
  });

  it('⚑ a turn that is not needed any more, or was lost: no placeholder is left', async () => {
    await redis.hset(heads, queueOf('a'), '6-0/balance');
    expect(await ask('0:1-0/balance', '1-0')).toBe(0);
    expect(await follow(await value(), '')).toEqual([1, 0]);
    expect(await redis.exists(inherited, waiting)).toBe(0);
    await redis.del(heads);
    expect(await ask('0:1-0/balance', '1-0')).toBe(1);
    await redis.del(heads);
    expect([await ask('0:2-0/balance', '1-0'), await redis.hget(heads, queueOf('a'))]).toEqual([1, '0:1-0/balance']);
  });

  it('⚑ a retry that asks for its turn again, after a process has seen that the parent had no head: that process does not free the queue', async () => {
    expect(await ask('0:1-0/balance', '1-0')).toBe(1);
    await redis.zadd(waiting, 0, member('a', '7-0'));
    await redis.hset(retries, '7-0/balance', '{}');
    // Here it has failed, has let others pass, and is claimed again.
    const before = await value();
    expect(await ask('0:1-0/balance', '1-0')).toBe(1);
    expect([await follow(before, ''), await redis.hget(heads, queueOf('a'))]).toEqual([[0, 0], '0:1-0/balance']);
    // The same after another one of the parent became the head.
    const asked = await value();
    expect(await follow(asked, '0:2-0/balance')).toEqual([1, 0]);
    expect([await follow(before, ''), await follow(asked, '')]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await follow(await value(), '')).toEqual([1, 1]);
    expect([await redis.hget(heads, queueOf('a')), await redis.exists(inherited)]).toEqual(['7-0/balance', 0]);
  });

  it('the handlers of the parent: those of a process that has joined the child keep their own time, and others learn of the new ones', async () => {
    const { handlers, seen, since } = group;
    await redis.hset(handlers, 'balance', 'shop.* both none');
    await redis.hset(seen, 'balance', '3000');
    const registered = [{ handler: 'balance', accepts: 'shop.* both key' }];
    const beats = [
      { field: 'balance', at: '1000' },
      { field: 'mail', at: '2000' },
    ];
    const call = inheritHandlersScript.call({ state, handlers, seen, since, registered, beats });
    expect([await call(redis), await call(redis)]).toEqual([1, 1]);
    expect(await redis.hgetall(handlers)).toEqual({ balance: 'shop.* both key' });
    expect(await redis.hgetall(seen)).toEqual({ balance: '3000', mail: '2000' });
    expect(await redis.hget(state, 'handlersVersion')).toBe('1');
    // The order of a process that has not joined the parent yet stays.
    const former = [{ handler: 'balance', accepts: 'shop.* both none' }];
    await inheritHandlersScript.call({ state, handlers, seen, since, registered: former, beats })(redis);
    expect(await redis.hgetall(handlers)).toEqual({ balance: 'shop.* both key' });
    await redis.hdel(state, 'inherits');
    expect(await call(redis)).toBe(0);
  });

  it('⚑ maintenance frees no queue that waits for the parent, and frees one of which the child does not know why it waits', async () => {
    await redis.hset(group.handlers, 'balance', 'shop.* both key');
    await inherit(queueOf('a'), '0:1-0/balance');
    await redis.hset(heads, queueOf('b'), '0:1-0/balance');
    const deadLetterHolds = () => false;
    const options = { connection: link, keys, group, logger: silentLogger, deadLetterHolds };
    await link.whenReady(5_000);
    await freeQueues(options, new AbortController().signal);
    expect(await redis.hgetall(heads)).toEqual({ [queueOf('a')]: '0:1-0/balance' });
    // A turn that waits behind a head that has ended.
    await redis.hset(heads, queueOf('a'), '6-0/balance');
    await redis.hdel(inherited, queueOf('a'));
    expect(await ask('0:1-0/balance', '1-0')).toBe(0);
    await freeQueues(options, new AbortController().signal);
    expect([await redis.hget(heads, queueOf('a')), await redis.hlen(inherited)]).toEqual(['0:1-0/balance', 1]);
    await redis.hset(group.handlers, 'balance', 'shop.* both none');
    await freeQueues(options, new AbortController().signal);
    expect(await redis.exists(heads, inherited)).toBe(0);
  });
});

describe('a group that is new in a partition', () => {
  const join = (epoch: number | '', name: string, remembered = '') => {
    const { events: stream, groups, log, partition } = keys;
    const { state } = keys.group(name);
    const named = { stream, state, groups, log, partition, group: name };
    return ensureGroupScript.call({ ...named, startFrom: '$', remembered, epoch })(redis);
  };

  it('⚑ is refused if the map has changed since; a known one joins, and a lost one is created again', async () => {
    await expect(join(1, 'new')).rejects.toThrow(/^EPOCH /);
    expect(await redis.exists(keys.events, keys.groups, keys.group('new').state)).toBe(0);
    expect(await join(2, 'new')).toMatchObject({ kind: 'created' });
    expect(await redis.hget(keys.group('new').state, 'inherits')).toBe(fence);
    expect(await join(1, 'new')).toMatchObject({ kind: 'exists' });
    await redis.xgroup('DESTROY', keys.events, 'new');
    await redis.hdel(keys.group('new').state, 'inherits');
    expect(await join(1, 'new')).toMatchObject({ kind: 'restored' });
    expect(await join(1, 'lost', '1-0')).toMatchObject({ kind: 'lost' });
    for (const name of ['new', 'lost']) expect(await redis.hexists(keys.group(name).state, 'inherits')).toBe(0);
  });

  it('⚑ in a partition whose stream was lost: the ids of its entries are higher than the fence of its parent', async () => {
    const future = `${Date.now() + 3_600_000}-7`;
    await redis.hset(keys.partition, 'parentFence', future);
    expect(await join(2, 'new')).toMatchObject({ kind: 'created' });
    expect(await redis.xadd(keys.events, '*', 'e', '{}')).toBe(future.replace('-7', '-8'));
    await redis.del(keys.events);
    expect(await join(2, 'lost', '1-0')).toMatchObject({ kind: 'lost' });
    expect(await redis.xadd(keys.events, '*', 'e', '{}')).toBe(future.replace('-7', '-8'));
  });

  it('has nothing to inherit in the replay stream, and in a partition that no growth made', async () => {
    await join('', 'replayed');
    await redis.hdel(keys.partition, 'parent', 'parentFence');
    await join(2, 'first');
    for (const name of ['replayed', 'first']) expect(await redis.hexists(keys.group(name).state, 'inherits')).toBe(0);
  });
});

describe('Inheritance', () => {
  /** A link that ends after a number of calls, as for a process that dies. */
  function dyingAfter(calls: { left: number }): Link {
    const tryOnce: Link['tryOnce'] = (call) => {
      if (calls.left === 0) return Promise.reject(new Error('this process has died'));
      calls.left -= 1;
      return link.tryOnce(call);
    };
    const ask: Link['ask'] = (call) => link.ask(call);
    return { isReady: true, tryOnce, ask } as Link;
  }
  function inheritance(
    connection: Link,
    ordered: readonly string[] = [],
    reload = async () => undefined,
    parent: { readonly isReady: boolean; readonly before?: () => Promise<void> } = { isReady: true },
    pollMs = 1,
  ) {
    const peers = { ordered, reload } as unknown as PeerHandlers;
    const wakeups = { scheduled: () => undefined } as unknown as Wakeups;
    const own = {
      connection,
      keys,
      group,
      consumer: 'one',
      handlers: new HandlerSet(),
      logger: silentLogger,
      leaseMs: 1,
    };
    const toParent = {
      tryOnce: async (call) => {
        await parent.before?.();
        return connection.tryOnce(call);
      },
    } as Link;
    Object.defineProperty(toParent, 'isReady', { get: () => parent.isReady });
    const partitionAt = (index: number) =>
      index === 0 ? { index, keys: parentKeys, connection: toParent } : undefined;
    return new Inheritance({ ...own, index: 1, partitionAt, peers, wakeups, pollMs: () => pollMs });
  }
  const tenants = upTo(1_500).map((number) => `tenant-${number}`);
  const moved = tenants.filter((name) => partitionOf(name, 2) === 1);
  const queueOfTenant = (name: string) => `balance\0\0${orderingKeyOf(name, 'a')}`;
  const byKey = (name: string) => partitionOf(orderingKeyOf(name, 'a'), 2) === 1;
  const expected = Object.fromEntries(
    tenants.filter((name) => moved.includes(name) || byKey(name)).map((name) => [queueOfTenant(name), `0:1-0/${name}`]),
  );
  beforeEach(async () => {
    await fill();
    await read(5);
    await redis.hset(ofParent.state, 'enteredTo', '9-0');
    await redis.hset(ofParent.heads, Object.fromEntries(tenants.map((name) => [queueOfTenant(name), `1-0/${name}`])));
    await redis.hset(ofParent.heads, `balance\0job-1\0${orderingKeyOf(moved[0] ?? '', 'a')}`, '1-0/replayed');
    await link.whenReady(5_000);
  });

  it('⚑ a process that dies after any call: the next one continues, and no key that has moved is without its placeholder', async () => {
    for (let calls = 0; ; calls += 1) {
      await redis.del(group.heads, group.inherited, group.handlers, group.seen);
      await redis.hset(group.state, { position: '0-0', inherits: fence });
      const budget = { left: calls };
      const dying = inheritance(dyingAfter(budget));
      await dying.read(1_000);
      dying.start();
      await until('it has died or is ready', () => budget.left === 0 || dying.isOpen);
      dying.stop();
      if ((await redis.hexists(group.state, 'inherits')) === 1) expect(dying.isOpen).toBe(false);
      const next = inheritance(link);
      await next.read(1_000);
      next.start();
      await until('the child may be read', () => next.isOpen);
      next.stop();
      expect(await redis.hgetall(group.heads)).toEqual(expected);
      expect(await redis.hgetall(group.inherited)).toEqual(expected);
      expect(await redis.hkeys(group.handlers)).toEqual(['balance', 'mail']);
      if (dying.isOpen) {
        expect(calls).toBeGreaterThan(6);
        break;
      }
    }
  });

  it('⚑ two processes at once; then the parent finishes all: nothing is left in the child', async () => {
    const both = [inheritance(link), inheritance(link)];
    for (const each of both) await each.read(1_000);
    for (const each of both) each.start();
    await until('both may read', () => both.every(({ isOpen }) => isOpen));
    expect(await redis.hgetall(group.inherited)).toEqual(expected);
    await redis.del(ofParent.heads);
    await until('all have left', async () => (await redis.exists(group.heads, group.inherited)) === 0);
    for (const each of both) each.stop();
  });

  describe('⚑ a failover of the parent that loses what the group has read up to the fence', () => {
    const lose = async () => {
      await redis.xgroup('DESTROY', parentKeys.events, 'accounts');
      await redis.xgroup('CREATE', parentKeys.events, 'accounts', '3-0');
      await redis.hset(ofParent.state, 'enteredTo', '3-0');
      await redis.del(ofParent.heads);
    };
    const readAgain = async () => {
      await read(5);
      await redis.hset(ofParent.state, 'enteredTo', '9-0');
    };

    it('after the child was opened: no key queue is freed until the group has read it again', async () => {
      const one = inheritance(link);
      await one.read(1_000);
      one.start();
      await until('it may read', () => one.isOpen);
      await lose();
      await sleep(50);
      expect(await redis.hgetall(group.inherited)).toEqual(expected);
      await read(5);
      await sleep(50);
      expect(await redis.hgetall(group.inherited)).toEqual(expected);
      await readAgain();
      await until('all have left', async () => (await redis.exists(group.heads, group.inherited)) === 0);
      one.stop();
    });

    it('while the heads are copied: the child is opened when the group has read it again', async () => {
      let calls = 0;
      const before = async () => {
        calls += 1;
        if (calls === 2) await lose();
      };
      const one = inheritance(link, [], undefined, { isReady: true, before });
      await one.read(1_000);
      one.start();
      await until('the heads were copied, and more', () => calls > 6);
      expect([one.isOpen, await redis.hexists(group.state, 'inherits')]).toEqual([false, 1]);
      const heads = Object.fromEntries(tenants.map((name) => [queueOfTenant(name), `1-0/${name}`]));
      await redis.hset(ofParent.heads, heads);
      await readAgain();
      await until('it may read', () => one.isOpen);
      expect(await redis.hgetall(group.inherited)).toEqual(expected);
      one.stop();
    });
  });

  it('⚑ a process that dies after it has asked for the turn of a retry: the maintenance of another one frees the queue', async () => {
    await redis.hdel(group.state, 'inherits');
    const [queue, ref] = [queueOf('a'), '1-0/balance'];
    await redis.hset(ofParent.heads, queue, ref);
    const [dying, other] = [inheritance(link), inheritance(link)];
    await other.read(1_000);
    other.start();
    expect(await dying.askTurn(0, queue, ref, '1-0')).toBe(true);
    dying.stop();
    await other.check();
    await redis.del(ofParent.heads);
    await until('the queue is free', async () => (await redis.exists(group.heads, group.inherited)) === 0);
    other.stop();
  });

  it('many turns in a row leave no timer and no listener each', async () => {
    await redis.hdel(group.state, 'inherits');
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on('warning', note);
    const one = inheritance(link, [], undefined, { isReady: true }, 1_000);
    try {
      await one.read(1_000);
      for (const number of upTo(60)) {
        await redis.hset(ofParent.heads, queueOf('a'), `${number}-0/balance`);
        await one.askTurn(0, queueOf('a'), `${number}-0/balance`, `${number}-0`);
        // It follows the queue before it is woken again.
        await sleep(5);
      }
    } finally {
      one.stop();
      process.off('warning', note);
    }
    expect(warnings).toEqual([]);
  });

  it('⚑ a turn that is asked for while the last queue is freed is followed, too', async () => {
    await redis.hdel(group.state, 'inherits');
    let isAsked = false;
    const askOnce = async () => {
      if (isAsked) return;
      isAsked = true;
      await redis.hset(ofParent.heads, queueOf('b'), '1-0/balance');
      await one.askTurn(0, queueOf('b'), '1-0/balance', '1-0');
    };
    const one = inheritance(link, [], undefined, { isReady: true, before: askOnce });
    await one.read(1_000);
    await one.askTurn(0, queueOf('c'), '1-0/balance', '1-0');
    await until('the first one is free', async () => (await redis.hexists(group.heads, queueOf('c'))) === 0);
    await redis.hdel(ofParent.heads, queueOf('b'));
    await until('the second one, too', async () => (await redis.exists(group.heads, group.inherited)) === 0);
    one.stop();
  });

  it.each<readonly [string, number, () => Promise<'new' | 'same'>, readonly string[]]>([
    ['has ended: it asks for its turn', 2, async () => 'new', ['mail']],
    ['has not ended: no later event can run', 2, async () => 'same', ['balance', 'mail']],
    ['may have ended, and the map cannot be read', 2, () => Promise.reject(new Error('no reply')), ['mail']],
    ['has not begun', 1, () => Promise.reject(new Error('must not be read')), ['balance', 'mail']],
  ])('⚑ a retry of a process that does not know of a growth, which %s', async (_what, epoch, readMap, expected) => {
    await redis.hdel(group.state, 'inherits');
    const queue = queueOfTenant(moved[0] ?? '');
    await redis.hset(group.heads, queue, '6-0/balance');
    await redis.hset(ofParent.claims, { '1-0/balance': '1|one', '1-0/mail': '1|one' });
    let map = firstMap(1);
    const child = inheritance(link);
    const turns = new RetryTurns({
      connection: link,
      keys: parentKeys,
      group: ofParent,
      consumer: 'one',
      handlers: new HandlerSet(),
      logger: silentLogger,
      leaseMs: 1,
      index: 0,
      map: () => map,
      readMap: async () => {
        if ((await readMap()) === 'new') map = { ...map, epoch: 2, count: 2, growths: [{ count: 2, atMs: 1 }] };
      },
      inheritanceOf: (index) => (index === 1 ? child : undefined),
      wakeups: { wakeIn: () => undefined } as unknown as Wakeups,
    });
    const ordered = ['1-0/balance', '1|one', 'balance', '{}', queue, '1-0'] as const;
    const claimed = [ordered, ['1-0/mail', '1|one', 'mail', '{}']] as const;
    const needed = turns.needed(claimed, epoch);
    const taken = await turns.take(needed, epoch);
    child.stop();
    const run = claimed.filter((claim) => taken.includes(claim) || !needed.includes(claim));
    expect(run.map(([, , handler]) => handler)).toEqual(expected);
    expect((await redis.hkeys(ofParent.claims)).sort()).toEqual(expected.map((handler) => `1-0/${handler}`));
  });

  it('⚑ the server of the parent is away: the child waits, also without ordered handlers', async () => {
    await redis.hset(ofParent.handlers, 'balance', 'shop.* both none');
    const parent = { isReady: false };
    const one = inheritance(link, [], undefined, parent);
    await one.read(1_000);
    one.start();
    await sleep(50);
    expect([one.isOpen, await redis.exists(group.handlers)]).toEqual([false, 0]);
    parent.isReady = true;
    await until('it may read', () => one.isOpen);
  });

  it('no ordered handler: the group reads the child at once, with the handlers of the parent and without its key queues', async () => {
    await redis.hset(ofParent.handlers, 'balance', 'shop.* both none');
    await redis.hdel(ofParent.state, 'enteredTo');
    const reloads: unknown[] = [];
    const one = inheritance(link, [], async () => {
      reloads.push([one.isOpen, await redis.hlen(group.handlers)]);
    });
    await one.read(1_000);
    one.start();
    await until('it may read', () => one.isOpen);
    // Before the first read, each process reads the handlers of which it did not know.
    expect(reloads).toEqual([[false, 2]]);
    expect(await redis.exists(group.heads, group.inherited)).toBe(0);
    expect(await redis.hgetall(group.handlers)).toEqual({ balance: 'shop.* both none', mail: 'shop.* both none' });
  });

  it('⚑ an order that only a process has which has joined the child: waits for the parent', async () => {
    await redis.hset(ofParent.handlers, 'balance', 'shop.* both none');
    await redis.hdel(ofParent.state, 'enteredTo');
    const one = inheritance(link, ['balance']);
    await one.read(1_000);
    one.start();
    await until('it has the handlers', async () => (await redis.hlen(group.handlers)) === 2);
    await sleep(50);
    expect([one.isOpen, await redis.hexists(group.state, 'inherits')]).toEqual([false, 1]);
    await redis.hset(ofParent.state, 'enteredTo', fence);
    await until('it may read', () => one.isOpen);
    one.stop();
  });
});

describe('the place of a head', () => {
  it.each([
    ['12-3/balance', { partition: 5, streamId: '12-3' }],
    ['0:12-3/balance', { partition: 0, streamId: '12-3' }],
    ['9:1:12-3@job/balance', { partition: 1, streamId: '12-3' }],
    ['edit-abc/balance', undefined],
  ])('%s', (ref, place) => {
    expect(placeOfHead(ref, 5)).toEqual(place);
  });
});
