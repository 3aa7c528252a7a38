import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import type { AdminApp } from '@hyvve-events/admin';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundleAsyncApi } from '../../../admin/catalog/async-api.js';
import { callerOf, useAdmin } from '../../support/admin/admin.js';
import { useRedis } from '../../support/redis/redis.js';

it('bundleAsyncApi: one document without external references, valid for AsyncAPI’s parser', async () => {
  const { json, yaml } = await bundleAsyncApi('catalog/asyncapi.yaml');
  expect(json).not.toMatch(/"\$ref": "[^#]/);
  expect(parse(yaml)).toEqual(JSON.parse(json));
  const { document, diagnostics } = await new Parser().parse(json);
  expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
  expect(document?.allMessages().length).toBeGreaterThan(45);
}, 60_000);

it('bundleAsyncApi: contains each part once, also if references are circular, and names a $ref without a target', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-asyncapi-'));
  const root = join(folder, 'root.yaml');
  await writeFile(root, 'a: { $ref: "other.yaml#/tree" }\nb: { $ref: "other.yaml#/tree/left" }\nc: { $ref: "#/a" }\n');
  await writeFile(
    join(folder, 'other.yaml'),
    'tree: { left: { "x/y": 1 }, up: { $ref: "#/tree" }, home: { $ref: "root.yaml#/c" } }\n',
  );
  expect(JSON.parse((await bundleAsyncApi(root)).json)).toEqual({
    a: { left: { 'x/y': 1 }, up: { $ref: '#/a' }, home: { $ref: '#/c' } },
    b: { $ref: '#/a/left' },
    c: { $ref: '#/a' },
  });
  await writeFile(root, 'a: { $ref: "other.yaml#/nothing" }\n');
  await expect(bundleAsyncApi(root)).rejects.toThrow('other.yaml#/nothing has no target');
  await rm(folder, { recursive: true });
});

describe('the catalog over HTTP', () => {
  const redis = useRedis();
  const build = useAdmin();
  // These tests do not need the index.
  const database = { url: 'postgres://127.0.0.1:1/none' };
  let app: AdminApp;
  const call = callerOf(() => app);
  beforeAll(async () => {
    app = await build({ redis: redis.url, database, publicDocs: true });
  });

  it.each(['/catalog.json', '/asyncapi.json', '/asyncapi.yaml'])(
    '%s: has an ETag, and answers 304 to a client that has this version',
    async (url) => {
      const { status, headers } = await call('GET', url, undefined, null);
      expect([status, headers.etag]).toEqual([200, expect.stringMatching(/^"[\w-]{22}"$/)]);
      for (const known of [headers.etag, `"x", W/${headers.etag}`, '*']) {
        const reply = await app.inject({ url, headers: { 'if-none-match': String(known) } });
        expect([reply.statusCode, reply.payload]).toEqual([304, '']);
      }
      expect((await app.inject({ url, headers: { 'if-none-match': '"x"' } })).statusCode).toBe(200);
    },
  );

  it('/asyncapi.json without a document: 404, and the message names ADMIN_ASYNCAPI', async () => {
    const other = await build({ redis: redis.url, database, publicDocs: true, asyncApiFile: 'none.yaml' });
    const { status, body } = await callerOf(() => other)('GET', '/asyncapi.json', undefined, null);
    expect([status, body.message]).toEqual([404, expect.stringContaining('ADMIN_ASYNCAPI')]);
  });
});
