import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GeneratorError, loadCatalog } from '../../../../generator/index.js';
import { writeTree } from '../../../support/catalogs/documents.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';
import { type HttpServer, startHttpServer } from '../../../support/http-server.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: HttpServer;
let address: string;

/** The files of another host: a schema with a relative reference, and its target. */
const remote: Readonly<Record<string, unknown>> = {
  '/order.json': {
    type: 'object',
    required: ['total'],
    properties: { total: { $ref: 'money.json#/definitions/money' } },
  },
  '/money.json': { definitions: { money: { type: 'number', minimum: 0 } } },
};

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startHttpServer((request, response) => {
    const found = remote[request.url ?? ''];
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}));
  });
  address = server.origin;
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

async function catalogWith(payload: object, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const channels = { shop: { messages: { Ordered: { name: 'shop.order.made', payload } } } };
  await writeTree(folder.path, {
    'asyncapi.json': { asyncapi: '3.0.0', info: { title: 't', version: '1' }, channels },
    ...more,
  });
  return join(folder.path, 'asyncapi.json');
}

async function problemsOf(load: Promise<unknown>): Promise<string[]> {
  const error = await load.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GeneratorError)) throw new Error(`not a GeneratorError: ${String(error)}`);
  return error.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`);
}

describe('references to other hosts', () => {
  it('without allowRemote: refused', async () => {
    const catalog = await catalogWith({ $ref: `${address}/order.json` });
    expect(await problemsOf(loadCatalog({ catalog }))).toEqual([`REF_REMOTE: $ref ${address}/order.json is remote`]);
  });

  it('with allowRemote: fetched, with the files that these refer to', async () => {
    const catalog = await catalogWith({ $ref: `${address}/order.json` });
    const { model } = await loadCatalog({ catalog, allowRemote: true });
    expect(model.schemas.map(({ name, schema }) => [name, schema])).toEqual([
      ['Money', { type: 'number', minimum: 0 }],
      ['Order', { type: 'object', required: ['total'], properties: { total: { $ref: '#/$defs/Money' } } }],
    ]);
  });

  it('a URL without a document: reported at the place of the reference', async () => {
    const catalog = await catalogWith({ $ref: `${address}/nothing.json` });
    expect(await problemsOf(loadCatalog({ catalog, allowRemote: true }))).toEqual([
      `REF_BROKEN: cannot read ${address}/nothing.json: the host responded with 404`,
    ]);
  });

  it('a URL that is the $id of a file of the catalog: resolved to this file', async () => {
    const schema = {
      $id: 'https://schemas.example.com/a/order.json',
      properties: { next: { $ref: '/b/item.json#item' } },
    };
    const item = {
      $id: 'https://schemas.example.com/b/item.json',
      definitions: { i: { $anchor: 'item', type: 'string' } },
    };
    const catalog = await catalogWith(
      { type: 'object', properties: { order: { $ref: './order.json' }, item: { $ref: './item.json#item' } } },
      { 'order.json': schema, 'item.json': item },
    );
    const { model } = await loadCatalog({ catalog });
    expect(model.schemas.map(({ name }) => name)).toEqual(['I', 'Order', 'OrderedPayload']);
  });
});

describe('ids', () => {
  const own = { $id: 'https://schemas.example.com/item.json', type: 'string', minLength: 3 };
  const other = { $id: own.$id, type: 'integer', maximum: 3 };

  it('an $id below an unknown keyword is used only if there is no other; properties may have names of keywords', async () => {
    const minLengthOf = async (definitions: object) => {
      const catalog = await catalogWith({ type: 'object', definitions, properties: { item: { $ref: own.$id } } });
      const { model } = await loadCatalog({ catalog });
      return JSON.stringify(model.schemas.map(({ schema }) => schema)).includes('"minLength":3');
    };
    expect(await minLengthOf({ a: { note: { inner: other } }, b: own })).toBe(true);
    expect(await minLengthOf({ a: { not: { notes: [other] } }, b: own })).toBe(true);
    expect(await minLengthOf({ a: { note: { inner: own } } })).toBe(true);
    expect(await minLengthOf({ a: { type: 'object', properties: { default: own } } })).toBe(true);
    expect(await minLengthOf({ a: { type: 'object', default: other }, b: own })).toBe(true);
  });
});

describe('circular references', () => {
  it.each([
    ['to itself', { $ref: '#/components/schemas/A' }, { A: { $ref: '#/components/schemas/A' } }],
    [
      'through another reference',
      { $ref: '#/components/schemas/A' },
      { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } },
    ],
    [
      'within the path of a pointer',
      { $ref: '#/components/schemas/A/x' },
      { A: { $ref: '#/components/schemas/B/y' }, B: { $ref: '#/components/schemas/A/z' } },
    ],
  ])('%s: REF_BROKEN, and the run ends', async (_name, payload, schemas) => {
    const channels = { shop: { messages: { Ordered: { payload } } } };
    const root = { asyncapi: '3.0.0', info: { title: 't', version: '1' }, channels, components: { schemas } };
    await writeTree(folder.path, { 'circular.json': root });
    const problems = await problemsOf(loadCatalog({ catalog: join(folder.path, 'circular.json') }));
    expect(problems[0]).toMatch(/^REF_BROKEN: .*leads back to itself/);
  });
});
