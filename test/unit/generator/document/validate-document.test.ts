import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { validateDocument } from '../../../../generator/document/validate-document.js';
import { DocumentStore } from '../../../../generator/source/document-store.js';
import { Cache } from '../../../../generator/support/cache.js';
import { Memo } from '../../../../generator/support/memo.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const version2 = `asyncapi: 2.6.0
info: { title: Shop, version: 1.0.0 }
servers: { main: { url: localhost, protocol: redis } }
channels:
  placed:
    servers: [main]
    publish: { operationId: place, message: { messageId: Placed, payload: { type: object } } }
  gone:
    subscribe: { operationId: go, message: { messageId: Gone, payload: { type: object } } }
`;

async function messagesOf(text: string, cache?: Cache): Promise<readonly string[]> {
  const catalog = join(folder.path, 'asyncapi.yaml');
  await writeFile(catalog, text);
  return (await validateDocument(new DocumentStore(), catalog, cache)).map(({ message }) => message);
}

it.each([
  [
    'the id of an operation in another channel',
    'operationId: go',
    'operationId: place',
    /must be unique across all the operations/,
  ],
  [
    'the id of a message in another channel',
    'messageId: Gone',
    'messageId: Placed',
    /must be unique across all the messages/,
  ],
  ['the name of the server of a channel', '{ main:', '{ other:', /server that are not defined/],
])('version 2, with the results of a valid document, after an edit: %s', async (_what, before, after, error) => {
  const memo = new Memo([]);
  expect(await messagesOf(version2, new Cache(memo))).toEqual([]);
  const edited = version2.replace(before, after);
  const found = await messagesOf(edited, new Cache(memo));
  expect(found).toEqual(await messagesOf(edited));
  expect(found.join('\n')).toMatch(error);
});
