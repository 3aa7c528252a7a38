import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSchemas } from '../../../generator/diff/compare-schemas.js';
import type { JsonSchema } from '../../../generator/model.js';
import { CannotDraw, draw } from '../../../generator/sample/draw.js';
import { randomOf } from '../../../generator/sample/random.js';

/** Schemas of every kind that a comparison looks into, three levels deep. */
const { schema: anySchema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(
      { type: fc.constant('string'), minLength: fc.nat(3), maxLength: fc.integer({ min: 3, max: 6 }) },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      { type: fc.constantFrom('number', 'integer'), minimum: fc.nat(3), maximum: fc.integer({ min: 3, max: 6 }) },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.subarray(['string', 'null', 'boolean', 'integer'], { minLength: 1 }) }),
    fc.record({ enum: fc.uniqueArray(fc.constantFrom('a', 'b', 1, null, true), { minLength: 1 }) }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(2) }, { requiredKeys: ['type'] }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema'), { maxKeys: 3 }),
        required: fc.subarray(['a', 'b']),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
  ) as fc.Arbitrary<JsonSchema>,
}));

const versions = { old: new Map<string, JsonSchema>(), new: new Map<string, JsonSchema>() };

function drawOf(schema: JsonSchema, seed: number): unknown {
  try {
    return draw(schema, { definitions: versions.old, random: randomOf(seed), attempt: 0 });
  } catch (error) {
    if (error instanceof CannotDraw) return undefined;
    throw error;
  }
}

const ajv = new Ajv2020({ strict: false, validateSchema: false, addUsedSchema: false });

function accepts(schema: JsonSchema) {
  return ajv.compile(schema);
}

describe('a comparison that finds no break', () => {
  it('of backward compatibility: what was valid is valid', () => {
    fc.assert(
      fc.property(anySchema, anySchema, fc.integer(), (old, now, seed) => {
        const value = drawOf(old, seed);
        if (value === undefined || accepts(old)(value) !== true || accepts(now)(value) === true) return;
        // A property that is added to an open object is taken for new: nobody can have sent it before.
        const found = compareSchemas([old], [now], versions);
        const isBroken = found.some(({ against, code }) => against.includes('backward') || code === 'PROPERTY_ADDED');
        expect(isBroken, JSON.stringify({ old, now, value, found })).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('of a schema with itself finds nothing', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        expect(compareSchemas([schema], [structuredClone(schema)], versions)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is drawn', () => {
  it('is valid', () => {
    fc.assert(
      fc.property(anySchema, fc.integer(), (schema, seed) => {
        const value = drawOf(schema, seed);
        if (value === undefined) return;
        expect(accepts(schema)(value), JSON.stringify({ schema, value })).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
