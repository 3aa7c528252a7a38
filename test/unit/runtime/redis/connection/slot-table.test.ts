import { expect, it } from 'vitest';
import { SlotTable } from '../../../../../runtime/redis/connection/slot-table.js';

const asked = { host: '10.0.0.9', port: 1 };

function table(natMap = new Map<string, { host: string; port: number }>()): SlotTable {
  const made = new SlotTable(natMap);
  const reply = [
    [0, 99, ['a', 7000, 'id'], ['b', 7001, 'id']],
    [100, 199, ['', 7002, 'id']],
    [200, 299, [null, 7003, 'id']],
    [300, 16_383, ['2001:db8::1', 7004, 'id']],
  ];
  expect(made.read(reply, asked)).toBe(true);
  return made;
}

it('names the master of each slot; a node that does not know its host is the one that was asked', () => {
  const owners = [0, 99, 100, 299, 16_383].map((slot) => table().ownerOf(slot));
  expect(owners).toEqual(['a:7000', 'a:7000', '10.0.0.9:7002', '10.0.0.9:7003', '2001:db8::1:7004']);
});

it('lists each master with its slots, by its first slot', () => {
  const made = table();
  made.read(
    [
      [200, 299, ['b', 2]],
      [0, 99, ['a', 1]],
      [100, 199, ['b', 2]],
    ],
    asked,
  );
  made.move('MOVED 300 c:3', asked);
  expect(made.masters).toEqual([
    { address: 'a:1', slots: [{ from: 0, to: 99 }] },
    {
      address: 'b:2',
      slots: [
        { from: 100, to: 199 },
        { from: 200, to: 299 },
      ],
    },
    { address: 'c:3', slots: [] },
  ]);
});

it('an empty reply changes nothing: the node is in no cluster yet', () => {
  const made = table();
  expect(made.read([], asked)).toBe(false);
  expect(made.ownerOf(5)).toBe('a:7000');
});

it('a redirection names the new owner of one slot, until the next reply', () => {
  const made = table();
  expect(made.move('MOVED 5 c:7005', asked)).toBe('c:7005');
  expect(made.move('MOVED 6 :7005', asked)).toBe('10.0.0.9:7005');
  expect(made.move('ASK 7 c:7005', asked)).toBeUndefined();
  expect([5, 6, 7].map((slot) => made.ownerOf(slot))).toEqual(['c:7005', '10.0.0.9:7005', 'a:7000']);
  made.read([[0, 16_383, ['d', 1]]], asked);
  expect(made.ownerOf(5)).toBe('d:1');
});

it('natMap replaces the addresses that the cluster names, also in redirections', () => {
  const made = table(new Map([['a:7000', { host: 'localhost', port: 17_000 }]]));
  expect(made.ownerOf(5)).toBe('localhost:17000');
  expect(made.move('MOVED 400 a:7000', asked)).toBe('localhost:17000');
});
