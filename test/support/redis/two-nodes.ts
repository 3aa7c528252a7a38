import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { freePort, type PrivateRedis, startRedis } from '../../../scripts/redis-server.js';
import { until } from '../wait.js';

/** Two masters of a Redis Cluster. The first has every slot. */
export interface TwoNodes {
  readonly servers: readonly [PrivateRedis, PrivateRedis];
  /** One client for each node. */
  readonly owner: Redis;
  readonly other: Redis;
  /** Begins to move a slot away from its owner, by the protocol before Redis 8.4. */
  migrate(slot: number): Promise<void>;
  /** Cancels the move. */
  settleSlot(slot: number): Promise<void>;
  /** Completes the move of the slot to the other node. */
  moveSlot(slot: number): Promise<void>;
}

/** Starts a cluster for the tests in a file. */
export function useTwoNodes(): { readonly nodes: TwoNodes } {
  let nodes: TwoNodes | undefined;
  beforeAll(async () => {
    nodes = await startTwoNodes();
  });
  afterAll(async () => {
    nodes?.owner.disconnect();
    nodes?.other.disconnect();
    await Promise.all((nodes?.servers ?? []).map((server) => server.stop()));
  });
  return {
    get nodes() {
      if (nodes === undefined) throw new Error('the cluster has not started');
      return nodes;
    },
  };
}

async function startNode(): Promise<PrivateRedis> {
  // The default cluster port is 10,000 above the port, which may be out of range.
  const busPort = String(await freePort());
  const own = ['--cluster-enabled', 'yes', '--cluster-port', busPort, '--cluster-node-timeout', '5000'];
  // A master without slots must not become a replica.
  return startRedis([...own, '--cluster-allow-replica-migration', 'no']);
}

async function startTwoNodes(): Promise<TwoNodes> {
  const servers = [await startNode(), await startNode()] as const;
  const [owner, other] = [new Redis(servers[0].url), new Redis(servers[1].url)];
  await owner.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  await other.call('CLUSTER', 'SET-CONFIG-EPOCH', 2);
  const [, otherBusPort] = (await other.config('GET', 'cluster-port')) as [string, string];
  await owner.call('CLUSTER', 'MEET', '127.0.0.1', servers[1].port, otherBusPort);
  await until('both nodes know the owner of every slot', async () => {
    const infos = await Promise.all([owner, other].map((node) => node.cluster('INFO')));
    return infos.every((info) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:2'));
  });
  const idOf = async (node: Redis) => String(await node.cluster('MYID' as 'INFO'));
  const [ownerId, otherId] = [await idOf(owner), await idOf(other)];
  const set = (node: Redis, ...args: (string | number)[]) => node.call('CLUSTER', 'SETSLOT', ...args);
  return {
    servers,
    owner,
    other,
    migrate: async (slot) => {
      await set(other, slot, 'IMPORTING', ownerId);
      await set(owner, slot, 'MIGRATING', otherId);
    },
    settleSlot: async (slot) => {
      await set(owner, slot, 'STABLE');
      await set(other, slot, 'STABLE');
    },
    moveSlot: async (slot) => {
      await set(other, slot, 'NODE', otherId);
      await set(owner, slot, 'NODE', otherId);
    },
  };
}
