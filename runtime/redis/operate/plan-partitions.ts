import { EventBusError } from '../../errors.js';
import type { PartitionPlan } from '../../operate/partition-operations.js';
import { explainUnavailable } from '../connection/explain-unavailable.js';
import { hashSlot } from '../connection/hash-slot.js';
import type { Nodes } from '../connection/nodes.js';
import { mapTag, partitionKeys, partitionTag } from '../store/keys.js';
import { type ClusterMaster, clusterMastersIn } from './cluster-masters.js';
import { moveCommands } from './move-commands.js';
import { planMoves, type UsedSlot } from './plan-moves.js';
import { serverVersionIn } from './server-version.js';

/** What is planned: the present number of partitions, and the one after the growth. */
export interface PlannedCount {
  readonly present: number;
  readonly count: number;
}

/**
 * Reads where the slots of the partitions after a growth are, and plans which of them to move.
 * @param masters Addresses of the masters that get partitions; undefined for all.
 * @throws EventBusError `CONFIG_INVALID` when there is no such master; `UNAVAILABLE`
 */
export async function planPartitions(
  nodes: Nodes,
  prefix: string,
  { present, count }: PlannedCount,
  masters: readonly string[] | undefined,
): Promise<PartitionPlan> {
  const map = nodes.link(mapTag(prefix));
  const version = serverVersionIn(await map.ask((redis) => redis.info('server')));
  const isCluster = nodes.masters().some(({ slots }) => slots !== undefined);
  const all = isCluster ? await mastersOf(nodes, prefix) : [];
  const targets = checkedTargets(isCluster ? all.map(({ address }) => address) : addressesOf(nodes), masters);
  const slots = isCluster ? await usedSlots(nodes, prefix, count) : [];
  const planned = planMoves(slots, isCluster ? targets : [], version.atomicMigration);
  const movedTo = new Map(planned.moves.flatMap(({ partitions, to }) => partitions.map((each) => [each, to] as const)));
  return {
    present,
    count,
    version: `${version.product} ${version.version}`,
    atomicMigration: version.atomicMigration,
    partitions: Array.from({ length: count }, (_, partition) => ({
      partition,
      slot: hashSlot(partitionTag(prefix, partition)),
      server: nodes.masterOf(partitionTag(prefix, partition)),
      exists: partition < present,
      parent: partition < present ? undefined : partition - 2 ** Math.floor(Math.log2(partition)),
      moveTo: movedTo.get(partition),
    })),
    masters: planned.masters,
    moves: planned.moves.map(({ owner: from, ...move }) => {
      return { ...move, from, commands: moveCommands(move, masterAt(all, from), masterAt(all, move.to), version) };
    }),
  };
}

function addressesOf(nodes: Nodes): readonly string[] {
  return nodes.masters().map(({ address }) => address);
}

async function mastersOf(nodes: Nodes, prefix: string): Promise<readonly ClusterMaster[]> {
  const tag = mapTag(prefix);
  const reply = await nodes.link(tag).ask((redis) => redis.cluster('NODES'));
  return clusterMastersIn(String(reply), nodes.masters(), nodes.masterOf(tag) ?? '');
}

function masterAt(all: readonly ClusterMaster[], address: string): ClusterMaster {
  const found = all.find((master) => master.address === address);
  if (found !== undefined) return found;
  throw new EventBusError('UNAVAILABLE', `the cluster does not name the master ${address} at present: try again`);
}

function checkedTargets(known: readonly string[], given: readonly string[] | undefined): readonly string[] {
  const other = given?.find((address) => !known.includes(address));
  if (other === undefined) return given ?? known;
  const problem = `partitions.plan: there is no master ${other}: the masters are ${known.join(', ')}`;
  throw new EventBusError('CONFIG_INVALID', problem);
}

/** The slots of the first `count` partitions. */
async function usedSlots(nodes: Nodes, prefix: string, count: number): Promise<readonly UsedSlot[]> {
  const bySlot = new Map<number, number[]>();
  for (let partition = 0; partition < count; partition += 1) {
    const slot = hashSlot(partitionTag(prefix, partition));
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), partition]);
  }
  return Promise.all(
    [...bySlot].map(async ([slot, partitions]) => {
      const tag = partitionTag(prefix, partitions[0] ?? 0);
      const { partition } = partitionKeys(prefix, partitions[0] ?? 0);
      const counting = nodes.link(tag).ask(async (redis) => {
        // It is redirected if another node has the slot; COUNTKEYSINSLOT would count 0 there.
        await redis.exists(partition);
        return redis.cluster('COUNTKEYSINSLOT', slot);
      });
      const keys = await counting.catch((error: unknown) => {
        const place = `slot ${slot} (partition ${partitions.join(', ')}), which ${nodes.masterOf(tag) ?? 'no master'} has`;
        throw explainUnavailable(error, (message) => `${place}: ${message}`);
      });
      return { slot, partitions, keys: Number(keys), owner: nodes.masterOf(tag) ?? '' };
    }),
  );
}
