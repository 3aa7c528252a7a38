import { describe, expect, it } from 'vitest';
import { parseVersion, plainVersion, relateVersion } from '../../../../runtime/event/versions.js';
import { formatParkedName, parseParkedName } from '../../../../runtime/redis/store/parked-name.js';

describe('parseVersion', () => {
  it.each([
    ['1', [1, 0, 0]],
    ['1.2', [1, 2, 0]],
    ['1.2.3', [1, 2, 3]],
    ['10.20.30', [10, 20, 30]],
    ['2.0.0-rc.1', [2, 0, 0]],
    ['2.0.0+build~7', [2, 0, 0]],
    ['2-next', [2, 0, 0]],
    ['', undefined],
    ['v1', undefined],
    ['1.', undefined],
    ['1.2.3.4', undefined],
    ['1.x', undefined],
    [' 1', undefined],
    ['99999999999999999999', undefined],
    ['1-'.padEnd(200, 'x'), undefined],
  ])('%j', (text, version) => {
    // Twice: the second result comes from the cache.
    expect(parseVersion(text)).toEqual(version);
    expect(parseVersion(text)).toEqual(version);
  });
});

describe('relateVersion', () => {
  it.each([
    ['1.2.0', '1.2.0', 'known'],
    ['1.1.9', '1.2.0', 'known'],
    ['1.2.9', '1.2.0', 'known'],
    ['1.3.0', '1.2.0', 'newer-minor'],
    ['1.10.0', '1.9.0', 'newer-minor'],
    ['2.0.0', '1.9.0', 'newer-major'],
    ['10.0.0', '9.0.0', 'newer-major'],
    ['0.9.0', '1.0.0', 'older-major'],
    ['latest', '1.0.0', 'known'],
    ['1.0.0', 'latest', 'known'],
  ] as const)('an event of %s in a build of %s: %s', (event, build, relation) => {
    expect(relateVersion(event, build)).toBe(relation);
  });
});

describe('names of parked deliveries', () => {
  it('parsing is the inverse of formatting, also for handlers with ~ in their name', () => {
    for (const handler of ['bill', 'shop.onPlaced', 'a~b', '~', 'a~shop.order.placed~1']) {
      const name = formatParkedName(handler, 'shop.order.placed', '2.1');
      expect(parseParkedName(name)).toEqual({ handler, type: 'shop.order.placed', version: '2.1.0' });
    }
    expect(plainVersion('2.1-rc~1')).toBe('2.1.0');
  });

  it.each(['', 'bill', 'bill~shop.order.placed', 'bill~shop.order.placed~2', '~x~1.0.0'])(
    '%j is not a name',
    (name) => {
      expect(parseParkedName(name)).toBeUndefined();
    },
  );
});
