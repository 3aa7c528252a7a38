import { describe, expect, it } from 'vitest';
import { compareSchemas } from '../../../../generator/diff/compare-schemas.js';
import type { JsonSchema } from '../../../../generator/model/event-model.js';

type Schemas = Readonly<Record<string, JsonSchema>>;

interface Case {
  readonly old: JsonSchema;
  readonly new: JsonSchema;
  /** Definitions for `#/$defs/…`, in both versions or in one of them. */
  readonly defs?: Schemas;
  readonly oldDefs?: Schemas;
  readonly newDefs?: Schemas;
  /** `CODE path`. */
  readonly want: readonly string[];
}

const object = (properties: Schemas, more: object = {}): JsonSchema => ({ type: 'object', properties, ...more });
const string = { type: 'string' } as const;
const number = { type: 'number' } as const;
const named = (name: string) => ({ $ref: `#/$defs/${name}` });
/** A schema with `if` and `then`. */
const conditional = (condition: JsonSchema, positive: JsonSchema) =>
  Object.fromEntries([
    ['if', condition],
    ['then', positive],
  ]);
const card = object({ kind: { const: 'card' }, digits: string }, { required: ['kind', 'digits'] });
const cash = object({ kind: { const: 'cash' } }, { required: ['kind'] });
const post = object({ kind: { const: 'post' }, address: string }, { required: ['kind'] });

