import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareModels } from '../../../../generator/diff/compare-models.js';
import { readHistory, recordRelease } from '../../../../generator/diff/history.js';
import { comparableOf } from '../../../../generator/diff/model-file.js';
import { loadCatalog } from '../../../../generator/pipeline.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const catalog = (payload: string, message = '') => `
asyncapi: 3.0.0
info: { title: Shop, version: 1.0.0 }
channels:
  shop:
    address: shop
    messages:
      OrderPlaced:
        name: shop.order.placed
        ${message}
        headers: { type: object, properties: { region: { type: string } } }
        payload: ${payload}
        examples: [{ payload: { currency: EUR } }]
`;

async function modelOf(text: string) {
  const path = join(folder, 'asyncapi.yaml');
  writeFileSync(path, text);
  const { model } = await loadCatalog({ catalog: path });
  return comparableOf(model);
}

const payload = (annotations: string) => `{ type: object, properties: { currency: { type: string, ${annotations} } } }`;
const written = payload("default: EUR, x-unit: code, x-renamed-from: cur, description: 'ISO 4217', examples: [EUR]");

describe('a recorded release', () => {
  it('contains schemas and examples unchanged, without places in the source', async () => {
    const file = recordRelease(join(folder, 'history'), await modelOf(catalog(written)), new Date('2026-11-28'));
    const stored = JSON.parse(readFileSync(String(file), 'utf8'));
    const schema = stored.schemas.find((each: { name: string }) => each.name === 'OrderPlacedPayload').schema;
    expect(schema.properties.currency).toEqual({
      type: 'string',
      default: 'EUR',
      description: 'ISO 4217',
      examples: ['EUR'],
      'x-unit': 'code',
      'x-renamed-from': 'cur',
    });
    expect(stored.events[0].examples).toEqual([{ data: { currency: 'EUR' } }]);
    expect(JSON.stringify(stored)).not.toContain('"source"');
  });

  it('a catalog with other annotations: no changes', async () => {
    recordRelease(join(folder, 'history'), await modelOf(catalog(written)), new Date('2026-11-28'));
    const [release] = readHistory(join(folder, 'history'));
    const now = await modelOf(catalog(payload("default: USD, x-unit: name, description: 'Another', examples: [USD]")));
    expect(release && compareModels(release.model, now).events).toEqual([]);
  });

  it('other headers, content type and correlation id: each is a change', async () => {
    const before = catalog(written, "correlationId: { location: '$message.header#/old' }");
    recordRelease(join(folder, 'history'), await modelOf(before), new Date('2026-11-28'));
    const [release] = readHistory(join(folder, 'history'));
    const message = "contentType: application/cbor\n        correlationId: { location: '$message.header#/id' }";
    const text = catalog(written, message).replace('region: { type: string }', 'region: { type: integer }');
    const [event] = (release && compareModels(release.model, await modelOf(text)).events) ?? [];
    expect(event?.changes.map(({ code, path }) => `${code} ${path ?? ''}`.trim()).sort()).toEqual([
      'CONTENT_TYPE_CHANGED',
      'CORRELATION_ID_MOVED',
      'TYPE_CHANGED headers.region',
    ]);
  });

  const keyed =
    '{ type: object, required: [currency, shop], properties: { currency: { type: string }, shop: { type: string } } }';
  const withWords = (words: string) => modelOf(catalog(keyed, words).replace(/examples: .*/, ''));

  it.each([
    ['an ordering key that is added', '', 'x-ordering-key: /shop', 'the ordering key was the tenant and is now /shop'],
    [
      'one that is changed',
      'x-ordering-key: /currency',
      'x-ordering-key: /shop',
      'the ordering key was /currency and is now /shop',
    ],
    ['one that is removed', 'x-ordering-key: /currency', '', 'the ordering key was /currency and is now the tenant'],
  ])('%s: breaks consumers and producers, and says why', async (_what, from, to, message) => {
    recordRelease(join(folder, 'history'), await withWords(from), new Date('2026-11-28'));
    const [release] = readHistory(join(folder, 'history'));
    expect(release && compareModels(release.model, await withWords(to)).events).toMatchObject([
      {
        impact: 'breaking for both',
        changes: [{ code: 'ORDERING_KEY_CHANGED', message: expect.stringContaining(`${message}: events of one key`) }],
      },
    ]);
  });

  it('an ordering key that begins or ceases to determine the partition: breaks consumers and producers', async () => {
    const byTenant = await withWords('x-ordering-key: /shop');
    const byKey = await withWords('x-ordering-key: /shop\n        x-partition-by: ordering-key');
    for (const [old, now, text] of [
      [byTenant, byKey, 'the tenant determined the partition, now the ordering key does: events of one key'],
      [byKey, byTenant, 'the ordering key determined the partition, now the tenant does: events of one key'],
    ] as const) {
      expect(compareModels(old, now).events).toMatchObject([
        {
          impact: 'breaking for both',
          changes: [{ code: 'PARTITION_KEY_CHANGED', message: expect.stringContaining(text) }],
        },
      ]);
    }
  });

  it('recorded by a version that did not record headers: headers are not compared', async () => {
    const file = String(
      recordRelease(join(folder, 'history'), await modelOf(catalog(written)), new Date('2026-11-28')),
    );
    const { historyVersion: _version, ...stored } = JSON.parse(readFileSync(file, 'utf8'));
    for (const event of stored.events) delete event.headers;
    writeFileSync(file, JSON.stringify(stored));
    const [release] = readHistory(join(folder, 'history'));
    expect(release && compareModels(release.model, await modelOf(catalog(written))).events).toEqual([]);
  });
});
