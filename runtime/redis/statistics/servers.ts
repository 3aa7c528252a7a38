import { EventBusError } from '../../errors.js';
import type { ServerStatistics } from '../../operate/statistics.js';
import type { Link } from '../connection/link.js';
import type { Nodes } from '../connection/nodes.js';
import type { Partitions } from '../partitions/partitions.js';
import { partitionTag } from '../store/keys.js';
import { memoryIn } from './snapshot.js';

/** Time that a server may take to reply, in milliseconds. */
const patienceMs = 2_000;

/** Reads the state of each server. @throws EventBusError `UNAVAILABLE` when no server with a partition replies */
export async function readServers(
  nodes: Nodes,
  prefix: string,
  partitions: Partitions,
): Promise<readonly ServerStatistics[]> {
  const all = await partitions.all();
  const reads = await Promise.all(
    nodes.masters().map(async ({ address, slots }) => {
      const own = all.filter(({ index }) => nodes.masterOf(partitionTag(prefix, index)) === address);
      const { memory, silence } = own[0] === undefined ? {} : await memoryOf(own[0].connection);
      const status = own.length === 0 ? 'unused' : memory === undefined ? 'away' : 'reachable';
      const server: ServerStatistics = { address, slots, partitions: own.map(({ index }) => index), status, memory };
      return { server, silence };
    }),
  );
  const silence = reads.find((read) => read.silence !== undefined)?.silence;
  if (silence !== undefined && reads.every(({ server }) => server.status !== 'reachable')) throw silence;
  return reads.map(({ server }) => server);
}

/** The memory of the server of a link, or the error with which it does not reply. */
async function memoryOf(
  link: Link,
): Promise<{ readonly memory?: ServerStatistics['memory']; readonly silence?: EventBusError }> {
  try {
    return { memory: memoryIn(await link.ask((redis) => redis.info('memory'), patienceMs)) };
  } catch (error) {
    if (error instanceof EventBusError && error.code === 'UNAVAILABLE') return { silence: error };
    throw error;
  }
}
