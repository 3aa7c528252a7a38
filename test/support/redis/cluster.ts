import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { hashSlot } from '../../../runtime/redis/connection/hash-slot.js';
import { replyCode } from '../../../runtime/redis/connection/redis-error.js';
import { clusterArgs, joinNodes, replicate } from '../../../scripts/redis-cluster.js';
import { freePort, type PrivateRedis, startRedis } from '../../../scripts/redis-server.js';
import { until } from '../wait.js';

export interface ClusterSize {
  readonly masters: number;
  /** Replicas of each master. Default 0. */
  readonly replicas?: number;
  /** `cluster-node-timeout`, in milliseconds. Default 1,000. */
  readonly nodeTimeoutMs?: number;
  /** Further arguments of each server. */
  readonly args?: readonly string[];
  /** Variables of each server, in their order. Default: none. */
  readonly env?: readonly Readonly<Record<string, string>>[];
  /** A certificate and its key, for a second port of each server. Default: no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A node of a {@link TestCluster}. */
export interface ClusterNode {
  readonly server: PrivateRedis;
  /** A client that is connected to this node. */
  readonly redis: Redis;
  readonly id: string;
  /** 0 without TLS. */
  readonly tlsPort: number;
}

/** A Redis Cluster for the tests in a file. */
export interface TestCluster {
  readonly nodes: readonly ClusterNode[];
  /** URLs of all nodes. */
  readonly urls: readonly string[];
  /** The node that has the keys of a hash tag at present. */
  ownerOf(tag: string): Promise<ClusterNode>;
  /** A replica of a node. */
  replicaOf(node: ClusterNode): Promise<ClusterNode>;
  /** A master that does not have the keys of a hash tag. */
  otherThan(owner: ClusterNode): Promise<ClusterNode>;
  /** Makes the node stop without an end: it keeps its connections and replies to nothing. */
  pause(node: ClusterNode): void;
  resume(node: ClusterNode): void;
  /** Makes a replica the master, by agreement with its master. */
  failover(replica: ClusterNode): Promise<void>;
  /** Begins to move a slot, by the protocol before Redis 8.4. */
  beginMove(slot: number, from: ClusterNode, to: ClusterNode): Promise<void>;
  cancelMove(slot: number, from: ClusterNode, to: ClusterNode): Promise<void>;
  /** Moves the keys of a slot whose move has begun, and the slot. */
  endMove(slot: number, from: ClusterNode, to: ClusterNode): Promise<void>;
  /** Moves slots of one node by `redis-cli --cluster reshard`. */
  reshard(slots: number, from: ClusterNode, to: ClusterNode): Promise<void>;
  /** Resolves when every node sees a master for every slot, and each master has its replicas. */
  whole(): Promise<void>;
  /** Deletes all keys. */
  empty(): Promise<void>;
}

/** Starts a cluster for the tests in a file. */
export function useCluster(size: ClusterSize): { readonly cluster: TestCluster } {
  let cluster: TestCluster | undefined;
  beforeAll(async () => {
    cluster = await startCluster(size);
  }, 30_000);
  afterAll(async () => {
    for (const { redis } of cluster?.nodes ?? []) redis.disconnect();
    await Promise.all((cluster?.nodes ?? []).map(({ server }) => server.stop()));
  });
  return {
    get cluster() {
      if (cluster === undefined) throw new Error('the cluster has not started');
      return cluster;
    },
  };
}

/**
 * Waits until the replica of a master has all its writes. The master writes nothing more until it is killed: what it acknowledged after
 * the wait might be lost with it, as replication is asynchronous.
 */
export async function bringInStep(master: Redis): Promise<void> {
  await master.client('PAUSE', 20_000, 'WRITE');
  if ((await master.wait(1, 5_000)) === 0) throw new Error('the replica is not in step');
}

async function startNode(size: ClusterSize, index: number): Promise<ClusterNode> {
  const { nodeTimeoutMs = 1_000, args = [], tls } = size;
  const tlsPort = tls === undefined ? 0 : await freePort();
  const tlsArgs =
    tls === undefined
      ? []
      : [
          ...['--tls-port', String(tlsPort), '--tls-cert-file', tls.cert, '--tls-key-file', tls.key],
          ...['--tls-ca-cert-file', tls.cert, '--tls-auth-clients', 'no', '--tls-cluster', 'yes'],
        ];
  const all = [
    ...(await clusterArgs(nodeTimeoutMs)),
    ...['--cluster-require-full-coverage', 'no', '--cluster-allow-replica-migration', 'no'],
    // A replica copies a small data set at once, without the usual wait of five seconds.
    ...['--repl-diskless-sync-delay', '0', '--appendfsync', 'always'],
    ...tlsArgs,
    ...args,
  ];
  const server = await startRedis(all, undefined, size.env?.[index]);
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  return { server, redis, id: String(await ofCluster({ redis }, 'MYID')), tlsPort };
}

async function startCluster(size: ClusterSize): Promise<TestCluster> {
  const { masters, replicas = 0 } = size;
  const count = masters * (1 + replicas);
  const nodes = await Promise.all(Array.from({ length: count }, (_, index) => startNode(size, index)));
  await joinNodes(nodes, masters);
  await replicate(nodes, masters);
  const cluster = testCluster(nodes, masters * replicas);
  await cluster.whole();
  return cluster;
}

interface SeenNode {
  readonly id: string;
  readonly flags: readonly string[];
  readonly master: string;
  readonly linked: boolean;
  /** Ranges of slots, without those that are being moved. */
  readonly slots: string;
}

/** Sends a CLUSTER command. A node that loads a copy of its master's data executes it only afterwards. */
async function ofCluster(
  { redis }: Pick<ClusterNode, 'redis'>,
  ...args: readonly (string | number)[]
): Promise<unknown> {
  for (;;) {
    try {
      return await redis.call('CLUSTER', ...args);
    } catch (error) {
      if (replyCode(error) !== 'LOADING') throw error;
      await sleep(50);
    }
  }
}

async function seenBy(node: ClusterNode): Promise<readonly SeenNode[]> {
  const lines = String(await ofCluster(node, 'NODES'))
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [id = '', , flags = '', master = '', , , , link = '', ...ranges] = line.split(' ');
    const slots = ranges.filter((range) => !range.startsWith('[')).join(' ');
    return { id, flags: flags.split(','), master, linked: link === 'connected', slots };
  });
}

