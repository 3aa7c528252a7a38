import { readFileSync } from 'node:fs';
import type { EventModel, SchemaObject } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { indexCatalog } from '../../../../../admin/web/shared/catalog-index.js';
import { handleSample, publishSample } from '../../../../../admin/web/shared/code-samples.js';
import { constraintsOf, fieldsOf, pathsOf, typeOf } from '../../../../../admin/web/shared/describe-schema.js';
import { standaloneSchema } from '../../../../../admin/web/shared/standalone-schema.js';
import { catalogOf, schemaOf } from '../../../../support/catalogs/catalogs.js';

const catalog = indexCatalog(JSON.parse(readFileSync('generated/catalog.json', 'utf8')) as EventModel);

describe('typeOf: describes a schema', () => {
  const cases: readonly [SchemaObject, string][] = [
    [{ type: 'string', format: 'date-time' }, 'string, date-time'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ type: 'array', items: { $ref: '#/$defs/Line' } }, 'list of Line'],
    [{ $ref: '#/$defs/Money' }, 'Money'],
    [{ const: 3 }, '3'],
    [{ oneOf: [] }, 'one of'],
    [{ properties: {} }, 'object'],
    [{}, 'anything'],
  ];
  it.each(cases)('%j', (schema, text) => {
    expect(typeOf(schema)).toBe(text);
  });
});

describe('fields', () => {
  it('paths: contain items of lists, alternatives and additional properties', () => {
    const schema = {
      type: 'object',
      required: ['lines'],
      properties: { lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } } },
      additionalProperties: { type: 'number' },
      anyOf: [{ required: ['lines'] }],
    } as const;
    expect(pathsOf(schema, new Map()).map(({ path }) => path)).toEqual(['lines', 'lines[].sku', '*', 'anyOf:1']);
    expect(fieldsOf(schema)[0]?.required).toBe(true);
  });

  it('a recursive schema: is listed once', () => {
    const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/Tree' } } } };
    const paths = pathsOf({ $ref: '#/$defs/Tree' }, new Map([['Tree', tree]])).map(({ path }) => path);
    expect(paths).toEqual(['children']);
  });

  it('constraintsOf: describes limits of length, value and items', () => {
    expect(constraintsOf({ minLength: 1, maximum: 0, uniqueItems: true })).toEqual([
      'at least 1 character',
      '≤ 0',
      'no item twice',
    ]);
  });
});

describe('code samples', () => {
  it('contain the generated functions, for every event of the platform', () => {
    for (const event of catalog.model.events) {
      const domain = catalog.domains.get(event.domain);
      if (domain === undefined) throw new Error(`${event.type} has no domain`);
      const module = readFileSync(`generated/${domain.fileName}.ts`, 'utf8');
      const [, publisher = ''] = /import \{ (\w+) \}/.exec(publishSample(event, domain, 'sdk')) ?? [];
      const handle = handleSample(event, domain, 'sdk');
      const [, handlers = ''] = /import \{ (\w+) \}/.exec(handle) ?? [];
      const [, method = ''] = /async (\w+)\(/.exec(handle) ?? [];
      expect(module).toContain(`export const ${publisher}:`);
      expect(module).toContain(`export function ${handlers}(`);
      expect(module).toContain(`${method}(`);
    }
  });
});

describe('standaloneSchema', () => {
  it('contains the schemas that it refers to, and no others', () => {
    const schemas = [
      schemaOf('Order', { $ref: '#/$defs/Line' }, ['Line']),
      schemaOf('Line', { $ref: '#/$defs/Order' }, ['Order']),
      schemaOf('Other', true),
    ];
    const { $ref, $defs } = standaloneSchema('Order', indexCatalog(catalogOf([], schemas))) as SchemaObject;
    expect($ref).toBe('#/$defs/Order');
    expect(Object.keys($defs as object)).toEqual(['Line', 'Order']);
  });
});
