import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../../generator/index.js';
import type { EventModel } from '../../../generator/model/event-model.js';
import { compile, importAll, prepareProject, writeTree } from '../../support/catalogs/documents.js';
import { temporaryFolder } from '../../support/catalogs/generator.js';
import { hardDocuments } from '../../support/catalogs/hard-documents.js';

const fixtures = 'test/fixtures/documents';
const files = (await readdir(fixtures)).filter((file) => /\.(ya?ml|json)$/.test(file));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const models = new Map<string, EventModel>();

/** Documents of every kind, generated next to each other, so that one compiler run checks all of them. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await prepareProject(folder.path);
  const documents = new Map(files.map((file) => [basename(file).replace(/\.\w+$/, ''), join(fixtures, file)]));
  const golden = (await readdir('test/golden', { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name } of golden) documents.set(name, join('test/golden', name, 'asyncapi.yaml'));
  for (const [name, tree] of Object.entries(hardDocuments)) {
    await writeTree(join(folder.path, 'documents', name), tree);
    documents.set(name, join(folder.path, 'documents', name, 'asyncapi.json'));
  }
  for (const [name, catalog] of documents) {
    const { model } = await generate({ catalog, out: join(folder.path, name) });
    models.set(name, model);
  }
}, 300_000);
afterAll(() => folder.remove());

describe('documents from other sources', () => {
  it('generate code that compiles with the strictest options, and that plain Node imports', async () => {
    expect(await compile(folder.path)).toBe('');
    const exported = await importAll(folder.path, [...models.keys()]);
    for (const [name, { events }] of models) {
      const published = events.filter(({ reply }) => !reply);
      expect(exported[name], name).toEqual(expect.arrayContaining(published.map(({ publisher }) => publisher)));
    }
  }, 300_000);

  it('have one event for each message', () => {
    const counts = Object.fromEntries([...models].map(([name, { events }]) => [name, events.length]));
    expect(counts).toMatchObject({
      'anonymous-messages': 135,
      'external-schemas': 4,
      'dotted-names': 1,
      diamond: 1,
      'many-operations': 300,
      'colliding-names': 14,
      'foreign-formats': 8,
      'request-reply': 3,
    });
  });

  it('have unique names for events and schemas', () => {
    for (const [name, { events, schemas }] of models) {
      for (const names of [
        events.map(({ type }) => type),
        [
          ...events.flatMap(({ key, typeName, publisher }) => [key, typeName, publisher]),
          ...schemas.map((schema) => schema.name),
        ],
        events.map(({ constant }) => constant),
      ]) {
        expect(
          names.filter((each, index) => names.indexOf(each) !== index),
          name,
        ).toEqual([]);
      }
    }
  });

  it('mark replies, for which only types are generated', async () => {
    const { events = [] } = models.get('request-reply') ?? {};
    expect(events.map(({ key, reply }) => [key, reply])).toEqual([
      ['Note', false],
      ['Answer', true],
      ['Ask', false],
    ]);
    const replies = await readFile(join(folder.path, 'request-reply/replies.ts'), 'utf8');
    expect(replies).toContain('export interface AnswerPayload');
    expect(replies).not.toContain('publishAnswer');
  });
});
