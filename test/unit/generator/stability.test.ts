import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { generate } from '../../../generator/index.js';
import { writeTree } from '../../support/catalogs/documents.js';
import { readTree, temporaryFolder } from '../../support/catalogs/generator.js';
import { hardDocuments } from '../../support/catalogs/hard-documents.js';

/** Documents by name: the files of a folder, and the root document. */
const documents = new Map<string, { readonly root: string; readonly files: Readonly<Record<string, string>> }>();
for (const file of await readdir('test/fixtures/documents')) {
  const text = await readFile(join('test/fixtures/documents', file), 'utf8');
  documents.set(basename(file, '.yaml'), { root: file, files: { [file]: text } });
}
documents.set('platform', {
  root: 'asyncapi.yaml',
  files: Object.fromEntries([...(await readTree('catalog'))].filter(([path]) => path.endsWith('.yaml'))),
});
/** Releases are not part of the document. */
const isRelease = (path: string) => path.startsWith('history/');
for (const name of ['external-schemas', 'anonymous-messages'] as const) {
  const files = Object.entries(hardDocuments[name] ?? {}).map(([path, content]) => [path, JSON.stringify(content)]);
  documents.set(name, { root: 'asyncapi.json', files: Object.fromEntries(files) as Record<string, string> });
}

/** The same document with every mapping in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function emit(root: string, files: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, string>> {
  // Always the same folder, because generated files name their source.
  await writeTree(join(folder.path, 'catalog'), files);
  const out = join(folder.path, 'sdk');
  await generate({ catalog: join(folder.path, 'catalog', root), out });
  return readTree(out);
}

describe.each([...documents])('the output for %s', (_name, { root, files }) => {
  it('does not depend on the order of the document', async () => {
    const before = await emit(root, files);
    const turned = Object.entries(files).map(([path, text]) => [
      path,
      isRelease(path) ? text : stringify(reversed(parse(text, { merge: true }))),
    ]);
    expect(await emit(root, Object.fromEntries(turned))).toEqual(before);
  });

  it('retains every line when an unrelated channel is added above', async () => {
    const before = await emit(root, files);
    const document = parse(files[root] ?? '', { merge: true }) as {
      asyncapi: string;
      channels: object;
      components?: object;
    };
    const message = {
      name: 'aaa.unrelated.added',
      payload: { type: 'object', properties: { aaa: { type: 'string' } } },
    };
    const channel = document.asyncapi.startsWith('2')
      ? { publish: { message } }
      : { messages: { AaaUnrelated: message } };
    const more = { ...document, channels: { aaa: channel, ...document.channels } };
    const after = await emit(root, { ...files, [root]: stringify(more) });
    for (const [path, text] of before) {
      const now = new Set(after.get(path)?.split('\n'));
      const gone = text.split('\n').filter((line) => !now.has(line));
      // Only the lines with the hash of the catalog change.
      expect(
        gone.filter((line) => !/catalogHash =|"hash":/.test(line)),
        path,
      ).toEqual([]);
    }
  });
});
