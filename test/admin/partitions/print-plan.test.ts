import type { PartitionPlan, SlotMove } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { planLines } from '../../../admin/partitions/print-plan.js';

const move: SlotMove = {
  kind: 'atomic',
  slot: 9,
  partitions: [1],
  keys: 7,
  from: 'one:1',
  to: 'two:2',
  commands: ['redis-cli …'],
};

/** A plan of two partitions, which exist, on two masters. */
function planOf(changes: Partial<PartitionPlan>): string {
  const plan: PartitionPlan = {
    present: 2,
    count: 2,
    version: 'Redis 7.0.15',
    atomicMigration: false,
    partitions: [0, 1].map((partition) => {
      return { partition, slot: 9, server: 'one:1', exists: true, parent: undefined, moveTo: undefined };
    }),
    masters: [
      { address: 'one:1', partitions: 2, planned: 2 },
      { address: 'two:2', partitions: 0, planned: 0 },
    ],
    moves: [],
    ...changes,
  };
  return planLines(plan, (_colour, text) => text).join('\n');
}

it('slots with keys that this version cannot move: the numbers stay uneven, and reshard is warned of', () => {
  const text = planOf({});
  expect(text).toContain('2 partitions, Redis 7.0.15, 2 masters');
  expect(text).toContain('No empty slot has to be moved.');
  expect(text).toContain('The numbers stay uneven');
  expect(text).not.toContain('Then: hyvve-events-admin partitions grow');
});

it('slots with keys are moved by an atomic migration, which runs in the background', () => {
  const text = planOf({ atomicMigration: true, moves: [move] });
  expect(text).toContain('Move 1 slot with keys, in the background');
  expect(text).toContain(
    '# slot 9, partition 1: one:1 → two:2; 7 keys; repeat the last command until it has ended\nredis-cli …',
  );
  expect(text).not.toContain('The numbers stay uneven');
});
