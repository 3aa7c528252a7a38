import type { JsonSchema } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { prepareTypes } from '../../../../models/prepare/prepare-types.js';

const source = { file: 'catalog.yaml', pointer: '' };

function prepare(schemas: Readonly<Record<string, JsonSchema>>) {
  const { types, warnings } = prepareTypes({
    schemas: Object.entries(schemas).map(([name, schema]) => ({ name, uses: [], schema, source })),
  });
  return { types, warnings, named: new Map(types.map((type) => [type.name, type])) };
}

/** The type of the only property of an object. */
function typeOf(property: JsonSchema) {
  const { named, warnings } = prepare({
    Top: { type: 'object', properties: { p: property } },
    Other: { type: 'string' },
  });
  const top = named.get('Top');
  return { type: top?.kind === 'object' ? top.fields[0]?.type : undefined, warnings, named };
}

const other = { $ref: '#/$defs/Other' };

describe('the type of a property', () => {
  it.each<[string, JsonSchema, object]>([
    ['a scalar with limits', { type: 'string', minLength: 1, format: 'date-time' }, { scalar: 'string' }],
    ['null and a scalar', { type: ['integer', 'null'] }, { scalar: 'integer', nullable: true }],
    ['an integer beyond 64 bits', { type: 'integer', maximum: 1e30 }, { scalar: 'bigInteger' }],
    ['a number that is said twice', { type: ['integer', 'number'] }, { scalar: 'number' }],
    ['two scalars', { type: ['string', 'boolean'] }, { choice: [{ scalar: 'string' }, { scalar: 'boolean' }] }],
    ['a constant', { const: 'card' }, { scalar: 'string', text: 'card' }],
    ['an enum of numbers and null', { enum: [1, 2, null] }, { scalar: 'integer', nullable: true }],
    ['a reference with a description', { ...other, description: 'x' }, { ref: 'Other' }],
    ['a reference or null', { anyOf: [other, { type: 'null' }] }, { ref: 'Other', nullable: true }],
    ['`allOf` with one reference', { allOf: [other], description: 'x' }, { ref: 'Other' }],
    ['a list', { type: 'array', items: { type: ['number', 'null'] } }, { items: { scalar: 'number', nullable: true } }],
    [
      'a list of one type by position',
      { type: 'array', prefixItems: [other, other], items: false },
      { items: { ref: 'Other' } },
    ],
    ['a map', { type: 'object', additionalProperties: other }, { values: { ref: 'Other' } }],
    [
      'a map by pattern',
      { type: 'object', patternProperties: { '^x': other }, additionalProperties: false },
      { values: { ref: 'Other' } },
    ],
    ['anything', true, {}],
    ['an object without properties', { type: 'object' }, { values: {} }],
  ])('%s', (_name, schema, expected) => {
    expect(typeOf(schema)).toMatchObject({ type: expected, warnings: [] });
    expect(typeOf(schema).type).toEqual(expected);
  });

  it.each<[string, JsonSchema, object, string]>([
    ['an enum of different types', { enum: ['a', 1] }, {}, 'values of different types'],
    [
      'a list of types by position',
      { type: 'array', prefixItems: [other, { type: 'number' }] },
      { items: {} },
      'a list whose positions have different types',
    ],
    ['a list or a text', { type: ['array', 'string'] }, {}, 'one of array, string'],
    ['a constant that is an object', { const: { a: 1 } }, {}, 'a constant that is not a text'],
  ])('%s is wider, with a warning', (_name, schema, expected, reason) => {
    const { type, warnings } = typeOf(schema);
    expect(type).toEqual(expected);
    expect(warnings).toEqual([{ schema: 'Top', path: 'p', reason }]);
  });
});

describe('names', () => {
  it('of inner types come from the path, and are unique', () => {
    const inner: JsonSchema = {
      type: 'object',
      properties: { state: { enum: ['a'] }, parts: { type: 'array', items: { type: 'object', properties: {} } } },
    };
    const { types } = prepare({ Top: { type: 'object', properties: { in_ner: inner } }, TopInNer: { type: 'string' } });
    expect(types.map(({ name }) => name)).toEqual(['Top', 'TopInNer2', 'TopInNer2State', 'TopInNer']);
  });

  it('of the members of a union come from a constant, otherwise from the position', () => {
    const member = (kind: string, property: string): JsonSchema => ({
      type: 'object',
      properties: { kind: { const: kind }, [property]: true },
    });
    const { named } = prepare({
      Top: { oneOf: [member('credit-card', 'a'), other, { type: 'object', properties: { a: true } }] },
      Other: true,
    });
    expect(named.get('Top')).toMatchObject({
      kind: 'union',
      members: [{ ref: 'TopCreditCard' }, { ref: 'Other' }, { ref: 'TopOption3' }],
    });
  });
});

describe('objects', () => {
  it('have the properties of all parts of `allOf`; the narrower schema of a property counts', () => {
    const base: JsonSchema = {
      type: 'object',
      required: ['kind'],
      properties: { kind: { type: 'string', description: 'Kind.' }, id: { type: 'string' } },
    };
    const { named } = prepare({
      Base: base,
      Top: { allOf: [{ $ref: '#/$defs/Base' }, { required: ['id'], properties: { kind: { const: 'top' } } }] },
    });
    expect(named.get('Top')).toMatchObject({
      fields: [
        { wire: 'kind', required: true, type: { text: 'top' }, description: 'Kind.' },
        { wire: 'id', required: true },
      ],
    });
  });

  it('without a type may be something else: a union with anything', () => {
    const { named, warnings } = prepare({ Top: { properties: { a: true } } });
    expect(named.get('Top')).toMatchObject({ kind: 'union', members: [{ ref: 'TopObject' }, {}] });
    expect(warnings).toHaveLength(1);
  });

  it('have a name of their own where null is allowed too', () => {
    const { named } = prepare({ Top: { type: ['object', 'null'], properties: { next: { $ref: '#/$defs/Top' } } } });
    expect(named.get('Top')).toMatchObject({ kind: 'alias', type: { ref: 'TopValue', nullable: true } });
    expect(named.get('TopValue')).toMatchObject({ kind: 'object', fields: [{ wire: 'next', type: { ref: 'Top' } }] });
  });

  it('that only contain themselves through lists become wider', () => {
    const { named, warnings } = prepare({ List: { type: 'array', items: { $ref: '#/$defs/List' } } });
    expect(named.get('List')).toMatchObject({ kind: 'alias', type: { items: {} } });
    expect(warnings).toEqual([{ schema: 'List', path: '', reason: 'it contains itself through List' }]);
  });
});
