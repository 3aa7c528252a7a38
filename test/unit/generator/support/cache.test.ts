import { describe, expect, it } from 'vitest';
import { Cache } from '../../../../generator/support/cache.js';

/** A step that counts its runs. */
function counting() {
  let runs = 0;
  return () => {
    runs += 1;
    return { runs };
  };
}

describe('Cache.derive', () => {
  it('reuses a result while its inputs are the same objects or equal plain values', () => {
    const cache = new Cache();
    const input = {};
    const make = counting();
    const first = cache.derive('step', 'owner', [input, 1, 'a'], make);
    expect(cache.derive('step', 'owner', [input, 1, 'a'], make)).toBe(first);
    expect(cache.derive('step', 'owner', [{}, 1, 'a'], make)).not.toBe(first);
    expect(cache.derive('step', 'owner', [{}, 1], make)).toEqual({ runs: 3 });
  });

  it('different steps and owners have separate results', () => {
    const cache = new Cache();
    const owner = {};
    const make = counting();
    for (const [step, each] of [
      ['a', owner],
      ['b', owner],
      ['a', 'owner'],
      ['a', {}],
    ] as const) {
      cache.derive(step, each, [], make);
    }
    expect(make()).toEqual({ runs: 5 });
  });

  it('a step that throws leaves the earlier result', () => {
    const cache = new Cache();
    const first = cache.derive('step', 'owner', [1], counting());
    const fail = () => {
      throw new Error('no');
    };
    expect(() => cache.derive('step', 'owner', [2], fail)).toThrow('no');
    expect(cache.derive('step', 'owner', [1], counting())).toBe(first);
  });

  it('counts how often a step was reused and run', () => {
    const cache = new Cache();
    for (const input of [1, 1, 2]) cache.derive('step', 'owner', [input], counting());
    expect(cache.counts.get('step')).toEqual({ reused: 1, run: 2 });
  });
});

describe('Cache.deriveReading', () => {
  it('runs a step again after a value that it read has changed', () => {
    const cache = new Cache();
    const values = new Map([
      ['a', 1],
      ['b', 1],
    ]);
    const make = counting();
    const read = (name: string) => values.get(name);
    const sum = () =>
      cache.deriveReading('step', 'owner', { inputs: [], read }, (reads) => {
        reads.read('a');
        return make();
      });
    const first = sum();
    values.set('b', 2);
    expect(sum()).toBe(first);
    values.set('a', 2);
    expect(sum()).toEqual({ runs: 2 });
  });

  it('readUnknown: the step runs every time', () => {
    const cache = new Cache();
    const make = counting();
    const run = () =>
      cache.deriveReading('step', 'owner', { inputs: [], read: () => 1 }, (reads) => {
        reads.readUnknown();
        return make();
      });
    expect([run(), run()]).toEqual([{ runs: 1 }, { runs: 2 }]);
  });
});

describe('Cache.dropUnused', () => {
  it('drops the results of names that the last run did not use', () => {
    const cache = new Cache();
    const names = ['a', 'b'];
    for (const name of names) cache.derive('step', name, [], counting());
    cache.dropUnused();
    cache.derive('step', 'a', [], counting());
    cache.dropUnused();
    expect([...cache.namesOf('step')]).toEqual(['a']);
  });
});
