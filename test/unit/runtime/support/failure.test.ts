import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../../runtime/support/failure.js';
import { cutText, isWellFormed } from '../../../../runtime/support/text.js';
import { fuzzSeed, hostile } from '../../../support/hostile.js';

describe('cutText', () => {
  it.each([
    ['shorter text', 'abc', 5, 'abc'],
    ['text of exactly that length', 'ab📚', 4, 'ab📚'],
    ['text cut within a character', 'ab📚', 3, 'ab'],
    ['half a character', 'a\ud83db', 5, 'a\ufffdb'],
    ['half a character at the end', 'ab\ud83d', 5, 'ab\ufffd'],
  ])('%s', (_what, text, length, cut) => expect(cutText(text, length)).toBe(cut));
});

describe('failureOf', () => {
  it('copies name, message, code and stack of an error', () => {
    const failure = failureOf(Object.assign(new TypeError('no shelf'), { code: 'E_SHELF' }));
    expect(failure).toMatchObject({ name: 'TypeError', message: 'no shelf', code: 'E_SHELF', retryable: true });
    expect(failure.stack).toContain('no shelf');
  });

  it.each([
    ['text', 'gone', 'gone'],
    ['an object', { reason: 7 }, '{"reason":7}'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a BigInt', 7n, '7'],
  ])('accepts %s, which is not an error', (_what, thrown, message) => {
    expect(failureOf(thrown)).toEqual({ name: 'NonError', message, retryable: true });
  });

  it('any thrown value: never throws, and its texts are short, well formed and JSON', () => {
    fc.assert(
      fc.property(hostile, (make) => {
        const failure = failureOf(make());
        const { name, message, code = '', stack = '' } = failure;
        expect(message.length).toBeLessThanOrEqual(2_000);
        expect(stack.length).toBeLessThanOrEqual(4_000);
        for (const text of [name, message, code, stack]) expect(isWellFormed(text)).toBe(true);
        expect(message === '' && name === '').toBe(false);
        expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
      }),
      { seed: fuzzSeed, numRuns: 500 },
    );
  });
});
