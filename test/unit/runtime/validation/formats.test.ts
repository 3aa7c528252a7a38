import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimalOf,
  formats,
  isEqual,
  isMultipleOf,
  isMultipleOfDecimal,
  repeatedItems,
  textLength,
} from '../../../../runtime/codegen.js';
import { formatTexts } from '../../../support/format-texts.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);

describe('formats', () => {
  it.each(formatTexts)('%s', (format, valid, refused) => {
    const check = formats[format];
    const holds = (text: string) => check?.type === 'string' && check.validate(text);
    expect(valid.filter((text) => !holds(text))).toEqual([]);
    expect(refused.filter(holds)).toEqual([]);
  });

  it('of numbers', () => {
    const holds = (format: string, value: number) =>
      formats[format]?.type === 'number' && (formats[format].validate as (value: number) => boolean)(value);
    expect([2_147_483_647, -2_147_483_648, 2_147_483_648, 0.5].map((value) => holds('int32', value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([1e15, 0.5].map((value) => holds('int64', value))).toEqual([true, false]);
  });

  it('end with a result for any text', () => {
    const checks = Object.values(formats).flatMap((check) => (check.type === 'string' ? [check.validate] : []));
    const pieces = fc.constantFrom(
      'a',
      '1',
      '-',
      '.',
      ':',
      '/',
      '@',
      '%',
      'xn--',
      '[',
      ']',
      '::',
      'T',
      'é',
      '\u200d',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        for (const check of checks) expect(typeof check(parts.join(''))).toBe('boolean');
      }),
      { seed, numRuns: 500 },
    );
    const long = ['a', '1.', 'a-', 'a@', ':', '%41', '{a}', 'xn--a'].map((part) => part.repeat(20_000));
    const started = process.cpuUsage();
    for (const text of long) for (const check of checks) check(text);
    const { user } = process.cpuUsage(started);
    expect(user / 1000).toBeLessThan(5_000);
  });
});

describe('repeated items', () => {
  it('are found for any items', () => {
    const item = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('1', 1, '[1]', '{}', 'null', null, '"a"', 'a'),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), fc.boolean(), (drawn, isDoubled) => {
        const items = isDoubled ? [...drawn, ...structuredClone(drawn.slice(-1))] : drawn;
        const pair = repeatedItems(items);
        const isRepeated = items.some((a, at) => items.slice(at + 1).some((b) => isEqual(a, b)));
        expect(pair !== undefined).toBe(isRepeated);
        if (pair !== undefined) expect(isEqual(items[pair[0]], items[pair[1]])).toBe(true);
      }),
      { seed, numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
    );
    expect(
      repeatedItems([
        { a: 1, b: [null] },
        { b: [null], a: 1 },
      ]),
    ).toEqual([1, 0]);
  });
});

describe('multiples', () => {
  it.each([
    [0.01, [8.7, 1.15, 33.33, 4.1, 0, -8.7, 1e15], [1.005, 2.999, 0.001, Number.NaN]],
    [0.001, [1.001, 0.257], [1.0005]],
    [3, [9, -3, 0], [10, 0.3, Number.POSITIVE_INFINITY]],
    [1.5, [4.5, 3], [4, 35]],
    [0.5, [1e308, 2.5], [0.25]],
    [1e-8, [12_391_239_123, 1e-8], [1.5e-9]],
    [0, [], [0, 1, 0.5]],
  ])('of %d, in decimals', (step, multiples, others) => {
    const { digits, scale } = decimalOf(step);
    for (const [values, expected] of [
      [multiples, true],
      [others, false],
    ] as const) {
      for (const value of values) {
        expect(isMultipleOf(value, step), `${value}`).toBe(expected);
        if (scale > 1n)
          expect(isMultipleOfDecimal(value, Number(digits), Number(scale)), `${value}, quickly`).toBe(expected);
      }
    }
  });

  it('match the decimal texts, for any number and step', () => {
    const step = fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 6 }));
    const value = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(step, value, ([stepDigits, stepPlaces], [digits, places]) => {
        const [width, number] = [stepDigits / 10 ** stepPlaces, digits / 10 ** places];
        const expected =
          (BigInt(digits) * 10n ** BigInt(stepPlaces)) % (BigInt(stepDigits) * 10n ** BigInt(places)) === 0n;
        const { digits: own, scale } = decimalOf(width);
        expect(isMultipleOf(number, width)).toBe(expected);
        if (scale > 1n) expect(isMultipleOfDecimal(number, Number(own), Number(scale))).toBe(expected);
      }),
      { seed, numRuns: 5_000 },
    );
  });
});

it('values are equal as JSON, and a surrogate pair is one character', () => {
  expect(isEqual({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toBe(true);
  expect(isEqual([1], { 0: 1 })).toBe(false);
  expect(isEqual({ a: undefined }, { b: 1 })).toBe(false);
  expect([textLength('📚'), textLength('é'), textLength('')]).toEqual([1, 1, 0]);
});
