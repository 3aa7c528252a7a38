import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Bag, type BagItem } from '../../../../runtime/support/bag.js';
import { TurnoverMap } from '../../../../runtime/support/turnover-map.js';

const itemOf = () => ({ bagIndex: 0, data: new Array<number>(128).fill(0.5) });
type Item = ReturnType<typeof itemOf>;

describe('Bag', () => {
  it('has the items that were added and not removed, whatever the order', () => {
    const bag = new Bag<BagItem>();
    const items = Array.from({ length: 5 }, () => ({ bagIndex: 0 }));
    for (const item of items) bag.add(item);
    const [first, second, third, fourth, fifth] = items as [BagItem, BagItem, BagItem, BagItem, BagItem];
    bag.delete(second);
    bag.delete(fifth);
    expect(new Set(bag)).toEqual(new Set([first, third, fourth]));
    bag.delete(first);
    bag.delete(first);
    expect([...bag]).toHaveLength(2);
    bag.delete(third);
    bag.delete(fourth);
    expect(bag.size).toBe(0);
  });

  it('removing an item that is not in it: does nothing', () => {
    const bag = new Bag<BagItem>();
    const [former, item] = [{ bagIndex: 0 }, { bagIndex: 0 }];
    bag.add(former);
    bag.clear();
    bag.add(item);
    bag.delete(former);
    expect([...bag]).toEqual([item]);
  });
});

describe('TurnoverMap', () => {
  it('is a map, in the order in which keys were added', () => {
    const map = new TurnoverMap<string, { n: number }>();
    const values = Array.from({ length: 2_000 }, (_, n) => ({ n }));
    for (const value of values) map.set(`k${value.n}`, value);
    for (const value of values) if (value.n % 10 !== 3) map.delete(`k${value.n}`, value);
    expect(map.size).toBe(200);
    expect([...map].map(({ n }) => n)).toEqual(values.map(({ n }) => n).filter((n) => n % 10 === 3));
    expect(map.get('k3')).toEqual({ n: 3 });
    expect(map.get('k4')).toBeUndefined();
  });

  it('removes a key only with its present value', () => {
    const map = new TurnoverMap<string, object>();
    const [former, present] = [{}, {}];
    map.set('a', former);
    map.set('a', present);
    expect(map.delete('a', former)).toBe(false);
    expect([map.size, map.get('a')]).toEqual([1, present]);
    expect(map.delete('a', present)).toBe(true);
    expect(map.delete('a', present)).toBe(false);
    map.set('a', former);
    expect([map.size, [...map]]).toEqual([1, [former]]);
  });
});

describe('the old generation of the heap', () => {
  const bag = new Bag<Item>();
  const map = new TurnoverMap<number, Item>();
  const set = new Set<Item>();
  let key = 0;

  it.each([
    ['Bag', { add: (item: Item) => bag.add(item), remove: (item: Item) => bag.delete(item) }],
    [
      'TurnoverMap',
      {
        add: (item: Item) => {
          item.bagIndex = key++;
          map.set(item.bagIndex, item);
        },
        remove: (item: Item) => map.delete(item.bagIndex, item),
      },
    ],
  ])('%s: few of the items that came and went reach it', (_name, collection) => {
    expect(promotedBytes(collection)).toBeLessThan(0.05 * turnoverBytes);
  });

  // As long as this holds, the two collections above are needed.
  it('Set: many of them do', () => {
    const promoted = promotedBytes({ add: (item) => set.add(item), remove: (item) => set.delete(item) });
    expect(promoted).toBeGreaterThan(0.2 * turnoverBytes);
  });
});

const rounds = 20;
/** Between two collections of the young generation. The items of the last turn are present then, and may get old. */
const turnsPerRound = 10;
const present = 100;
/** Total size of the items of a measurement: each has about 1 KiB. */
const turnoverBytes = rounds * turnsPerRound * present * 1_024;

/** Bytes that reach the old generation while items come and go. */
function promotedBytes(collection: { add(item: Item): unknown; remove(item: Item): unknown }): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
  let items: Item[] = [];
  const turnOver = () => {
    for (const item of items) collection.remove(item);
    items = Array.from({ length: present }, itemOf);
    for (const item of items) collection.add(item);
  };
  turnOver();
  // The collection itself is old, as in a process that has run for some time.
  for (let i = 0; i < 3; i += 1) collectGarbage({ type: 'minor' });
  const before = oldBytes();
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < turnsPerRound; turn += 1) turnOver();
    collectGarbage({ type: 'minor' });
  }
  return oldBytes() - before;
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? Number.NaN;
}
