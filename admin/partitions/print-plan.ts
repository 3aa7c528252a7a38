import type { PartitionPlan, SlotMove } from '@hyvve-events/runtime';
import { columns, type Paint } from './terminal.js';

/** The lines that describe a plan. */
export function planLines(plan: PartitionPlan, paint: Paint): readonly string[] {
  const { present, count, version, masters, moves } = plan;
  const growth = present === count ? `${count} partitions` : `${present} → ${count} partitions`;
  const place = masters.length === 0 ? 'one server' : `${masters.length} masters`;
  return [
    paint('bold', `${growth}, ${version}, ${place}`),
    '',
    ...partitionLines(plan),
    '',
    ...(masters.length === 0 ? ['One server has all partitions: there is nothing to move.'] : masterLines(plan)),
    ...moves.flatMap((move) => ['', ...moveLines(move, paint)]),
    ...(present === count ? [] : ['', `Then: hyvve-events-admin partitions grow ${count}`]),
  ];
}

function partitionLines({ partitions }: PartitionPlan): readonly string[] {
  const rows = partitions.map(({ partition, slot, server = 'unknown', exists, parent, moveTo }) => [
    partition,
    slot,
    moveTo === undefined ? server : `${server} → ${moveTo}`,
    exists ? 'exists' : `split from ${parent}`,
  ]);
  return columns([['partition', 'slot', 'server', ''], ...rows]);
}

function masterLines(plan: PartitionPlan): readonly string[] {
  const { masters, moves, count, atomicMigration } = plan;
  const rows = masters.map(({ address, partitions, planned }) => [address, partitions, planned]);
  const numbers = masters.map(({ planned }) => planned);
  const isUneven = Math.max(...numbers) - Math.min(...numbers) > 1;
  const full = moves.filter(({ kind }) => kind === 'atomic').length;
  const empty = moves.length - full;
  return [
    ...columns([['master', `of ${count} partitions`, 'after the moves'], ...rows]),
    '',
    empty === 0
      ? 'No empty slot has to be moved.'
      : `Move ${slots(empty, 'empty ')} before the growth. No data is copied.`,
    ...(full === 0 ? [] : [`Move ${slots(full)} with keys, in the background, when the load is low.`]),
    ...(isUneven && !atomicMigration
      ? [
          'The numbers stay uneven, because the other slots have keys. Do not move those with this version of the server:',
          'redis-cli --cluster reshard and rebalance stop both masters while they copy. Later growths can make it even.',
        ]
      : []),
  ];
}

function slots(count: number, kind = ''): string {
  return `${count} ${kind}${count === 1 ? 'slot' : 'slots'}`;
}

function moveLines({ kind, slot, partitions, from, to, keys, commands }: SlotMove, paint: Paint): readonly string[] {
  const of = partitions.length === 1 ? `partition ${partitions[0]}` : `partitions ${partitions.join(', ')}`;
  const check =
    kind === 'empty' ? 'COUNTKEYSINSLOT must print 0' : `${keys} keys; repeat the last command until it has ended`;
  return [paint('dim', `# slot ${slot}, ${of}: ${from} → ${to}; ${check}`), ...commands];
}