function testCluster(nodes: readonly ClusterNode[], replicas: number): TestCluster {
  const byId = (id: string) => {
    const found = nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  };
  /** A node that replies. */
  const anyNode = async () => await Promise.any(nodes.map((node) => node.redis.ping().then(() => node)));
  const setSlot = (node: ClusterNode, ...args: (string | number)[]) => ofCluster(node, 'SETSLOT', ...args);
  const cluster: TestCluster = {
    nodes,
    urls: nodes.map(({ server }) => server.url),
    ownerOf: async (tag) => {
      const slot = hashSlot(tag);
      const ranges = (await ofCluster(await anyNode(), 'SLOTS')) as [number, number, [string, number, string]][];
      const range = ranges.find(([from, to]) => from <= slot && slot <= to);
      return byId(range?.[2][2] ?? '');
    },
    replicaOf: async (master) => {
      const seen = await seenBy(await anyNode());
      return byId(seen.find((node) => node.master === master.id && !node.flags.includes('fail'))?.id ?? '');
    },
    otherThan: async (owner) => {
      const seen = await seenBy(await anyNode());
      return byId(seen.find(({ id, flags }) => id !== owner.id && flags.includes('master'))?.id ?? '');
    },
    pause: ({ server }) => process.kill(server.pid, 'SIGSTOP'),
    resume: ({ server }) => process.kill(server.pid, 'SIGCONT'),
    failover: async (replica) => {
      await ofCluster(replica, 'FAILOVER');
      await until('the replica is the master', async () => {
        return (await seenBy(replica)).some(({ id, flags }) => id === replica.id && flags.includes('master'));
      });
    },
    beginMove: async (slot, from, to) => {
      await setSlot(to, slot, 'IMPORTING', from.id);
      await setSlot(from, slot, 'MIGRATING', to.id);
    },
    cancelMove: async (slot, from, to) => {
      await setSlot(from, slot, 'STABLE');
      await setSlot(to, slot, 'STABLE');
    },
    endMove: async (slot, from, to) => {
      for (;;) {
        const keys = (await ofCluster(from, 'GETKEYSINSLOT', slot, 100)) as string[];
        if (keys.length === 0) break;
        await from.redis.call('MIGRATE', '127.0.0.1', to.server.port, '', 0, 5_000, 'KEYS', ...keys);
      }
      await setSlot(to, slot, 'NODE', to.id);
      await setSlot(from, slot, 'NODE', to.id);
    },
    reshard: async (slots, from, to) => {
      await promisify(execFile)('redis-cli', [
        ...['--cluster', 'reshard', `127.0.0.1:${from.server.port}`, '--cluster-from', from.id, '--cluster-to', to.id],
        ...['--cluster-slots', String(slots), '--cluster-yes'],
      ]);
    },
    whole: async () => {
      await until('the cluster is whole', async () => {
        const infos = await Promise.all(nodes.map((node) => ofCluster(node, 'INFO')));
        if (!infos.every((info) => String(info).includes('cluster_state:ok'))) return false;
        const roles = await Promise.all(nodes.map(({ redis }) => redis.info('replication')));
        const linked = roles.filter((text) => text.includes('master_link_status:up'));
        const masters = roles.filter((text) => text.includes('role:master'));
        const seen = await Promise.all(nodes.map(seenBy));
        const isSeen = seen.every((all) =>
          all.every(({ flags, linked: is }) => is && !flags.some((flag) => flag.startsWith('fail'))),
        );
        const views = seen.map((all) =>
          all
            .map(({ id, master, slots }) => `${id} ${master} ${slots}`)
            .sort()
            .join(),
        );
        const isAgreed = new Set(views).size === 1;
        return linked.length === replicas && masters.length === nodes.length - replicas && isSeen && isAgreed;
      });
    },
    empty: async () => {
      await Promise.all(nodes.map(({ redis }) => redis.flushall().catch(() => undefined)));
    },
  };
  return cluster;
}