const cases: readonly (readonly [name: string, test: Case])[] = [
  ['no change', { old: object({ a: string }), new: object({ a: string }), want: [] }],
  [
    'only annotations',
    {
      old: string,
      new: { ...string, description: 'x', title: 'y', default: 'z', examples: ['a'], 'x-y': 1 },
      want: [],
    },
  ],
  ['a property added', { old: object({}), new: object({ a: string }), want: ['PROPERTY_ADDED $.a'] }],
  ['a property removed', { old: object({ a: string }), new: object({}), want: ['PROPERTY_REMOVED $.a'] }],
  [
    'a property removed from a closed object',
    {
      old: object({ a: string }, { additionalProperties: false }),
      new: object({}, { additionalProperties: false }),
      want: ['PROPERTY_REMOVED $.a'],
    },
  ],
  [
    'a required property added',
    { old: object({}), new: object({ a: string }, { required: ['a'] }), want: ['REQUIRED_ADDED $.a'] },
  ],
  [
    'a property that became required',
    { old: object({ a: string }), new: object({ a: string }, { required: ['a'] }), want: ['REQUIRED_ADDED $.a'] },
  ],
  [
    'a property that became optional',
    { old: object({ a: string }, { required: ['a'] }), new: object({ a: string }), want: ['REQUIRED_REMOVED $.a'] },
  ],
  [
    'a property renamed',
    { old: object({ a: string }), new: object({ b: string }), want: ['PROPERTY_REMOVED $.a', 'PROPERTY_ADDED $.b'] },
  ],
  [
    'a property name that is not an identifier',
    { old: object({ 'a.b': string }), new: object({ 'a.b': number }), want: ['TYPE_CHANGED $["a.b"]'] },
  ],
  ['another type', { old: string, new: number, want: ['TYPE_CHANGED $'] }],
  ['a type added', { old: string, new: { type: ['string', 'null'] }, want: ['TYPE_WIDENED $'] }],
  ['a type removed', { old: { type: ['string', 'null'] }, new: string, want: ['TYPE_NARROWED $'] }],
  ['integer to number', { old: { type: 'integer' }, new: number, want: ['TYPE_WIDENED $'] }],
  ['number to integer', { old: number, new: { type: 'integer' }, want: ['TYPE_NARROWED $'] }],
  ['any value to one type', { old: true, new: string, want: ['TYPE_NARROWED $'] }],
  ['one type to any value', { old: string, new: {}, want: ['TYPE_WIDENED $'] }],
  ['a type to `false`', { old: string, new: false, want: ['TYPE_NARROWED $'] }],
  ['an enum value added', { old: { enum: ['a'] }, new: { enum: ['a', 'b'] }, want: ['ENUM_WIDENED $'] }],
  ['an enum value removed', { old: { enum: ['a', 'b'] }, new: { enum: ['a'] }, want: ['ENUM_NARROWED $'] }],
  [
    'an enum value replaced',
    { old: { enum: ['a', 'b'] }, new: { enum: ['a', 'c'] }, want: ['ENUM_NARROWED $', 'ENUM_WIDENED $'] },
  ],
  ['an enum in another order', { old: { enum: ['a', 'b'] }, new: { type: 'string', enum: ['b', 'a'] }, want: [] }],
  ['a string to an enum', { old: string, new: { enum: ['a'] }, want: ['ENUM_NARROWED $'] }],
  ['an enum to a string', { old: { enum: ['a'] }, new: string, want: ['ENUM_WIDENED $'] }],
  ['a constant to another constant', { old: { const: 'a' }, new: { const: 'b' }, want: ['CONST_CHANGED $'] }],
  [
    'a constant to an enum that contains it',
    { old: { const: 'a' }, new: { enum: ['a', 'b'] }, want: ['ENUM_WIDENED $'] },
  ],
  [
    'an enum as a oneOf of constants',
    { old: { enum: [1, 2] }, new: { oneOf: [{ const: 1 }, { const: 2 }] }, want: [] },
  ],
  ['a format added', { old: string, new: { ...string, format: 'date-time' }, want: ['FORMAT_ADDED $'] }],
  ['a format removed', { old: { ...string, format: 'date-time' }, new: string, want: ['FORMAT_REMOVED $'] }],
  [
    'another format',
    { old: { ...string, format: 'date' }, new: { ...string, format: 'date-time' }, want: ['FORMAT_CHANGED $'] },
  ],
  [
    'minLength increased',
    { old: { ...string, minLength: 1 }, new: { ...string, minLength: 2 }, want: ['CONSTRAINT_TIGHTENED $'] },
  ],
  [
    'minLength decreased',
    { old: { ...string, minLength: 2 }, new: { ...string, minLength: 1 }, want: ['CONSTRAINT_LOOSENED $'] },
  ],
  ['minLength without effect', { old: string, new: { ...string, minLength: 0 }, want: [] }],
  [
    'maxLength increased',
    { old: { ...string, maxLength: 1 }, new: { ...string, maxLength: 2 }, want: ['CONSTRAINT_LOOSENED $'] },
  ],
  ['maxLength added', { old: string, new: { ...string, maxLength: 2 }, want: ['CONSTRAINT_TIGHTENED $'] }],
  ['minimum removed', { old: { ...number, minimum: 0 }, new: number, want: ['CONSTRAINT_LOOSENED $'] }],
  [
    'minimum that became exclusive',
    { old: { ...number, minimum: 0 }, new: { ...number, exclusiveMinimum: 0 }, want: ['CONSTRAINT_TIGHTENED $'] },
  ],
  [
    'maximum that became inclusive',
    { old: { ...number, exclusiveMaximum: 9 }, new: { ...number, maximum: 9 }, want: ['CONSTRAINT_LOOSENED $'] },
  ],
  [
    'multipleOf to a multiple',
    { old: { ...number, multipleOf: 2 }, new: { ...number, multipleOf: 4 }, want: ['CONSTRAINT_TIGHTENED $'] },
  ],
  [
    'multipleOf to a divisor',
    { old: { ...number, multipleOf: 4 }, new: { ...number, multipleOf: 2 }, want: ['CONSTRAINT_LOOSENED $'] },
  ],
  [
    'multipleOf to another number',
    { old: { ...number, multipleOf: 2 }, new: { ...number, multipleOf: 3 }, want: ['CONSTRAINT_CHANGED $'] },
  ],
  ['a pattern added', { old: string, new: { ...string, pattern: '^a' }, want: ['CONSTRAINT_TIGHTENED $'] }],
  [
    'another pattern',
    { old: { ...string, pattern: '^b' }, new: { ...string, pattern: '^a' }, want: ['CONSTRAINT_CHANGED $'] },
  ],
  [
    'uniqueItems added',
    { old: { type: 'array' }, new: { type: 'array', uniqueItems: true }, want: ['CONSTRAINT_TIGHTENED $'] },
  ],
  [
    'minItems removed',
    { old: { type: 'array', minItems: 2 }, new: { type: 'array' }, want: ['CONSTRAINT_LOOSENED $'] },
  ],
  ['maxProperties added', { old: object({}), new: object({}, { maxProperties: 2 }), want: ['CONSTRAINT_TIGHTENED $'] }],
  ['a limit of another type', { old: { ...string, minimum: 3 }, new: { ...string, minItems: 1 }, want: [] }],
  ['not added', { old: string, new: { ...string, not: { const: 'a' } }, want: ['CONSTRAINT_TIGHTENED $'] }],
  ['not removed', { old: { ...string, not: { const: 'a' } }, new: string, want: ['CONSTRAINT_LOOSENED $'] }],
  [
    'another not',
    {
      old: { ...string, not: { const: 'a' } },
      new: { ...string, not: { const: 'b' } },
      want: ['MAYBE_NARROWED $', 'MAYBE_WIDENED $'],
    },
  ],
  [
    'an object closed',
    { old: object({}), new: object({}, { additionalProperties: false }), want: ['OBJECT_CLOSED $'] },
  ],
  [
    'an object opened',
    { old: object({}, { additionalProperties: false }), new: object({}), want: ['OBJECT_OPENED $'] },
  ],
  [
    'an object closed by unevaluatedProperties',
    { old: object({}), new: object({}, { unevaluatedProperties: false }), want: ['OBJECT_CLOSED $'] },
  ],
  [
    'a map with other values',
    {
      old: object({}, { additionalProperties: string }),
      new: object({}, { additionalProperties: number }),
      want: ['TYPE_CHANGED $.*'],
    },
  ],
  [
    'a required property that the schema of additional properties now describes',
    {
      old: object({ a: string }, { required: ['a'], additionalProperties: false }),
      new: object({}, { required: ['a'], additionalProperties: { enum: ['x'] } }),
      want: ['ENUM_NARROWED $.a', 'OBJECT_OPENED $'],
    },
  ],
  [
    'a map narrowed',
    { old: object({}), new: object({}, { additionalProperties: string }), want: ['TYPE_NARROWED $.*'] },
  ],
  [
    'a property of a map that got its own schema',
    {
      old: object({}, { additionalProperties: string }),
      new: object({ a: number }, { additionalProperties: string }),
      want: ['PROPERTY_ADDED $.a', 'TYPE_CHANGED $.a'],
    },
  ],
  [
    'patternProperties with another schema',
    {
      old: object({}, { patternProperties: { '^x-': string } }),
      new: object({}, { patternProperties: { '^x-': number } }),
      want: ['TYPE_CHANGED $[/^x-/]'],
    },
  ],
  [
    'a limit within nested objects and arrays',
    {
      old: object({ lines: { type: 'array', items: object({ price: object({ amount: number }) }) } }),
      new: object({
        lines: { type: 'array', items: object({ price: object({ amount: { ...number, minimum: 1 } }) }) },
      }),
      want: ['CONSTRAINT_TIGHTENED $.lines[*].price.amount'],
    },
  ],
  [
    'an element of a tuple',
    {
      old: { type: 'array', prefixItems: [string, number] },
      new: { type: 'array', prefixItems: [string, string] },
      want: ['TYPE_CHANGED $[1]'],
    },
  ],
  [
    'further items of a tuple',
    {
      old: { type: 'array', prefixItems: [string], items: false },
      new: { type: 'array', prefixItems: [string], items: number },
      want: ['TYPE_WIDENED $[*]'],
    },
  ],
  ['items added', { old: { type: 'array' }, new: { type: 'array', items: string }, want: ['TYPE_NARROWED $[*]'] }],
  ['a schema moved to a $ref', { old: card, new: named('Card'), defs: { Card: card }, want: [] }],
  [
    'a change in the target of a $ref',
    {
      old: object({ card: named('Card') }),
      new: object({ card: named('Card') }),
      oldDefs: { Card: card },
      newDefs: { Card: object({ kind: { const: 'card' } }, { required: ['kind'] }) },
      want: ['PROPERTY_REMOVED $.card.digits'],
    },
  ],
  ['an allOf of one', { old: card, new: { allOf: [card] }, want: [] }],
  [
    'an allOf with the same meaning',
    {
      old: object({ a: string, b: number }, { required: ['a', 'b'] }),
      new: { allOf: [object({ a: string }, { required: ['a'] }), object({ b: number }, { required: ['b'] })] },
      want: [],
    },
  ],
  [
    'a part added to an allOf',
    {
      old: { allOf: [object({ a: string })] },
      new: { allOf: [object({ a: string }), { required: ['a'] }, object({ a: { enum: ['x'] } })] },
      want: ['REQUIRED_ADDED $.a', 'ENUM_NARROWED $.a'],
    },
  ],
  [
    'a part removed from an allOf',
    { old: { allOf: [string, { minLength: 3 }] }, new: { allOf: [string] }, want: ['CONSTRAINT_LOOSENED $'] },
  ],
  ['a branch added to a oneOf', { old: { oneOf: [card] }, new: { oneOf: [card, cash] }, want: ['BRANCH_ADDED $'] }],
  [
    'a branch removed from a oneOf',
    { old: { oneOf: [card, cash] }, new: { oneOf: [cash] }, want: ['BRANCH_REMOVED $'] },
  ],
  ['a oneOf in another order', { old: { oneOf: [card, cash, post] }, new: { oneOf: [post, card, cash] }, want: [] }],
  [
    'a oneOf of types as a type array',
    { old: { oneOf: [string, { type: 'null' }] }, new: { type: ['null', 'string'] }, want: [] },
  ],
  [
    'a changed branch among others',
    {
      old: { oneOf: [cash, card] },
      new: { oneOf: [object({ kind: { const: 'card' }, digits: number }, { required: ['kind', 'digits'] }), cash] },
      want: ['TYPE_CHANGED $.digits'],
    },
  ],
  [
    'a change in a branch that is a $ref',
    {
      old: { oneOf: [named('Card'), named('Cash')] },
      new: { oneOf: [named('Cash'), named('Card')] },
      oldDefs: { Card: card, Cash: cash },
      newDefs: { Card: object({ kind: { const: 'card' } }, { required: ['kind'] }), Cash: cash },
      want: ['PROPERTY_REMOVED $(Card).digits'],
    },
  ],
  [
    'a branch added that is a $ref',
    {
      old: { oneOf: [named('Card')] },
      new: { oneOf: [named('Card'), named('Cash')] },
      defs: { Card: card, Cash: cash },
      want: ['BRANCH_ADDED $'],
    },
  ],
  ['one schema that became a branch', { old: card, new: { anyOf: [card, post] }, want: ['BRANCH_ADDED $'] }],
  [
    'a branch of another type removed from an anyOf',
    { old: { anyOf: [string, number] }, new: { anyOf: [string] }, want: ['TYPE_NARROWED $'] },
  ],
  [
    'a oneOf together with properties',
    {
      old: object({ id: string }, { oneOf: [cash, card] }),
      new: object({ id: number }, { oneOf: [cash, card] }),
      want: ['TYPE_CHANGED $.id'],
    },
  ],
  [
    'a change in the target of a circular $ref',
    {
      old: named('Node'),
      new: named('Node'),
      oldDefs: { Node: object({ value: string, next: named('Node'), list: { type: 'array', items: named('Node') } }) },
      newDefs: { Node: object({ value: number, next: named('Node'), list: { type: 'array', items: named('Node') } }) },
      want: ['TYPE_CHANGED $.value'],
    },
  ],
  [
    'a circular reference through oneOf',
    {
      old: named('Tree'),
      new: named('Tree'),
      oldDefs: { Tree: { oneOf: [string, object({ left: named('Tree'), right: named('Tree') })] } },
      newDefs: { Tree: { oneOf: [string, number, object({ left: named('Tree'), right: named('Tree') })] } },
      want: ['TYPE_WIDENED $'],
    },
  ],
  [
    'a number format to a narrower one',
    { old: { type: 'integer', format: 'int64' }, new: { type: 'integer', format: 'int32' }, want: ['FORMAT_ADDED $'] },
  ],
  [
    'a number format added',
    { old: { type: 'integer' }, new: { type: 'integer', format: 'int32' }, want: ['FORMAT_ADDED $'] },
  ],
  ['the format double added', { old: number, new: { ...number, format: 'double' }, want: [] }],
  ['an unchecked format added', { old: string, new: { ...string, format: 'markdown' }, want: [] }],
  [
    'pattern properties added to a closed object',
    {
      old: object({ a: string }, { additionalProperties: false }),
      new: object({ a: string }, { additionalProperties: false, patternProperties: { '^x-': string } }),
      want: ['PROPERTY_ADDED $[/^x-/]'],
    },
  ],
  [
    'a change in the target of a $ref within contains',
    {
      old: { type: 'array', contains: named('Tag') },
      new: { type: 'array', contains: named('Tag') },
      oldDefs: { Tag: { enum: ['a'] } },
      newDefs: { Tag: { enum: ['a', 'b'] } },
      want: ['MAYBE_WIDENED $'],
    },
  ],
  [
    'a change in the target of a $ref within not',
    {
      old: { ...string, not: named('Banned') },
      new: { ...string, not: named('Banned') },
      oldDefs: { Banned: { enum: ['a'] } },
      newDefs: { Banned: { enum: ['a', 'b'] } },
      want: ['MAYBE_NARROWED $'],
    },
  ],
  [
    'a change in the target of a $ref within then',
    {
      old: object({}, conditional({ required: ['a'] }, named('Loan'))),
      new: object({}, conditional({ required: ['a'] }, named('Loan'))),
      oldDefs: { Loan: object({ days: { maximum: 14 } }) },
      newDefs: { Loan: object({ days: { maximum: 30 } }) },
      want: ['MAYBE_WIDENED $.days'],
    },
  ],
  [
    'an anyOf to a oneOf of the same branches',
    {
      old: { anyOf: [string, { minLength: 1 }] },
      new: { oneOf: [string, { minLength: 1 }] },
      want: ['MAYBE_NARROWED $'],
    },
  ],
  [
    'a oneOf of overlapping objects, with a property added to one',
    {
      old: { oneOf: [object({ a: string }, { required: ['a'] }), object({ b: string }, { required: ['b'] })] },
      new: {
        oneOf: [object({ a: string, c: string }, { required: ['a'] }), object({ b: string }, { required: ['b'] })],
      },
      // An object with a, b and a number as c matched both alternatives, and now matches only one.
      want: ['PROPERTY_ADDED $.c', 'MAYBE_WIDENED $'],
    },
  ],
  [
    'a schema that is only a reference to itself',
    { old: named('A'), new: named('A'), defs: { A: named('A') }, want: [] },
  ],
];

describe('compareSchemas', () => {
  it.each(cases)('%s', (_name, { old, new: now, defs = {}, oldDefs = defs, newDefs = defs, want }) => {
    const versions = { old: new Map(Object.entries(oldDefs)), new: new Map(Object.entries(newDefs)) };
    const found = compareSchemas([old], [now], versions);
    expect(found.map(({ code, path }) => `${code} ${path}`)).toEqual(want);
  });

  it('each change has the sides and the compatibility that it breaks', () => {
    const versions = { old: new Map(), new: new Map() };
    const closed = { additionalProperties: false };
    expect(compareSchemas([object({ a: string }, closed)], [object({}, closed)], versions)).toEqual([
      {
        code: 'PROPERTY_REMOVED',
        path: '$.a',
        message: 'a was removed',
        breaks: ['consumers', 'producers'],
        against: ['backward', 'forward'],
      },
    ]);
    expect(compareSchemas([string], [{ ...string, enum: ['a', 'b'] }], versions)).toEqual([
      {
        code: 'ENUM_NARROWED',
        path: '$',
        message: 'any string became "a", "b"',
        breaks: ['producers'],
        against: ['backward'],
      },
    ]);
  });
});
