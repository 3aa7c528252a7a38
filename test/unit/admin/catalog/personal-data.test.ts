import type { JsonSchema } from '@hyvve-events/catalog-model';
import { expect, it } from 'vitest';
import type { Catalog } from '../../../../admin/catalog/catalog.js';
import { createMasker } from '../../../../admin/catalog/personal-data.js';
import { mask } from '../../../../admin/web/shared/mask.js';

/** A catalog of one event whose payload is `schema`. */
function catalogOf(schema: JsonSchema, others: Readonly<Record<string, JsonSchema>> = {}): Catalog {
  const event = { type: 'a.b.c', key: 'X', version: '1.0.0', domain: 'a', payload: 'X' };
  return {
    json: '',
    etag: '',
    events: new Map([[event.type, event]]),
    schemas: new Map(Object.entries({ X: schema, ...others })),
    patternCosts: new Map(),
  };
}

const personal = { type: 'string', 'x-personal-data': true };
const other: Readonly<Record<string, JsonSchema>> = {
  Person: { type: 'object', properties: { email: personal, age: { type: 'integer' } } },
  Email: personal,
  Tree: {
    type: 'object',
    properties: { name: personal, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
  },
  Loop: { $ref: '#/$defs/Loop' },
};

it.each<[string, JsonSchema, unknown, unknown]>([
  ['a property', { properties: { a: personal, b: {} } }, { a: 1, b: 2 }, { a: mask, b: 2 }],
  ['the whole payload', personal, { a: 1 }, mask],
  [
    'the target of a $ref',
    { properties: { p: { $ref: '#/$defs/Person' } } },
    { p: { email: 'x', age: 3 } },
    { p: { email: mask, age: 3 } },
  ],
  ['a $ref that is marked itself', { properties: { e: { $ref: '#/$defs/Email' } } }, { e: 'x' }, { e: mask }],
  ['items', { items: { $ref: '#/$defs/Email' } }, ['x', 'y'], [mask, mask]],
  ['items of a tuple', { items: [{}, personal], additionalItems: personal }, [1, 2, 3], [1, mask, mask]],
  [
    'any branch',
    { oneOf: [{ properties: { a: personal } }, { properties: { b: personal } }] },
    { a: 1, b: 2, c: 3 },
    { a: mask, b: mask, c: 3 },
  ],
  ['a condition', { if: {}, else: { properties: { a: personal } } }, { a: 1 }, { a: mask }],
  [
    'additional properties',
    { properties: { a: {} }, additionalProperties: personal },
    { a: 1, z: 2 },
    { a: 1, z: mask },
  ],
  ['pattern properties', { patternProperties: { '^x': personal, '[': personal } }, { xa: 1 }, { xa: mask }],
  [
    'recursion',
    { $ref: '#/$defs/Tree' },
    { name: 'x', children: [{ name: 'y' }] },
    { name: mask, children: [{ name: mask }] },
  ],
  ['a reference to itself', { $ref: '#/$defs/Loop' }, { a: 1 }, { a: 1 }],
  [
    'a value of another shape',
    { properties: { a: { properties: { b: personal } } } },
    { a: [{ b: 1 }] },
    { a: [{ b: 1 }] },
  ],
  ['nothing if nothing is marked', { properties: { a: {} } }, { a: null }, { a: null }],
])('masks %s', (_what, schema, data, shown) => {
  const masker = createMasker(catalogOf(schema, other));
  expect(masker.data('a.b.c', '1.0.0', data)).toEqual(shown);
});

it('masks the userId of an envelope, and all data of an unknown type', () => {
  const masker = createMasker(catalogOf({ properties: { a: personal } }));
  const envelope = { id: 'e', type: 'a.b.c', tenantId: 't', userId: 'u', data: { a: 1 } };
  expect(masker.envelope(envelope)).toEqual({ ...envelope, userId: mask, data: { a: mask } });
  expect(masker.envelope({ type: 'x.y.z', data: { a: 1 } })).toEqual({ type: 'x.y.z', data: mask });
});

it('masks data of each version by the schema of this version, and all data of versions that the catalog does not describe', () => {
  const catalog = catalogOf(
    { properties: { name: personal, note: {} } },
    { XV1: { properties: { customer: personal } } },
  );
  const older = [{ major: 1, version: '1.4.0', payload: 'XV1', next: 'X', step: 'v1ToV2', upcast: 'derive' as const }];
  const event = { type: 'a.b.c', key: 'X', version: '2.1.0', domain: 'a', payload: 'X', older };
  const masker = createMasker({ ...catalog, events: new Map([[event.type, event]]) });
  const data = { customer: 1, name: 2, note: 3 };
  expect(masker.data('a.b.c', '1.0.0', data)).toEqual({ ...data, customer: mask });
  expect(masker.data('a.b.c', '2.0.0', data)).toEqual({ ...data, name: mask });
  expect(masker.data('a.b.c', '2.2.0', data)).toBe(mask);
  expect(masker.data('a.b.c', '3.0.0', data)).toBe(mask);
  expect(masker.data('a.b.c', '0.9.0', data)).toBe(mask);
  // Of which version data in the audit log is, is not known.
  expect(masker.data('a.b.c', undefined, data)).toEqual({ customer: mask, name: mask, note: 3 });
  const retired = { ...event, retired: [{ major: 0, retired: '2026-01-01' }] };
  const other = createMasker({ ...catalog, events: new Map([[event.type, retired]]) });
  expect(other.data('a.b.c', undefined, data)).toBe(mask);
});
