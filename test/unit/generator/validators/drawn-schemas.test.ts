import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalogFile } from '../../../../admin/catalog/catalog.js';
import { eventDefinitions } from '../../../../admin/catalog/definitions.js';
import { type GenerateResult, generate } from '../../../../generator/index.js';
import type { JsonSchema, JsonValue } from '../../../../generator/model/event-model.js';
import { Satisfiability } from '../../../../generator/model/satisfiable.js';
import { drawSamples } from '../../../../generator/sample/draw-samples.js';
import { Cache } from '../../../../generator/support/cache.js';
import { CompiledValidators } from '../../../../generator/validators/compile-validators.js';
import { violationsOf } from '../../../../generator/validators/evaluate.js';
import { createSchemaChecks } from '../../../../generator/validators/schema-checks.js';
import { formats, isMultipleOf, patternOf, type Validate } from '../../../../runtime/codegen.js';
import { linkRuntime, writeTree } from '../../../support/catalogs/documents.js';
import { drawnSchema, drawnValue } from '../../../support/catalogs/drawn-schemas.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_128);
const count = Number(process.env.FUZZ_SCHEMAS ?? 90);

interface Drawn {
  readonly type: string;
  readonly payload: string;
  readonly written: JsonSchema;
  readonly validate: Validate<unknown>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let result: GenerateResult;
let shared: Readonly<Record<string, JsonSchema>>;
let drawn: readonly Drawn[];
let values: readonly JsonValue[];

beforeAll(async () => {
  folder = await temporaryFolder();
  await linkRuntime(folder.path);
  const [first, second] = fc.sample(drawnSchema([]), { seed, numRuns: 2 });
  shared = {
    First: first ?? true,
    Second: { type: 'object', properties: { a: { $ref: '#/components/schemas/First' }, b: second ?? true } },
  };
  // Plain ajv ignores a property with this name, so payloads with it are not compared with plain ajv.
  shared = JSON.parse(JSON.stringify(shared).replaceAll('__proto__', 'proto')) as typeof shared;
  const payloads = fc.sample(drawnSchema(Object.keys(shared)), { seed: seed + 1, numRuns: count });
  const messages = payloads.map(
    (payload, index) => [`Drawn${index}`, { name: `drawn.schema.n${index}`, payload }] as const,
  );
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Drawn', version: '1.0.0' },
    components: { schemas: shared },
    channels: { drawn: { address: 'drawn', messages: Object.fromEntries(messages) } },
  };
  const catalog = join(folder.path, 'asyncapi.json');
  await writeTree(folder.path, { 'asyncapi.json': document });
  result = await generate({ catalog, out: join(folder.path, 'sdk') });
  const load = async (name: string) =>
    (await import(pathToFileURL(join(folder.path, 'sdk/validators', name)).href).catch(() => ({}))) as object;
  const modules = Object.assign({}, await load('drawn.ts'), await load('shared.ts')) as Record<
    string,
    Validate<unknown>
  >;
  drawn = result.model.events.map(({ type, key, payload }) => ({
    type,
    payload,
    written: payloads[Number(key.slice('Drawn'.length))] ?? true,
    validate: modules[`validate${payload}`] as Validate<unknown>,
  }));
  values = fc.sample(drawnValue, { seed: seed + 2, numRuns: 300 });
}, 2 * propertyTimeoutMs);
afterAll(() => folder.remove());

