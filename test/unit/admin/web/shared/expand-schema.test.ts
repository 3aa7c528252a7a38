import type { JsonSchema } from '@hyvve-events/catalog-model';
import { expect, it } from 'vitest';
import { expandSchemas } from '../../../../../admin/web/shared/expand-schema.js';

const definitions: Readonly<Record<string, JsonSchema>> = {
  Name: { title: 'name', allOf: [{ title: 'short' }] },
  Self: { title: 'self', $ref: '#/$defs/Self' },
};

/** Titles of the schemas that a schema expands to. */
function titlesOf(schema: JsonSchema, conditional: boolean): readonly unknown[] {
  return expandSchemas([schema], (name) => definitions[name], { conditional })
    .map(({ title }) => title)
    .filter((title) => title !== undefined)
    .sort();
}

it('expandSchemas: follows references and combinations, each schema once', () => {
  expect(titlesOf({ $ref: '#/$defs/Name' }, false)).toEqual(['name', 'short']);
  expect(titlesOf({ anyOf: [{ title: 'a' }, { oneOf: [{ $ref: '#/$defs/Self' }] }] }, false)).toEqual(['a', 'self']);
  expect(titlesOf({ $ref: '#/$defs/Missing' }, false)).toEqual([]);
  expect(titlesOf(true, false)).toEqual([]);
});

it('expandSchemas: follows conditions only with the option conditional', () => {
  const schema = JSON.parse(
    '{"title":"whole","if":{"title":"if"},"then":{"title":"then"},"not":{"title":"not"}}',
  ) as JsonSchema;
  expect(titlesOf(schema, false)).toEqual(['whole']);
  expect(titlesOf(schema, true)).toEqual(['if', 'not', 'then', 'whole']);
});
