import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TypedScript } from '../../runtime/redis/connection/define-script.js';
import { newScript, runScript, type ScriptArgument } from '../../runtime/redis/connection/script.js';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();
let redis: Redis;
const scripts: TypedScript<Record<string, unknown>, unknown>[] = [];

beforeAll(async () => {
  redis = new Redis(server.url);
  for (const file of readdirSync('runtime/redis', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.lua.ts')) continue;
    const exported = (await import(`../../runtime/redis/${file.replace(/\.ts$/, '.js')}`)) as object;
    for (const value of Object.values(exported)) {
      if (typeof value === 'object' && value !== null && 'header' in value) scripts.push(value as (typeof scripts)[0]);
    }
  }
});

afterAll(() => redis.disconnect());

/** Lua that replies the variables of a header: a list of records as a list of lists. */
function replying({ header, variables }: (typeof scripts)[0]): string {
  const values = variables.map(([name, columns]) => {
    if (columns === undefined || columns.length === 0) return name;
    return `records(${name}, { ${columns.map((column) => `'${column}'`).join(', ')} })`;
  });
  return `
local function records(list, columns)
  local all = {}
  for i, record in ipairs(list) do
    all[i] = {}
    for n, column in ipairs(columns) do all[i][n] = record[column] end
  end
  return all
end
${header}
return { ${values.join(', ')} }`;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Any text or number, as an argument of a script may be. */
const argument = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.integer());

describe('the scripts of the runtime', () => {
  it('exist, each with a unique name', () => {
    expect(scripts.length).toBeGreaterThan(30);
    expect(new Set(scripts.map(({ name }) => name)).size).toBe(scripts.length);
  });

  it('their bodies read keys and arguments only by name', () => {
    for (const { name, source, header } of scripts) {
      expect(source, name).toContain(header);
      expect(source.replace(header, ''), name).not.toMatch(/\b(KEYS|ARGV)\b/);
    }
  });

  it('every script reads in Lua the values that its encoder has written', async () => {
    for (const script of scripts) {
      // Settles and publishes have separate encoders, which have their own tests.
      if (script.header.includes('rest_keys')) continue;
      const echo = newScript('echo', 'read', replying(script));
      const inputs = fc.record(
        Object.fromEntries(
          script.variables.map(([name, columns]) => {
            const item: fc.Arbitrary<unknown> =
              columns === undefined || columns.length === 0 ? argument : recordOf(columns);
            return [camelCase(name), columns === undefined ? argument : fc.array(item, { maxLength: 4 })];
          }),
        ),
      );
      for (const input of fc.sample(inputs, 10)) {
        const { keys, args } = script.encode(input);
        const read = await runScript(redis, echo, keys.map(String), args);
        expect(read, script.name).toEqual(
          script.variables.map(([name, columns]) => {
            const value = input[camelCase(name)];
            if (columns === undefined) return String(value);
            const items = value as readonly (ScriptArgument | Readonly<Record<string, ScriptArgument>>)[];
            return items.map((item) => {
              if (typeof item !== 'object') return String(item);
              return columns.map((column) => String(item[camelCase(column)]));
            });
          }),
        );
      }
    }
  });
});

function recordOf(columns: readonly string[]) {
  return fc.record(Object.fromEntries(columns.map((column) => [camelCase(column), argument])));
}
