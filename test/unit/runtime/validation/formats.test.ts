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

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);

/** Valid and invalid texts of each format. */
const texts: readonly (readonly [format: string, valid: readonly string[], refused: readonly string[]])[] = [
  ['date', ['2024-02-29', '0400-02-29'], ['2023-02-29', '2026-02-31', '2026-2-3', '20260203', '2026-02-0১']],
  [
    'time',
    ['08:30:06Z', '23:59:60+00:00', '00:29:60-23:30', '08:30:06.123456+05:30'],
    ['08:30:06', '08:30:06+05', '24:00:00Z', '23:59:60+01:00', '08:30:60Z'],
  ],
  [
    'date-time',
    ['1985-04-12T23:20:50.52Z', '1985-04-12t00:59:59.999999999999999z', '1990-12-31T15:59:60-08:00'],
    ['1985-04-12T23:20:50+01', '2016-12-31T24:59:60+01:00', '1985-04-12T23:20:50Z\n', '1985-04-12'],
  ],
  ['duration', ['P1D', 'PT90M', 'P1Y2M3DT4H5M6S', 'P4W'], ['P', 'PT', 'P1', '1D', 'P1W1D']],
  ['email', ['ada@example.com', 'a.b+c@x.example'], ['@', 'ada@', 'a b@example.com', 'ada.@example.com']],
  [
    'hostname',
    ['example.com', 'xn--bcher-kva.example', 'a--b.example', `${'a'.repeat(63)}.de`],
    ['example.com.', '-a.de', `${'a'.repeat(64)}.de`, 'a_b.de', 'xn--x', 'xn--la-0ea', '', 'bücher.example'],
  ],
  ['ipv4', ['192.0.2.1', '0.0.0.0'], ['192.0.2.01', '256.0.0.1', '1.2.3']],
  [
    'ipv6',
    ['::', '2001:db8::1', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8'],
    ['1::2::3', ':::', '12345::', '1:2:3:4:5:6:7', 'fe80::1%eth0', '::ffff:192.0.2.01'],
  ],
  [
    'uri',
    ['https://example.com/a?b#c', 'urn:isbn:1', 'http://[2001:db8::7]:80/'],
    [
      '/a',
      'a:',
      'https://example.com/"',
      'https://example.com:port/',
      'http:/[::1]',
      'https://example.com/%zz',
      'https://example.com/ä',
    ],
  ],
  [
    'uri-reference',
    ['', '/a', '?q=1', '//example.com', './a:b'],
    ['1:b', '//a@b@example.com/', '//example.com:x/', '/a b', '/[x]'],
  ],
  [
    'uri-template',
    ['/orders/{id}', "it's/{a.b}", '{?q*}', '{var:30}'],
    ['/orders/{id', '{}', '{a..b}', '{v:01}', 'a b', 'a\u007f'],
  ],
  ['url', ['https://example.com/a', 'ftp://user@example.com'], ['example.com', 'https://', 'http://10.0.0.1']],
  ['uuid', ['0fa6ef40-8f47-40a8-8cf6-f8607d0066ef'], ['0fa6ef40', '0fa6ef408f4740a88cf6f8607d0066ef']],
  [
    'cuid2',
    ['tz4a98xxat96iws9zmbrgj3a', 'a1', `z${'9'.repeat(31)}`],
    ['a', '1a', 'tz4a98xxAt96', 'a_1', `a${'0'.repeat(32)}`, 'a1\n'],
  ],
  ['json-pointer', ['', '/a~1b/0'], ['a', '/~2']],
  ['relative-json-pointer', ['0', '1/a', '2#'], ['/a', '01']],
  ['regex', ['^a+$', '[\\w-.]', '\\p{Lu}'], ['^(abc]', '\\a']],
  ['byte', ['', 'YWJj', 'YQ=='], ['YWJ', 'a%==']],
];

describe('formats', () => {
  it.each(texts)('%s', (format, valid, refused) => {
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
