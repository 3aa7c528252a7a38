import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogSchemaFile, catalogSchemaText } from '../../../scripts/catalog-schema.js';

const text = readFileSync(catalogSchemaFile, 'utf8');
const accepts = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(text));

it('the file in the package is the one that the script writes', () => {
  expect(text === catalogSchemaText(), 'fix: npm run catalog-schema').toBe(true);
});

it.each(['catalog', 'create/templates/catalog/catalog'])('accepts each file of %s', (folder) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    expect(accepts(parse(readFileSync(join(folder, file), 'utf8'))), `${file}: ${JSON.stringify(accepts.errors)}`).toBe(
      true,
    );
  }
});

it('accepts every word about older versions', () => {
  const versions = { '1': { sunset: '2027-02-01', retired: '2027-03-02', payload: { $ref: '#/schemas/A' } } };
  const message = { 'x-event-version': '2.0.0', 'x-upcast': 'derive', 'x-versions': versions };
  const schemas = { A: { type: 'object', properties: { a: { type: 'string', 'x-renamed-from': 'b' } } } };
  expect(accepts({ messages: { A: message }, schemas }), JSON.stringify(accepts.errors)).toBe(true);
});

it.each([
  ['a document without info', { asyncapi: '3.0.0' }],
  ['another version of AsyncAPI', { asyncapi: '2.6.0', info: { title: 'x', version: '1' } }],
  ['a version of an event that is a number', { messages: { A: { 'x-event-version': 1 } } }],
  ['a version of an event without three numbers', { messages: { A: { 'x-event-version': '1.0' } } }],
  ['an unknown field of a message', { messages: { A: { sumary: 'x' } } }],
  ['a service that is not a name', { operations: { a: { action: 'send', channel: { $ref: '#/a' }, 'x-service': 1 } } }],
  ['a mark of personal data that is a text', { schemas: { A: { properties: { a: { 'x-personal-data': 'yes' } } } } }],
  ['a word for a conversion that does not exist', { messages: { A: { 'x-upcast': 'always' } } }],
  ['a word for a version that is not a number', { messages: { A: { 'x-upcast': { two: 'derive' } } } }],
  ['an unknown key of an older version', { messages: { A: { 'x-versions': { '1': { retierd: '2027-01-01' } } } } }],
  ['an older version that is not a number', { messages: { A: { 'x-versions': { one: {} } } } }],
  ['a former name that is not a text', { schemas: { A: { properties: { a: { 'x-renamed-from': 1 } } } } }],
  ['an unknown section of a part', { message: {} }],
])('refuses %s', (_name, document) => {
  expect(accepts(document)).toBe(false);
});
