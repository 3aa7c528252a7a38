import { createEventBus, createEventOperator, type EventBusOptions, silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSlot } from '../../runtime/redis/connection/hash-slot.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { useCluster } from '../support/redis/cluster.js';
import { underLoad } from '../support/redis/cluster-load.js';
import { startProxy } from '../support/redis/tcp-proxy.js';
import { until } from '../support/wait.js';

const used = useCluster({ masters: 3, replicas: 1 });
const tenant = { tenantId: 'tenant-1' };
const tag = 'hyvve:0';
const slot = hashSlot(tag);

describe('⚑ a bus with the nodes of a Redis Cluster', () => {
  it('follows a manual failover: nothing is lost, no publish is rejected', async () => {
    const { cluster } = used;
    const { rejected, errors } = await underLoad({ nodes: cluster.urls }, async () => {
      const owner = await cluster.ownerOf(tag);
      await cluster.failover(await cluster.replicaOf(owner));
    });
    expect(rejected).toEqual([]);
    expect(errors).toEqual([]);
    await cluster.whole();
  });

  it('follows its slot to another master, and waits while the slot is being moved', async () => {
    const { cluster } = used;
    const from = await cluster.ownerOf(tag);
    const to = await cluster.otherThan(from);
    const { rejected } = await underLoad({ nodes: cluster.urls }, async () => {
      await cluster.beginMove(slot, from, to);
      await until('scripts are refused', async () => (await from.redis.info('errorstats')).includes('errorstat_'));
      await cluster.endMove(slot, from, to);
    });
    expect(rejected).toEqual([]);
    expect((await cluster.ownerOf(tag)).id).toBe(to.id);
    await cluster.whole();
  });

  it('SCRIPT FLUSH on every node: scripts are sent again', async () => {
    const { cluster } = used;
    const { rejected, errors } = await underLoad({ nodes: cluster.urls }, async () => {
      for (const { redis } of cluster.nodes) await redis.script('FLUSH');
    });
    expect({ rejected, errors }).toEqual({ rejected: [], errors: [] });
  });

  it('warns once for each master whose settings are not as recommended, if it may read them', async () => {
    const { cluster } = used;
    const { redis } = await cluster.ownerOf(tag);
    const warnings = async (options: Partial<EventBusOptions> = {}) => {
      const { logger, messages, lines } = recordingLogger();
      const bus = createEventBus({ service: 'shop', redis: { nodes: cluster.urls }, logger, ...options });
      await bus.publish(OrderPlaced, anOrder, tenant);
      await bus.close();
      return { messages: messages('warn'), lines: lines.filter(({ level }) => level === 'warn') };
    };
    expect((await warnings()).messages).toEqual([]);
    const set = (timeout: string, coverage: string, appendonly: string) =>
      redis.config(
        'SET',
        'cluster-node-timeout',
        timeout,
        'cluster-require-full-coverage',
        coverage,
        'appendonly',
        appendonly,
      );
    await set('15000', 'yes', 'no');
    try {
      const { messages, lines } = await warnings();
      expect(messages).toEqual([
        'settings of this Redis server make losses or standstills more likely: cluster-require-full-coverage is yes, recommended is no; ' +
          'cluster-node-timeout is 15000, recommended is 3000 to 5000; appendonly is no, recommended is yes',
      ]);
      expect(lines[0]?.fields).toMatchObject({ settings: [{ value: 'yes' }, { value: '15000' }, { value: 'no' }] });
      for (const node of cluster.nodes) {
        await node.redis.acl('SETUSER', 'limited', 'on', '>secret', '~*', '&*', '+@all', '-config');
      }
      const options = { username: 'limited', password: 'secret' };
      expect((await warnings({ redis: { nodes: cluster.urls, options } })).messages).toEqual([]);
    } finally {
      await set('1000', 'no', 'yes');
    }
  });

  it('a user with a password, and nodes of which the first does not exist', async () => {
    const { cluster } = used;
    for (const { redis } of cluster.nodes) {
      await redis.acl('SETUSER', 'bus', 'on', '>secret', '~*', '&*', '+@all');
    }
    const nodes = ['redis://127.0.0.1:1', ...cluster.urls];
    const ports = nodes.map((url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) }));
    const bus = createEventBus({
      service: 'shop',
      redis: { nodes: ports, options: { username: 'bus', password: 'secret' } },
      logger: silentLogger,
    });
    await bus.publish(OrderPlaced, anOrder, tenant);
    const { redis } = await cluster.ownerOf(tag);
    expect(String(await redis.client('LIST'))).toContain('user=bus');
    await bus.close();
    const wrong = createEventBus({
      service: 'shop',
      redis: { nodes: ports.slice(1), options: { username: 'bus', password: 'wrong' } },
      logger: silentLogger,
    });
    await expect(wrong.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'REDIS_DENIED' });
    await wrong.close();
    for (const node of cluster.nodes) await node.redis.acl('SETUSER', 'bus', '-cluster|slots');
    const denied = createEventBus({
      service: 'shop',
      redis: { nodes: ports, options: { username: 'bus', password: 'secret' } },
      logger: silentLogger,
    });
    await expect(denied.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({
      code: 'REDIS_DENIED',
      message: expect.stringContaining('CLUSTER|SLOTS'),
    });
    await denied.close();
  });

  it('natMap: nodes are reached by other addresses than those that the cluster names', async () => {
    const { cluster } = used;
    const proxies = await Promise.all(cluster.nodes.map(({ server }) => startProxy(server.port)));
    const natMap = Object.fromEntries(
      cluster.nodes.map(({ server }, index) => [
        `127.0.0.1:${server.port}`,
        { host: '127.0.0.1', port: Number(new URL(proxies[index]?.url ?? '').port) },
      ]),
    );
    const [first] = proxies;
    const bus = createEventBus({
      service: 'shop',
      redis: { nodes: [{ host: '127.0.0.1', port: Number(new URL(first?.url ?? '').port) }], natMap },
      logger: silentLogger,
    });
    await bus.publish(OrderPlaced, anOrder, tenant);
    const { redis } = await cluster.ownerOf(tag);
    // The connection to the owner goes through a proxy: without it, the bus loses the connection.
    expect(String(await redis.client('LIST'))).toContain('hyvve-events:shop');
    for (const proxy of proxies) await proxy.close();
    await until('it is disconnected', () => !bus.health().ready);
    await bus.close();
  });

  it('an operator reads there, and runs replays', async () => {
    const operator = createEventOperator({ redis: { nodes: used.cluster.urls } });
    const bus = createEventBus({ service: 'shop', redis: { nodes: used.cluster.urls }, logger: silentLogger });
    const { id, streamId } = await bus.publish(OrderPlaced, anOrder, tenant);
    const { entries } = await operator.feed.entries({ limit: 1, after: '0-0' }).then((page) => ({ entries: page }));
    expect(entries).toHaveLength(1);
    expect(await operator.status({ eventId: id })).toEqual(await operator.status({ streamId }));
    const { jobId } = await operator.replays.start({}, { actor: 'ann' });
    await until('the replay has ended', async () => (await operator.replays.get(jobId))?.status === 'completed');
    await Promise.all([bus.close(), operator.close()]);
  });
});

describe('a server that is not a node of a cluster', () => {
  let plain: { readonly url: string; stop(): Promise<void> };
  beforeAll(async () => {
    const { startRedis } = await import('../../scripts/redis-server.js');
    plain = await startRedis();
  });
  afterAll(() => plain.stop());

  it('is refused in { nodes }, with the fix', async () => {
    const bus = createEventBus({ service: 'shop', redis: { nodes: [plain.url] }, logger: silentLogger });
    await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining('not a node of a Redis Cluster'),
    });
    await bus.close();
    const redis = new Redis(plain.url);
    expect(await redis.dbsize()).toBe(0);
    redis.disconnect();
  });
});
