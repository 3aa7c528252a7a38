import { setTimeout as sleep } from 'node:timers/promises';
import { type AnyEventDefinition, NonRetryableError, type VersionCount } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { allEvents, anOrder, atVersion, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { tenant, useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const type = OrderPlaced.type;
const v2 = atVersion(OrderPlaced, '2.1.0');
const hour = 60 * 60 * 1000;

async function read(group: string, events: readonly AnyEventDefinition[], run: () => unknown = () => undefined) {
  const bus = stage.bus(group, { sweepMs: 100 });
  bus.subscribe(
    subscribeTo([...events], '*', { name: 'bill', retryDelaysMs: [hour] }, async () => {
      await run();
    }),
  );
  await bus.start();
  return bus;
}

async function ofType(wanted: string = type) {
  return (await stage.operator.versions.registry()).events.find((event) => event.type === wanted);
}

/** The counts of a whole scan, in parts of one millisecond: `place group major` → number. */
async function scan(only?: string): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  let cursor: string | undefined;
  do {
    const part = await stage.operator.versions.scan({
      limitMs: 1,
      ...(only === undefined ? {} : { type: only }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { place, group, major, count, type: of } of part.found) {
      const name = [place, group, only === undefined ? of : undefined, major].filter((word) => word !== undefined);
      sums[name.join(' ')] = (sums[name.join(' ')] ?? 0) + count;
    }
    cursor = part.cursor;
  } while (cursor !== undefined);
  return sums;
}

describe('the registry of versions', () => {
  it('says which versions each process reads, with the older majors', async () => {
    const older = [{ major: 1, version: '1.0.0', validate: OrderPlaced.validate, upcast: (data: unknown) => data }];
    await read('billing', [{ ...v2, older }, OrderPaid]);
    await read('audit', [OrderPlaced]);
    const event = await ofType();
    expect(event?.readers.map(({ group, version, older, alive }) => ({ group, version, older, alive }))).toEqual([
      { group: 'audit', version: '1.0.0', older: [], alive: true },
      { group: 'billing', version: '2.1.0', older: [1], alive: true },
    ]);
    expect(event?.readers[0]).toMatchObject({ pid: process.pid });
    // The handler of `audit` gets this type too, but as an unknown event, of any version.
    expect((await ofType(OrderPaid.type))?.readers.map(({ group }) => group)).toEqual(['billing']);
  });

  it('a process with an earlier runtime may read every type that its patterns match, in an unknown version', async () => {
    await read('billing', [v2]);
    const consumers = '{hyvve:0}:group:billing:consumers';
    for (const [consumer, json] of Object.entries(await stage.redis.hgetall(consumers))) {
      const { reads, ...earlier } = JSON.parse(json);
      await stage.redis.hset(consumers, consumer, JSON.stringify(earlier));
    }
    await stage.bus('shop').publish(OrderPlaced, anOrder, tenant);
    expect((await ofType())?.readers).toMatchObject([{ group: 'billing', version: undefined, older: [], alive: true }]);
  });

  it('a heartbeat sends the description only when Redis does not have it', async () => {
    await read('billing', [OrderPlaced]);
    const consumers = '{hyvve:0}:group:billing:consumers';
    const [name = ''] = await stage.redis.hkeys(consumers);
    await stage.redis.hset(consumers, name, '{}');
    const beats = async () => Number(await stage.redis.zscore('{hyvve:0}:group:billing:alive', name));
    const before = await beats();
    await until('there was a heartbeat', async () => (await beats()) > before);
    expect(await stage.redis.hget(consumers, name)).toBe('{}');
    await stage.redis.hdel(consumers, name);
    await until('it is sent again', async () => (await stage.redis.hexists(consumers, name)) === 1);
    expect((await ofType())?.readers).toMatchObject([{ version: '1.0.0' }]);
  });

  it('lists a publisher after its first publish, and what it has published after it has closed', async () => {
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    await until('it is listed', async () => (await ofType())?.publishers.length === 1);
    await shop.publish(OrderPaid, anOrder, tenant);
    await until('the other type is listed', async () => (await ofType(OrderPaid.type))?.publishers.length === 1);
    expect((await ofType())?.publishers).toMatchObject([{ service: 'shop', version: '1.0.0', alive: true }]);
    await shop.close();
    const event = await ofType();
    expect(event?.publishers).toMatchObject([{ service: 'shop', pid: process.pid, alive: false }]);
    expect(event?.published).toEqual([{ service: 'shop', version: '1.0.0', lastAt: expect.any(String) }]);
    expect(Date.now() - Date.parse(event?.published[0]?.lastAt ?? '')).toBeLessThan(60_000);
  });

  it('a process that publishes two versions of a type is listed with both', async () => {
    const shop = stage.bus('shop');
    for (let i = 0; i < 3; i += 1) for (const event of [OrderPlaced, v2]) await shop.publish(event, anOrder, tenant);
    await until('both are listed', async () => (await ofType())?.publishers.length === 2);
    await shop.close();
    const event = await ofType();
    expect(event?.publishers.map(({ version }) => version)).toEqual(['1.0.0', '2.1.0']);
    expect(event?.published.map(({ version }) => version).sort()).toEqual(['1.0.0', '2.1.0']);
  });

  it('a process that publishes for less than 50 ms is registered when it closes', async () => {
    const shop = stage.bus('shop');
    await shop.publish(v2, anOrder, tenant);
    await shop.close();
    expect((await ofType())?.published).toMatchObject([{ service: 'shop', version: '2.1.0' }]);
  });

  it('a publisher whose description Redis has lost sends it again', async () => {
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    await until('it is listed', async () => (await ofType())?.publishers.length === 1);
    await stage.redis.del('{hyvve:0}:publishers');
    await shop.close();
    expect((await ofType())?.publishers).toHaveLength(1);
  });

  it('the maintenance forgets publishers after an hour, and versions after 30 days', async () => {
    const ago = (ms: number) => String(Date.now() - ms);
    await stage.redis.hset('{hyvve:0}:publishers', { old: '{}', young: '{}' });
    await stage.redis.hset('{hyvve:0}:publishers-seen', { old: ago(2 * hour), young: ago(hour / 2) });
    const long = ago(31 * 24 * hour);
    const published = { 'a@1.0.0 s': long, 'a@2.0.0 s': ago(hour), '+': long, '#': '3' };
    // A value that was written by hand stops neither the registry nor the maintenance.
    await stage.redis.hset('{hyvve:0}:published', { ...published, 'a@3.0.0 s': 'yesterday' });
    expect((await ofType('a'))?.published.map(({ version }) => version)).toEqual(['1.0.0', '2.0.0']);
    const bus = stage.bus('billing', { maintenance: { everyMs: 100 } });
    bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
    await bus.start();
    await until('it is forgotten', async () => (await stage.redis.hlen('{hyvve:0}:publishers')) === 1);
    expect(await stage.redis.hkeys('{hyvve:0}:publishers-seen')).toEqual(['young']);
    expect(await stage.redis.hgetall('{hyvve:0}:published')).toEqual({ 'a@2.0.0 s': published['a@2.0.0 s'], '#': '1' });
  });

  it('a publish does not fail when the report fails', async () => {
    await stage.redis.set('{hyvve:0}:publishers', 'no hash');
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    await sleep(100);
    await shop.publish(OrderPlaced, anOrder, tenant);
    await shop.close();
  });

  it('counts published events by major version, of any publisher; totals by type stay', async () => {
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, { ...tenant, userId: 'a","version":"7.0.0' });
    for (let i = 0; i < 2; i += 1) await shop.publish(v2, anOrder, tenant);
    const foreign = (fields: string) => stage.redis.xadd('{hyvve:0}:events', '*', 'e', `{"type":"${type}"${fields}}`);
    await foreign(',"data":{"version":"5.0.0"},"version":"3"');
    await foreign(',"version":"4.x"');
    await foreign(',"data":"\\ud800","version":"02.1-beta"');
    await foreign('');
    await stage.redis.xadd('{hyvve:0}:events', '*', 'e', 'no JSON');
    const event = await ofType();
    const counts = event?.lastDay.map(({ major, count }) => `${major}: ${count}`).sort();
    expect(counts).toEqual(['1: 1', '2: 3', '3: 1', 'unknown: 2']);
    expect(await stage.operator.versions.registry()).toMatchObject({ uncounted: 0, unlistedAt: undefined });
    const { series } = await stage.operator.statistics.series({ every: 'hour', by: ['type'] });
    expect(series.map(({ key, total }) => [key.type, total.published])).toEqual(
      expect.arrayContaining([
        [type, 7],
        ['*', 1],
      ]),
    );
  });

  it('10,000 versions of a hostile publisher fill no more than 5,000 counters of an hour; the rest counts as unknown', async () => {
    const pipeline = stage.redis.pipeline();
    for (let i = 0; i < 10_000; i += 1) {
      pipeline.xadd('{hyvve:0}:events', '*', 'e', `{"type":"${type}","version":"${i}.0.0"}`);
    }
    await pipeline.exec();
    // On a busy machine, one call may not have the time to count all of them.
    await until('all are counted', async () => (await stage.operator.versions.registry()).uncounted !== 'unknown');
    const { events, uncounted } = await stage.operator.versions.registry();
    const counted = events[0]?.lastDay.length ?? 0;
    expect(counted).toBeLessThanOrEqual(5_000);
    expect(counted + Number(uncounted)).toBe(10_000);
  });

  it('without the time to count all published events, the number of uncounted ones is unknown', async () => {
    // Each call of the script counts the events of one minute.
    const minutes = 20_000;
    const pipeline = stage.redis.pipeline();
    for (let minute = minutes; minute > 0; minute -= 1) {
      pipeline.xadd('{hyvve:0}:events', Date.now() - minute * 60_000, 'e', `{"type":"${type}","version":"1.0.0"}`);
    }
    await pipeline.exec();
    expect(await stage.operator.versions.registry()).toMatchObject({ uncounted: 'unknown' });
    // The next call continues; the end is near.
    await stage.redis.xtrim('{hyvve:0}:events', 'MAXLEN', 2);
    expect(await stage.operator.versions.registry()).toMatchObject({ uncounted: 0 });
    expect((await ofType())?.lastDay).toEqual([{ major: 1, count: 2 }]);
  });

  it('events that an earlier runtime has counted are uncounted', async () => {
    await stage.redis.hset(`{hyvve:0}:stats:h:${Math.floor(Date.now() / hour)}`, `p|${type}`, 7);
    await stage.bus('shop').publish(OrderPlaced, anOrder, tenant);
    expect(await stage.operator.versions.registry()).toMatchObject({ uncounted: 7 });
  });

  it('reports of 10,000 versions are listed; a later one is reported with its time', async () => {
    await stage.redis.hset('{hyvve:0}:published', '#', '10000');
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    await shop.close();
    const { events, unlistedAt } = await stage.operator.versions.registry();
    expect(events[0]?.published).toEqual([]);
    expect(Date.now() - Date.parse(unlistedAt ?? '')).toBeLessThan(60_000);
  });

  it('lists parked deliveries by version', async () => {
    await read('billing', [OrderPlaced]);
    const shop = stage.bus('shop');
    for (let i = 0; i < 2; i += 1) await shop.publish(v2, anOrder, tenant);
    await until('both are parked', async () => (await stage.operator.parked.count()) === 2);
    expect((await ofType())?.parked).toEqual([{ group: 'billing', version: '2.1.0', count: 2 }]);
  });
});

describe('a scan of versions', () => {
  it('counts entries by group: unread, pending, replayable; then retries, parked retries and dead letters', async () => {
    const shop = stage.bus('shop');
    await read('done', [v2, OrderPaid]);
    const retrying = await read('retrying', [v2], () => {
      throw new Error('later');
    });
    await read('hopeless', [OrderPlaced], () => {
      throw new NonRetryableError('never');
    });
    await shop.publish(OrderPlaced, anOrder, tenant);
    for (let i = 0; i < 2; i += 1) await shop.publish(v2, anOrder, tenant);
    await shop.publish(OrderPaid, anOrder, tenant);
    const settled = async () => {
      const [retries, parked] = ['retrying', 'hopeless'].map((name) => `{hyvve:0}:group:${name}:rows`);
      return (await stage.redis.hlen(retries ?? '')) + (await stage.redis.hlen(parked ?? '')) === 5;
    };
    await until('all is settled', settled);
    await until('all are dead', async () => (await stage.redis.xlen('{hyvve:0}:dlq')) === 4);
    await retrying.close();
    const counts = await scan(type);
    expect(counts).toMatchObject({ 'stream 1': 1, 'stream 2': 2, 'replayable 1': 1, 'replayable 2': 2 });
    expect(counts).toMatchObject({ 'retry retrying 2': 2, 'retry hopeless 2': 2 });
    const dead = { 'dead-letter hopeless 1': 1, 'dead-letter retrying 1': 1, 'dead-letter done 1': 1 };
    expect(counts).toMatchObject(dead);
    expect(Object.keys(counts).filter((name) => name.startsWith('unfinished'))).toEqual([]);
  });

  it('entries that no group has read, or that are pending, are unfinished; those of retired groups are replayable', async () => {
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    await shop.publish(v2, anOrder, tenant);
    await stage.redis.xgroup('CREATE', '{hyvve:0}:events', 'slow', '0');
    await stage.redis.xreadgroup('GROUP', 'slow', 'one', 'COUNT', 1, 'STREAMS', '{hyvve:0}:events', '>');
    expect(await scan(type)).toEqual({
      'stream 1': 1,
      'stream 2': 1,
      'unfinished slow 1': 1,
      'unfinished slow 2': 1,
    });
    await stage.redis.hset('{hyvve:0}:groups', 'slow', '1');
    await stage.operator.retireGroup('slow', { actor: 'ann' });
    expect(await scan(type)).toMatchObject({ 'replayable 1': 1, 'replayable 2': 1, 'unfinished slow 1': 1 });
  });

  it('reads more than one step, all retries, and unfinished entries of replays', async () => {
    const pipeline = stage.redis.pipeline();
    for (let i = 0; i < 1_203; i += 1) {
      const envelope = JSON.stringify({ type, version: i % 3 === 0 ? '1.0.0' : '2.0.0' });
      pipeline.xadd('{hyvve:0}:events', '*', 'e', envelope);
      pipeline.hset(
        '{hyvve:0}:group:billing:rows',
        `ref-${i}`,
        JSON.stringify({ envelope, streamId: '1-1', attempt: 1 }),
      );
    }
    pipeline.hset('{hyvve:0}:groups', 'billing', '1');
    pipeline.xadd(
      '{hyvve:0}:events:replay',
      '*',
      'e',
      JSON.stringify({ type, version: '1.0.0' }),
      'b',
      'x',
      'to',
      '{}',
    );
    pipeline.xgroup('CREATE', '{hyvve:0}:events:replay', 'billing', '0');
    await pipeline.exec();
    expect(await scan()).toEqual({
      [`stream ${type} 1`]: 401,
      [`stream ${type} 2`]: 802,
      [`replayable ${type} 1`]: 401,
      [`replayable ${type} 2`]: 802,
      [`retry billing ${type} 1`]: 401,
      [`retry billing ${type} 2`]: 802,
      [`replay billing ${type} 1`]: 1,
    });
  });

  it('says when it is complete, how much it has read, and the time of the newest entry', async () => {
    const { streamId } = await stage.bus('shop').publish(OrderPlaced, anOrder, tenant);
    const { cursor, scanned, total, found } = await stage.operator.versions.scan({ type });
    expect({ cursor, scanned, total }).toEqual({ cursor: undefined, scanned: 1, total: 1 });
    const lastAt = new Date(Number(streamId.split('-')[0])).toISOString();
    const count: Partial<VersionCount> = { place: 'stream', type, major: 1, count: 1, lastAt };
    expect(found).toContainEqual(count);
  });

  it('refuses a cursor that is not from a scan', async () => {
    const forged = [
      ['retries', 'billing', '0-0', 0],
      ['events', '', '7', 0],
      ['events', '', `${'9'.repeat(30)}-0`, 0],
      ['groups', '', '0-0', 0],
    ].map((position) => Buffer.from(JSON.stringify(position)).toString('base64url'));
    for (const cursor of ['x', ...forged]) {
      await expect(stage.operator.versions.scan({ cursor })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });
});
