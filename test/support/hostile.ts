import vm from 'node:vm';
import fc from 'fast-check';

/** How long the fuzz tests run, in milliseconds. */
export const fuzzMs = Number(process.env.FUZZ_SECONDS ?? 10) * 1_000;
/** Fixed by default, so that a failure can be reproduced. */
export const fuzzSeed = Number(process.env.FUZZ_SEED ?? 13);

const throws = () => {
  throw new Error('a getter');
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function circular(): object {
  const value: Record<string, unknown> = { name: 'ring' };
  value.self = value;
  return value;
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

function withProperty(name: string, descriptor: PropertyDescriptor): Error {
  return Object.defineProperty(new Error('shelf is full'), name, { configurable: true, ...descriptor });
}

/** Values that break code that does not expect them. Each is a function, because reading some values changes them. */
const makers: readonly (() => unknown)[] = [
  ...[undefined, null, '', 'plain', 0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 1n, true].map((v) => () => v),
  ...[
    'cut\ud83d',
    '\ude00',
    '\0',
    'x'.repeat(5_000),
    `${'x'.repeat(1_999)}📚`,
    '__proto__',
    '{"json":1}',
    '\u2028',
  ].map((text) => () => text),
  () => Symbol('s'),
  () => () => 1,
  () => Object.create(null),
  () => Object.defineProperty({}, 'data', { enumerable: true, get: throws }),
  () => ({ toJSON: throws }),
  () => ({ toJSON: () => Number.NaN }),
  () => ({ toString: throws, valueOf: throws, [Symbol.toPrimitive]: throws }),
  () => ({ [Symbol.toStringTag]: 7, constructor: null }),
  () => ({
    get [Symbol.toStringTag]() {
      return throws();
    },
  }),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}'),
  () => revoked({}),
  () => revoked([]),
  () => new Proxy({}, { get: throws, has: throws, ownKeys: throws, getPrototypeOf: throws }),
  () => new Proxy({}, { getOwnPropertyDescriptor: throws }),
  () => new Proxy([], { get: (_target, name) => (name === 'length' ? Number.MAX_SAFE_INTEGER : 1) }),
  circular,
  () => [circular()],
  () => deep(900),
  () => deep(20_000),
  () => Object.assign([1, 2], { extra: 1 }),
  () => new Array(5),
  () => new Array(100_000_000),
  () => new Map([[1, 2]]),
  () => new Set([1]),
  () => new Date(Number.NaN),
  () => new Date(0),
  () => /x/g,
  () => Buffer.from('x'),
  () => new Float64Array([Number.NaN]),
  () => Object(1n),
  () => Object('boxed\ud83d'),
  () => vm.runInNewContext('({ a: [1, { b: NaN }] })'),
  () => vm.runInNewContext('new RangeError("of another realm")'),
  () => new Error(`x${'📚'.repeat(1_200)}`),
  () => withProperty('message', { get: throws }),
  () => withProperty('message', { value: Object.create(null) }),
  () => withProperty('message', { value: Symbol('m') }),
  () => withProperty('stack', { get: throws }),
  () => withProperty('stack', { value: `${'y'.repeat(3_999)}📚` }),
  () => withProperty('name', { value: 3n }),
  () => withProperty('name', { value: 'cut\ud83d' }),
  () => withProperty('code', { get: throws }),
  () => withProperty('code', { value: '\udc00' }),
  () => withProperty('nonRetryable', { get: throws }),
  () => withProperty('cause', { get: throws }),
  () => withProperty('toJSON', { value: throws }),
  () => new Proxy(new Error('a proxy'), { get: throws }),
  () => new AggregateError([circular(), revoked({})], 'several'),
];

/** Functions that make a hostile value, or a structure with hostile values. Each call makes a new value. */
export const hostile: fc.Arbitrary<() => unknown> = fc.letrec<{ value: () => unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...makers),
    fc
      .anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
      .map((value) => () => value),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => () => items.map((make) => make())),
    fc
      .dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'id', '__proto__')), tie('value'), {
        maxKeys: 3,
      })
      .map((made) => () => Object.fromEntries(Object.entries(made).map(([name, make]) => [name, make()]))),
  ),
})).value;
