import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, type PrivateRedis, startRedis } from './redis-server.js';

/** A node of a cluster, with a client that is connected to it. */
export interface JoiningNode {
  readonly server: PrivateRedis;
  readonly redis: Redis;
}

/** The private servers of a Redis Cluster: the masters, then a replica of each if there are replicas. */
export interface RedisNodes {
  readonly nodes: readonly JoiningNode[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** Arguments of a server that makes it a node of a cluster. @param nodeTimeoutMs `cluster-node-timeout`, in milliseconds. */
export async function clusterArgs(nodeTimeoutMs: number): Promise<readonly string[]> {
  // The default cluster port is 10,000 above the port, which may be out of range.
  const busPort = String(await freePort());
  return ['--cluster-enabled', 'yes', '--cluster-port', busPort, '--cluster-node-timeout', String(nodeTimeoutMs)];
}

/**
 * Assigns all slots to the first `masters` nodes, and makes all nodes know each other.
 * @throws Error if they do not within 30 s
 */
export async function joinNodes(nodes: readonly JoiningNode[], masters: number): Promise<void> {
  await Promise.all(
    nodes.map(async ({ redis, server }, index) => {
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      if (index < masters) {
        const from = Math.ceil((16_384 * index) / masters);
        const to = Math.ceil((16_384 * (index + 1)) / masters) - 1;
        await redis.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      }
      const [, busPort] = (await redis.config('GET', 'cluster-port')) as [string, string];
      if (index > 0) await nodes[0]?.redis.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort);
    }),
  );
  const end = performance.now() + 30_000;
  for (;;) {
    const infos = await Promise.all(nodes.map(({ redis }) => redis.cluster('INFO')));
    const known = `cluster_known_nodes:${nodes.length}`;
    if (infos.every((info) => info.includes('cluster_state:ok') && info.includes(known))) return;
    if (performance.now() > end) throw new Error('the nodes of the cluster do not know each other after 30 s');
    await sleep(10);
  }
}

/** Makes the nodes after the first `masters` their replicas, in turns. */
export async function replicate(nodes: readonly JoiningNode[], masters: number): Promise<void> {
  await Promise.all(
    nodes.slice(masters).map(async ({ redis }, index) => {
      const id = await nodes[index % masters]?.redis.call('CLUSTER', 'MYID');
      await redis.call('CLUSTER', 'REPLICATE', String(id));
    }),
  );
}

/**
 * Starts masters that have an equal share of the slots.
 * @param replicas Of each master. Default 0. @param nodeTimeoutMs `cluster-node-timeout`, in milliseconds. Default 5,000.
 */
export async function startMasters(count: number, { replicas = 0, nodeTimeoutMs = 5_000 } = {}): Promise<RedisNodes> {
  const start = async (): Promise<JoiningNode> => {
    const args = [...(await clusterArgs(nodeTimeoutMs)), '--cluster-require-full-coverage', 'no'];
    const server = await startRedis([...args, '--repl-diskless-sync-delay', '0']);
    const redis = new Redis(server.url);
    redis.on('error', () => undefined);
    return { server, redis };
  };
  const nodes = await Promise.all(Array.from({ length: count * (1 + replicas) }, start));
  await joinNodes(nodes, count);
  await replicate(nodes, count);
  return {
    nodes,
    urls: nodes.map(({ server }) => server.url),
    stop: async () => {
      for (const { redis } of nodes) redis.disconnect();
      await Promise.all(nodes.map(({ server }) => server.stop()));
    },
  };
}