describe('validators of drawn schemas', () => {
  it(
    'accept the same data as plain ajv with the schemas of the catalog',
    () => {
      const ajv = new ajv2020.Ajv2020({
        allErrors: true,
        strict: false,
        logger: false,
        ownProperties: true,
        validateSchema: false,
        code: { regExp: Object.assign(patternOf, { code: 'new RegExp' }) },
      });
      for (const [name, format] of Object.entries(formats))
        ajv.addFormat(name, format.type === 'string' ? format.validate : format);
      // No schema here needs it, and ajv sometimes tracks it incorrectly.
      ajv.opts.unevaluated = false;
      ajv.removeKeyword('multipleOf');
      ajv.addKeyword({
        keyword: 'multipleOf',
        type: 'number',
        validate: (step: number, value: number) => isMultipleOf(value, step),
      });
      let compared = 0;
      for (const { type, written, validate } of drawn) {
        const whole = { $id: type, allOf: [written], components: { schemas: shared } };
        if (JSON.stringify(whole).includes('__proto__')) continue;
        const plain = ajv.compile(whole);
        for (const value of values)
          expect(validate(value), `${JSON.stringify(written)} of ${JSON.stringify(value)}`).toBe(plain(value));
        compared += 1;
      }
      expect(compared).toBeGreaterThan(count / 3);
    },
    propertyTimeoutMs,
  );

  it(
    'accept the same data as the validators of the admin service, strict and tolerant',
    async () => {
      const definitions = new Map(
        eventDefinitions(await readCatalogFile(join(folder.path, 'sdk/catalog.json'))).map((each) => [each.type, each]),
      );
      const seen = { valid: 0, refused: 0 };
      for (const { type, written, validate } of drawn) {
        const own = definitions.get(type);
        for (const value of values) {
          for (const tolerant of [false, true]) {
            const expected = validate(value, tolerant);
            seen[expected ? 'valid' : 'refused'] += 1;
            expect(
              own?.validate(value, tolerant),
              `${JSON.stringify(written)} of ${JSON.stringify(value)}, ${tolerant}`,
            ).toBe(expected);
          }
        }
      }
      expect(Math.min(seen.valid, seen.refused)).toBeGreaterThan(1_000);
    },
    propertyTimeoutMs,
  );

  it(
    'accept the same data as the evaluator of examples within schemas',
    () => {
      const schemas = new Map(result.model.schemas.map(({ name, schema }) => [name, schema]));
      for (const { payload, written, validate } of drawn) {
        const schema = schemas.get(payload) ?? true;
        for (const value of values) {
          const found = violationsOf(value, schema, (name) => schemas.get(name));
          expect(found.length === 0, `${JSON.stringify(written)} of ${JSON.stringify(value)}`).toBe(validate(value));
        }
      }
    },
    propertyTimeoutMs,
  );
});

describe('drawn schemas', () => {
  it(
    'have a valid sample, or a warning',
    () => {
      const { samples, missing } = drawSamples(result.model, createSchemaChecks(new CompiledValidators(result.model)));
      const reported = result.warnings.filter(
        ({ code }) => code === 'SAMPLE_MISSING' || code === 'SCHEMA_UNSATISFIABLE',
      );
      for (const { type, payload, validate, written } of drawn) {
        const sample = samples.get(type);
        if (samples.has(type)) expect(validate(sample), JSON.stringify(written)).toBe(true);
        else
          expect(
            reported.some(({ message }) => message.includes(type) || message.includes(`${payload}:`)),
            type,
          ).toBe(true);
        expect(samples.has(type)).toBe(missing.every(({ event }) => event.type !== type));
      }
    },
    propertyTimeoutMs,
  );

  it(
    'no drawn value is valid for those that are reported as unsatisfiable, and nearly all others have a sample',
    () => {
      const definitions = new Map(result.model.schemas.map(({ name, schema }) => [name, schema]));
      const satisfiability = new Satisfiability(definitions, new Cache());
      const { samples } = drawSamples(result.model, createSchemaChecks(new CompiledValidators(result.model)));
      let lacking = 0;
      for (const { type, payload, validate, written } of drawn) {
        const reason = satisfiability.why([definitions.get(payload) ?? true]);
        const valid = values.filter((value) => validate(value));
        if (reason !== undefined) expect(valid, `${JSON.stringify(written)}: ${reason}`).toEqual([]);
        if (reason !== undefined) expect(samples.has(type), `${JSON.stringify(written)}: ${reason}`).toBe(false);
        if (valid.length > 0 && !samples.has(type)) lacking += 1;
      }
      expect(lacking).toBeLessThanOrEqual(drawn.length / 20);
    },
    propertyTimeoutMs,
  );
});
