import type { ClusterMaster } from './cluster-masters.js';
import type { PlannedMove } from './plan-moves.js';
import type { ServerVersion } from './server-version.js';

/**
 * The commands for a shell that move a slot, in their order.
 *
 * An empty slot: from MIGRATING on, its owner creates no key in it, so that COUNTKEYSINSLOT stays 0, and the last command is refused
 * if there are keys all the same. A slot with keys: one command, which returns at once; the next one shows its progress.
 */
export function moveCommands(
  { kind, slot }: Pick<PlannedMove, 'kind' | 'slot'>,
  from: ClusterMaster,
  to: ClusterMaster,
  version: ServerVersion,
): readonly string[] {
  const at = ({ host, port }: ClusterMaster, command: string) => `redis-cli -h ${host} -p ${port} CLUSTER ${command}`;
  if (kind === 'empty') {
    return [
      at(to, `SETSLOT ${slot} IMPORTING ${from.id}`),
      at(from, `SETSLOT ${slot} MIGRATING ${to.id}`),
      at(from, `COUNTKEYSINSLOT ${slot}`),
      at(to, `SETSLOT ${slot} NODE ${to.id}`),
      at(from, `SETSLOT ${slot} NODE ${to.id}`),
    ];
  }
  if (version.product === 'Valkey') {
    return [at(from, `MIGRATESLOTS SLOTSRANGE ${slot} ${slot} NODE ${to.id}`), at(from, 'GETSLOTMIGRATIONS')];
  }
  return [at(to, `MIGRATION IMPORT ${slot} ${slot}`), at(to, 'MIGRATION STATUS ALL')];
}
