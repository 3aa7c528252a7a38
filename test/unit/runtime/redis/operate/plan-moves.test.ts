import { expect, it } from 'vitest';
import { planMoves, type UsedSlot } from '../../../../../runtime/redis/operate/plan-moves.js';

const [a, b, c] = ['10.0.0.1:6379', '10.0.0.2:6379', '10.0.0.3:6379'];

/** One slot for each letter: the master that has it; an upper-case letter for a slot with keys. */
function slotsOf(owners: string): UsedSlot[] {
  return [...owners].map((owner, index) => ({
    slot: 100 + index,
    partitions: [index],
    keys: owner === owner.toUpperCase() ? 7 : 0,
    owner: { a, b, c }[owner.toLowerCase()] ?? '',
  }));
}

it.each([
  ['nothing has to move', 'aabbcc', [a, b, c], false, [], [2, 2, 2]],
  ['an odd one stays', 'aaabbcc', [a, b, c], false, [], [3, 2, 2]],
  ['16 on 3 masters, 8/4/4', 'aaaaaaaabbbbcccc', [a, b, c], false, ['0 b', '1 c'], [6, 5, 5]],
  ['a new master gets its share', 'aabb', [a, b, c], false, ['0 c'], [1, 2, 1]],
  ['slots with keys stay without an atomic migration', 'AaAA', [a, b], false, ['1 b'], [3, 1, 0]],
  ['slots with keys are moved last with an atomic migration', 'AaAA', [a, b], true, ['1 b', '0 b'], [2, 2, 0]],
  ['a master that gets none gives away the empty slots', 'aAbc', [b, c], false, ['0 b'], [1, 2, 1]],
  ['and with an atomic migration all', 'aAbc', [b, c], true, ['0 b', '1 c'], [0, 2, 2]],
])('%s', (_name, owners, targets, atomicMigration, moves, planned) => {
  const plan = planMoves(slotsOf(owners), targets, atomicMigration);
  expect(plan.moves.map(({ partitions, to }) => `${partitions} ${{ [a]: 'a', [b]: 'b', [c]: 'c' }[to]}`)).toEqual(
    moves,
  );
  const loads = new Map(plan.masters.map((master) => [master.address, master.planned]));
  expect([a, b, c].map((address) => loads.get(address) ?? 0)).toEqual(planned);
});

it('slots with several partitions are moved as one', () => {
  const slots = [
    { slot: 1, partitions: [0, 1, 2], keys: 0, owner: a },
    { slot: 2, partitions: [3], keys: 0, owner: a },
  ];
  expect(planMoves(slots, [a, b], false).moves).toMatchObject([{ slot: 1, to: b }]);
});
