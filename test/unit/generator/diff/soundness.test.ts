import type { ChangeDetail } from '@hyvve-events/catalog-model';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSchemas } from '../../../../generator/diff/compare-schemas.js';
import type { JsonSchema, JsonValue } from '../../../../generator/model/event-model.js';
import { isSchemaObject } from '../../../../generator/model/json-schema.js';
import { createCheckingAjv } from '../../../../generator/validators/ajv.js';
import { dataFor } from '../../../support/catalogs/schema-arbitrary.js';
import { type SchemaPair, schemaPair } from '../../../support/catalogs/schema-pairs.js';

/** A longer run: `DIFF_RUNS=50000 npx vitest run --project fast test/unit/generator/diff/soundness.test.ts`. */
const numRuns = Number(process.env.DIFF_RUNS ?? 500);
const timeoutMs = 30_000 + numRuns * 60;
const seed = Number(process.env.DIFF_SEED ?? 20_261_128);

const metaSchema = new Ajv2020({ strict: false }).getSchema('https://json-schema.org/draft/2020-12/schema');

function compiled(schema: JsonSchema, definitions: ReadonlyMap<string, JsonSchema>): ValidateFunction | undefined {
  const whole = { allOf: [schema], $defs: Object.fromEntries(definitions) };
  return metaSchema?.(whole) === true ? createCheckingAjv().compile(whole) : undefined;
}

/** A schema without `additionalProperties: false`, as consumers apply it. */
function tolerant(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(tolerant);
  if (!isSchemaObject(schema)) return schema;
  const entries = Object.entries(schema).filter(([key, value]) => key !== 'additionalProperties' || value !== false);
  return Object.fromEntries(entries.map(([key, value]) => [key, tolerant(value)]));
}

/** Small values, some of which most schemas accept and some not. */
const usual: readonly JsonValue[] = [
  ...[null, true, false, 0, 1, 2, 3, 4, 6, -1, 0.5, 0.3, 2 ** 31, 2 ** 40, '', 'a', 'b', 'ab', 'abc', 'xyz', 'A b'],
  ...[
    '2024-02-29',
    '0fa6ef40-8f47-40a8-8cf6-f8607d0066ef',
    [],
    ['a'],
    ['a', 'a'],
    [1],
    [1, 1],
    [1, 2, 3],
    [null, 'a'],
    [0.5],
  ],
  ...[
    {},
    { a: 1 },
    { a: 'a' },
    { b: 1 },
    { a: 'a', b: 'b' },
    { a: null, kind: 'a' },
    { kind: 'a' },
    { kind: 'b', a: 'abc' },
  ],
  ...[
    { 'x-a': 1 },
    { 'x-a': 'a', a: 1 },
    { other: 1 },
    { d: 'a' },
    { a: 1, b: 2, kind: 'abc', d: 3 },
    { a: {}, kind: 1 },
  ],
  ...[
    { a: [] },
    { a: ['a'] },
    { a: { a: 1 } },
    { a: [1, 2], b: null },
    { kind: 'a', other: true },
    { kind: 'a', a: 0.5 },
  ],
];

/** Whether a value has a property that the comparison reports as added. Older publishers are assumed not to have sent it. */
function hasAdded(value: JsonValue, changes: readonly ChangeDetail[]): boolean {
  const added = changes.filter(({ code }) => code === 'PROPERTY_ADDED').map(({ path = '' }) => path);
  const isAdded = (name: string) =>
    added.some((path) => {
      const pattern = /\[\/(.+)\/\]$/.exec(path)?.[1];
      return pattern === undefined
        ? path.endsWith(`.${name}`) || path.endsWith(`["${name}"]`)
        : new RegExp(pattern, 'u').test(name);
    });
  const visit = (inner: JsonValue): boolean =>
    typeof inner === 'object' &&
    inner !== null &&
    (Array.isArray(inner)
      ? inner.some(visit)
      : Object.entries(inner).some(([name, each]) => isAdded(name) || visit(each)));
  return visit(value);
}

function changesOf({ old, new: now, oldDefs, newDefs }: SchemaPair): readonly ChangeDetail[] {
  return compareSchemas([old], [now], { old: oldDefs, new: newDefs });
}

const withData = schemaPair.chain((pair) =>
  fc.record({
    pair: fc.constant(pair),
    ofOld: fc.array(dataFor(pair.old, pair.oldDefs, 8), { minLength: 8, maxLength: 8 }),
    ofNew: fc.array(dataFor(pair.new, pair.newDefs, 8), { minLength: 8, maxLength: 8 }),
  }),
);

describe('compareSchemas: a pair without a breaking change', () => {
  it(
    'has no counterexample in either direction',
    () => {
      let compatible = 0;
      let compared = 0;
      fc.assert(
        fc.property(withData, ({ pair, ofOld, ofNew }) => {
          const isOldValid = compiled(pair.old, pair.oldDefs);
          const isNewValid = compiled(pair.new, pair.newDefs);
          if (isOldValid === undefined || isNewValid === undefined) return;
          const changes = changesOf(pair);
          const breaks = (direction: 'backward' | 'forward') =>
            changes.some(({ against }) => against.includes(direction));
          const show = (value: JsonValue) =>
            JSON.stringify({ ...pair, oldDefs: [...pair.oldDefs], newDefs: [...pair.newDefs], value, changes });
          const values = [...usual, ...ofOld, ...ofNew];
          compared += 2;
          if (!breaks('backward')) {
            compatible += 1;
            const broken = values.find((value) => isOldValid(value) && !isNewValid(value) && !hasAdded(value, changes));
            expect(broken === undefined, broken === undefined ? '' : `backward ${show(broken)}`).toBe(true);
          }
          if (!breaks('forward')) {
            compatible += 1;
            const defs = new Map([...pair.oldDefs].map(([name, schema]) => [name, tolerant(schema) as JsonSchema]));
            const reader = compiled(tolerant(pair.old) as JsonSchema, defs);
            const broken = values.find((value) => isNewValid(value) && !isOldValid(value) && reader?.(value) !== true);
            expect(broken === undefined, broken === undefined ? '' : `forward ${show(broken)}`).toBe(true);
          }
        }),
        { numRuns, seed },
      );
      // Otherwise the test would check too few pairs.
      expect(compatible / compared).toBeGreaterThan(0.1);
    },
    timeoutMs,
  );

  it(
    'every schema, compared with itself, has no change',
    () => {
      fc.assert(
        fc.property(schemaPair, ({ old, oldDefs }) => {
          expect(
            compareSchemas([old], [structuredClone(old)], { old: oldDefs, new: structuredClone(oldDefs) }),
          ).toEqual([]);
        }),
        { numRuns: Math.ceil(numRuns / 3), seed },
      );
    },
    timeoutMs,
  );
});
