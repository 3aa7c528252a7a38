import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalogFile } from '../../../../admin/catalog/catalog.js';
import { eventDefinitions } from '../../../../admin/catalog/definitions.js';
import { generate } from '../../../../generator/index.js';
import { slownessOf } from '../../../../generator/patterns/slow-pattern.js';
import { Cache } from '../../../../generator/support/cache.js';
import { formats, type Validate } from '../../../../runtime/codegen.js';
import { linkRuntime, writeTree } from '../../../support/catalogs/documents.js';
import { drawnPattern } from '../../../support/catalogs/drawn-pattern.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

/** The default limit for the size of an event. */
const mebibyte = 1024 * 1024;
/** Processor time. Time that grows with the square of the data's size would be minutes. */
const mostMs = 2_000;

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await linkRuntime(folder.path);
});
afterAll(() => folder.remove());

let count = 0;

/** The validator of the SDK and the validator of the admin service. */
async function validatorsOf(
  payload: object,
  schemas: object = {},
): Promise<readonly [Validate<unknown>, Validate<unknown>]> {
  count += 1;
  const messages = { Done: { name: 'time.list.done', payload } };
  const channels = { time: { address: 'time', messages } };
  const document = { asyncapi: '3.0.0', info: { title: 'Time', version: '1.0.0' }, channels, components: { schemas } };
  await writeTree(folder.path, { [`${count}.json`]: document });
  const out = join(folder.path, `out${count}`);
  const { model } = await generate({ catalog: join(folder.path, `${count}.json`), out });
  const module = await import(pathToFileURL(join(out, 'validators/time.ts')).href);
  const [definition] = eventDefinitions(await readCatalogFile(join(out, 'catalog.json')));
  if (definition === undefined) throw new Error('the catalog has no event');
  return [module[`validate${model.events[0]?.payload}`], definition.validate];
}

/** The result and the processor time of a call. The time of a clock would also measure other processes. */
function timed(validate: (data: unknown) => boolean, data: unknown): { valid: boolean; ms: number } {
  const started = process.cpuUsage();
  const valid = validate(data);
  const { user, system } = process.cpuUsage(started);
  return { valid, ms: (user + system) / 1_000 };
}

describe('a validator with the largest event ends within two seconds', () => {
  const item = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
  const many = mebibyte / 2;

  it.each([
    ['only invalid items', { items: { $ref: '#/components/schemas/Item' } }, () => Array(many).fill(0), false],
    ['unique numbers', { uniqueItems: true }, () => Array.from({ length: many / 3 }, (_, at) => at), true],
    ['unique objects', { uniqueItems: true }, () => Array.from({ length: many / 8 }, (_, at) => ({ at })), true],
    [
      'lists, two of which are equal',
      { uniqueItems: true },
      () => [...Array.from({ length: many / 8 }, (_, at) => [at]), [0]],
      false,
    ],
  ] as const)('%s', async (_name, schema, listOf, isValid) => {
    const payload = { type: 'object', properties: { list: { type: 'array', ...schema } } };
    for (const validate of await validatorsOf(payload, { Item: item })) {
      const { valid, ms } = timed(validate, { list: listOf() });
      expect(valid).toBe(isValid);
      expect(ms).toBeLessThan(mostMs);
    }
  });

  it(
    'texts for patterns whose time grows with the square of their length, or faster',
    async () => {
      const patterns = [
        '[a-z]+$',
        '^.*a.*b$',
        '^[^@]+@[^@]+\\.[^@]+$',
        '^.+@.+\\..+$',
        '^a*a*a*a*$',
        '^(?:(?=.*x).)*$',
        '^(a+)\\1$',
      ];
      const properties = Object.fromEntries(
        patterns.map((pattern, index) => [`p${index}`, { type: 'array', items: { type: 'string', pattern } }]),
      );
      const names = {
        type: 'object',
        patternProperties: { '[a-z]+$': { type: 'integer' } },
        additionalProperties: false,
      };
      const [validate, byAdmin] = await validatorsOf({ type: 'object', properties: { ...properties, names } });
      for (const length of [30, 300, 3_000, 30_000, mebibyte]) {
        for (const text of ['a', '@', 'a.', '@.'].map((part) => `${part.repeat(length).slice(0, length)}!`)) {
          const texts = Array(Math.floor(mebibyte / text.length) || 1).fill(text);
          for (const property of Object.keys(properties)) {
            expect(timed(validate, { [property]: texts }).ms, `${length} of ${text[0]} for ${property}`).toBeLessThan(
              mostMs,
            );
          }
        }
      }
      expect(timed(validate, { names: { [`${'a'.repeat(mebibyte)}!`]: 1 } })).toMatchObject({ valid: false });
      expect(validate.errors?.[0]?.message).toMatch(/a text of 1048577 characters, which takes too long to match/);
      const long = { names: { [`${'a'.repeat(mebibyte)}!`]: 1 } };
      expect(timed(byAdmin, long)).toMatchObject({ valid: false });
      expect(byAdmin.errors).toEqual(validate.errors);
      expect(validate({ p0: ['abc'], names: { abc: 1 } })).toBe(true);
      // The limit is for each event: the next one has all steps again.
      expect(validate({ p0: ['a'.repeat(4_000)] })).toBe(true);
      expect(validate({ p0: ['a'.repeat(4_000)] })).toBe(true);
    },
    propertyTimeoutMs,
  );

  it(
    'texts for drawn patterns',
    async () => {
      const drawn = fc.sample(
        fc.tuple(drawnPattern, fc.boolean()).map(([body, isAnchored]) => (isAnchored ? `^(?:${body})$` : `${body}-$`)),
        { seed, numRuns: Number(process.env.FUZZ_RUNS ?? 60) },
      );
      const patterns = [...new Set(drawn)].filter((pattern) => slownessOf(pattern, new Cache()) === undefined);
      expect(patterns.length).toBeGreaterThan(15);
      const properties = Object.fromEntries(patterns.map((pattern, at) => [`p${at}`, { type: 'string', pattern }]));
      const [validate] = await validatorsOf({ type: 'object', properties });
      for (const [at, pattern] of patterns.entries()) {
        for (const part of ['a', 'ab', 'a-']) {
          for (const length of [100, 2_000, 200_000]) {
            const { ms } = timed(validate, { [`p${at}`]: `${part.repeat(length).slice(0, length)}!` });
            expect(ms, `${pattern} on ${length} characters of ${part}`).toBeLessThan(mostMs);
          }
        }
      }
    },
    propertyTimeoutMs,
  );

  it.each(
    Object.entries(formats).flatMap(([name, { type, validate }]) =>
      type === 'string' ? [[name, validate] as const] : [],
    ),
  )(
    'texts for the format %s',
    (_name, validate) => {
      for (const head of ['', 'a@', 'http://', 'P', '/', '#/', '2020-01-01T00:00:00.', '{']) {
        for (const part of [
          'a',
          '1',
          '-',
          '.',
          'a.',
          'a-',
          '/',
          '%41',
          '\\',
          '@',
          '::',
          '1:',
          '{a}',
          '{a,',
          '~0',
          '(',
          '[',
        ]) {
          for (const tail of ['', '!', '\\']) {
            const text = `${head}${part.repeat(65_536 / part.length)}${tail}`;
            expect(timed((data) => validate(data as string), text).ms, `${head}${part}…${tail}`).toBeLessThan(mostMs);
          }
        }
      }
    },
    30_000,
  );
});
