import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, type PrivateRedis, startRedis } from './redis-server.js';

/** A node of a cluster, with a client that is connected to it. */
export interface JoiningNode {
  readonly server: PrivateRedis;
  readonly redis: Redis;
}

/** Private masters of a Redis Cluster without replicas. */
export interface RedisMasters {
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

/** Starts masters that have an equal share of the slots. */
export async function startMasters(count: number): Promise<RedisMasters> {
  const start = async (): Promise<JoiningNode> => {
    const server = await startRedis(await clusterArgs(5_000));
    return { server, redis: new Redis(server.url) };
  };
  const nodes = await Promise.all(Array.from({ length: count }, start));
  await joinNodes(nodes, count);
  return {
    nodes,
    urls: nodes.map(({ server }) => server.url),
    stop: async () => {
      for (const { redis } of nodes) redis.disconnect();
      await Promise.all(nodes.map(({ server }) => server.stop()));
    },
  };
}
