import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineEncodedScript, defineScript } from '../../../../../runtime/redis/connection/define-script.js';
import type { ScriptArgument } from '../../../../../runtime/redis/connection/script.js';

const script = defineScript({
  name: 'test',
  keys: ['stream', 'dueSet'],
  args: ['leaseMs'],
  lists: { ids: 'arg', sets: 'key', claimed: { ref: 'arg', due: 'key', handler: 'arg' } },
  reply: Number,
  body: 'return 1',
});
const input = {
  stream: 'events',
  dueSet: 'due',
  leaseMs: 500,
  ids: ['1-0', '2-0'],
  sets: ['set'],
  claimed: [{ ref: 'a', due: 'due:a', handler: 'bill' }],
};

describe('a typed script', () => {
  it('encodes its input in the order of the names: keys, arguments, then the lists', () => {
    expect(script.encode(input)).toEqual({
      keys: ['events', 'due', 'set', 'due:a'],
      args: [500, 2, '1-0', '2-0', 1, 1, 'a', 'bill'],
    });
  });

  it('reads them in Lua with the same names', () => {
    expect(script.source).toContain('local stream, due_set = KEYS[1], KEYS[2]\nlocal lease_ms = ARGV[1]\n');
    expect(script.source).toContain(
      'claimed[i] = { ref = ARGV[arg_at + 0], due = KEYS[key_at + 0], handler = ARGV[arg_at + 1] }',
    );
  });

  it('a call runs it and reads its reply', async () => {
    const calls: unknown[] = [];
    const redis = {
      call: async (...args: readonly unknown[]) => {
        calls.push(args);
        return '7';
      },
    };
    expect(await script.call(input)(redis as never)).toBe(7);
    const { keys, args } = script.encode(input);
    expect(calls).toEqual([['EVALSHA', [script.sha, keys.length, ...keys, ...args]]]);
  });

  it('its input has a type for each name', () => {
    type Input = Parameters<typeof script.call>[0];
    expectTypeOf<Input['stream']>().toEqualTypeOf<string>();
    expectTypeOf<Input['leaseMs']>().toEqualTypeOf<ScriptArgument>();
    expectTypeOf<Input['claimed'][number]['due']>().toEqualTypeOf<string>();
  });
});

it('an encoded script: has names for the first values and indexes for the rest', () => {
  const encoded = defineEncodedScript({
    name: 'test',
    mode: 'publish',
    keys: ['stream'],
    args: ['token', 'count'],
    reply: String,
    body: 'return 1',
  });
  expect(encoded.source).toContain('local rest_keys, key_at, rest, arg_at = KEYS, 2, ARGV, 3');
  const input = { keys: ['events'], args: ['a', '1', 'b'] };
  expect(encoded.encode(input)).toEqual(input);
});
