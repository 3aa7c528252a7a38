import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FoundMessage } from '../../../../generator/document/found-document.js';
import { readDocument } from '../../../../generator/document/read-document.js';
import { DocumentStore } from '../../../../generator/source/document-store.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const payload = { type: 'object', properties: { id: { type: 'string' } } };
const fields = {
  name: 'order.placed',
  title: 'Order placed',
  summary: 'A customer placed an order',
  description: 'Once for each order.',
  contentType: 'application/json',
  correlationId: { location: '$message.header#/order' },
  tags: [{ name: 'orders' }],
  deprecated: true,
  'x-event-version': '2.1.0',
  'x-upcast': 'derive',
  'x-ordering-key': '/id',
  'x-partition-by': 'ordering-key',
  'x-versions': { '1': { sunset: '2027-02-01', payload: { type: 'object' } } },
  headers: { type: 'object', properties: { order: { type: 'string' } } },
  examples: [{ name: 'first', summary: 'An order', payload: { id: 'o1' }, headers: { order: 'o1' } }],
};
/** The same values as {@link fields}, only in traits. Of two traits the later one takes precedence. */
const traits = [{ title: 'Replaced by the later trait', tags: [{ name: 'replaced' }] }, fields];
const info = { title: 'Shop', version: '1.0.0', description: 'A shop', 'x-service': 'shop' };

function version2(version: string, message: object) {
  const subscribe = { message: { messageId: 'OrderPlaced', ...message } };
  return { asyncapi: version, info, channels: { orders: { description: 'All orders', subscribe } } };
}

function version3(version: string, message: object) {
  const orders = { address: 'orders', description: 'All orders', messages: { OrderPlaced: message } };
  const operations = { send: { action: 'send', channel: { $ref: '#/channels/orders' } } };
  return { asyncapi: version, info, channels: { orders }, operations };
}

function read(document: object) {
  const file = join(folder.path, 'asyncapi.json');
  writeFileSync(file, JSON.stringify(document));
  return readDocument(new DocumentStore(), file);
}

/** A message without its places, which differ between versions. */
function valuesOf({ at: _at, payload: carried, headers, examples, channel, versions: older, ...rest }: FoundMessage) {
  const { at: _channelAt, ...channelFields } = channel;
  return {
    ...rest,
    channel: channelFields,
    versions: older.map(({ at: _place, ...each }) => ({ ...each, payload: each.payload?.value })),
    payload: carried.kind === 'schema' ? carried.at.value : carried,
    headers: headers.map(({ at }) => at.value),
    examples: examples.map((each) => ({ ...each, payload: each.payload?.value, headers: each.headers?.value })),
  };
}

const versions = [
  ['2.6.0', version2],
  ['3.0.0', version3],
  ['3.1.0', version3],
] as const;

describe.each(versions)('readDocument: AsyncAPI %s', (version, documentWith) => {
  it.each([
    ['its own fields', { ...fields, payload }],
    ['the same fields in traits', { payload, traits }],
  ])('a message with %s: every field is read', (_name, message) => {
    const { value, problems } = read(documentWith(version, message));
    expect(problems).toEqual([]);
    expect(value.messages.map(valuesOf)).toEqual([
      {
        key: 'OrderPlaced',
        keyFrom: 'message',
        name: 'order.placed',
        title: 'Order placed',
        summary: 'A customer placed an order',
        description: 'Once for each order.',
        version: '2.1.0',
        upcast: { kind: 'derive', namesMajor: false },
        ordering: { key: '/id', isPartition: true },
        versions: [{ major: 1, sunset: '2027-02-01', retired: undefined, payload: { type: 'object' } }],
        deprecated: true,
        tags: ['orders'],
        contentType: 'application/json',
        correlationId: '$message.header#/order',
        channel: { name: 'orders', address: 'orders', title: undefined, description: 'All orders' },
        payload,
        headers: [fields.headers],
        examples: [{ name: 'first', summary: 'An order', payload: { id: 'o1' }, headers: { order: 'o1' } }],
      },
    ]);
    expect(value.info).toEqual({ title: 'Shop', version: '1.0.0', description: 'A shop' });
    expect(value.roles.filter(({ places }) => places.size > 0)).toMatchObject([{ service: 'shop', action: 'send' }]);
  });

  it('a field of a message and of a trait: the trait takes precedence before AsyncAPI 3, the message since then', () => {
    const { value } = read(documentWith(version, { payload, title: 'Own', traits: [{ title: 'Of the trait' }] }));
    expect(value.messages.map(({ title }) => title)).toEqual([version.startsWith('2') ? 'Of the trait' : 'Own']);
  });

  it('headers of a message and of a trait: both apply', () => {
    const own = { type: 'object', required: ['order'] };
    const { value } = read(documentWith(version, { payload, headers: own, traits: [{ headers: fields.headers }] }));
    const headers = value.messages.flatMap((message) => message.headers);
    expect(headers.map(({ from, at }) => [from, at.value])).toEqual([
      ['message', own],
      ['trait', fields.headers],
    ]);
  });

  it.each([
    ['no payload', {}, { kind: 'missing' }],
    [
      'a payload in Avro',
      { payload: { type: 'record' }, schemaFormat: 'application/vnd.apache.avro;version=1.9.0' },
      { kind: 'unsupported', format: 'application/vnd.apache.avro;version=1.9.0' },
    ],
    ['a payload with a broken reference', { payload: { $ref: '#/components/schemas/None' } }, { kind: 'broken' }],
  ])('a message with %s: the payload has this kind', (_name, message, expected) => {
    const { value, problems } = read(documentWith(version, message));
    expect(value.messages.map((found) => found.payload)).toMatchObject([expected]);
    expect(problems.map(({ code }) => code)).toEqual(expected.kind === 'broken' ? ['REF_BROKEN'] : []);
  });

  it('an invalid x-event-version is a problem at its place', () => {
    const { problems } = read(documentWith(version, { payload, traits: [{ 'x-event-version': 2 }] }));
    expect(problems).toMatchObject([{ code: 'VERSION_INVALID', hint: 'write `x-event-version: 2.0.0`' }]);
  });
});
