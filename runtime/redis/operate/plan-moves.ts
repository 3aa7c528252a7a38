import type { PlannedMaster, SlotMoveKind } from '../../operate/partition-operations.js';

/** A slot that has partitions. */
export interface UsedSlot {
  readonly slot: number;
  readonly partitions: readonly number[];
  /** Number of keys in the slot. */
  readonly keys: number;
  /** Address of the master that has it. */
  readonly owner: string;
}

/** A slot to move. */
export interface PlannedMove extends UsedSlot {
  readonly kind: SlotMoveKind;
  readonly to: string;
}

/** Masters with the partitions that they would have, and the moves. */
export interface PlannedMoves {
  readonly masters: readonly PlannedMaster[];
  readonly moves: readonly PlannedMove[];
}

/**
 * Moves as few slots as possible until each of the masters has the same number of partitions, or one more than another. Empty slots are moved
 * first. A slot with keys is moved only if the servers can migrate it atomically: the older protocol stops both masters.
 * @param targets Addresses of the masters that get partitions. Other masters give away what can be moved.
 */
export function planMoves(
  slots: readonly UsedSlot[],
  targets: readonly string[],
  atomicMigration: boolean,
): PlannedMoves {
  const addresses = [...new Set([...targets, ...slots.map(({ owner }) => owner)])].sort();
  const loads = new Map(addresses.map((address) => [address, loadOf(slots, address)]));
  const movable = {
    empty: slots.filter(({ keys }) => keys === 0),
    atomic: atomicMigration ? slots.filter(({ keys }) => keys > 0) : [],
  };
  const before = new Map(loads);
  const moves: PlannedMove[] = [];
  for (const kind of ['empty', 'atomic'] as const) {
    const left = [...movable[kind]];
    for (;;) {
      const found = nextMove(left, loads, targets);
      if (found === undefined) break;
      const { used, to } = found;
      left.splice(left.indexOf(used), 1);
      loads.set(used.owner, (loads.get(used.owner) ?? 0) - used.partitions.length);
      loads.set(to, (loads.get(to) ?? 0) + used.partitions.length);
      moves.push({ ...used, kind, to });
    }
  }
  const masters = addresses.map((address) => ({
    address,
    partitions: before.get(address) ?? 0,
    planned: loads.get(address) ?? 0,
  }));
  return { masters, moves };
}

function loadOf(slots: readonly UsedSlot[], address: string): number {
  return slots.filter(({ owner }) => owner === address).reduce((sum, { partitions }) => sum + partitions.length, 0);
}

/** The move that makes the numbers more equal; undefined if there is none. */
function nextMove(
  movable: readonly UsedSlot[],
  loads: ReadonlyMap<string, number>,
  targets: readonly string[],
): { readonly used: UsedSlot; readonly to: string } | undefined {
  const load = (address: string) => loads.get(address) ?? 0;
  const to = [...targets].sort((a, b) => load(a) - load(b))[0];
  if (to === undefined) return undefined;
  const isTarget = (address: string) => targets.includes(address);
  // First what must leave a master, then what the fullest one has too much of.
  const ordered = [...movable].sort(
    (a, b) => Number(isTarget(a.owner)) - Number(isTarget(b.owner)) || load(b.owner) - load(a.owner) || a.slot - b.slot,
  );
  const used = ordered.find(({ owner, partitions }) => !isTarget(owner) || load(owner) - load(to) > partitions.length);
  return used === undefined ? undefined : { used, to };
}
