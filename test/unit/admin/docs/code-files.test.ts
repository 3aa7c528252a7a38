import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCodeFiles } from '../../../../admin/docs/code-files.js';

const usages = { usagesVersion: 1, catalog: 'h', partial: false, services: [], usages: [], undecided: [] };
const models = { modelsVersion: 1, language: 'python', package: 'p', catalog: 'h', events: {} };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyvve-code-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, value: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

describe('readCodeFiles', () => {
  it('returns the texts, models by language', async () => {
    const usagesFile = await written('usages.json', usages);
    const python = await written('python.json', models);
    const go = await written('go.json', { ...models, language: 'go' });
    const files = await readCodeFiles({ usagesFile, modelsFiles: [python, go] });
    expect(JSON.parse(files.usages ?? '')).toEqual(usages);
    expect([...files.models.keys()]).toEqual(['python', 'go']);
  });

  it('without paths: no files', async () => {
    expect(await readCodeFiles({})).toEqual({ models: new Map() });
  });

  it.each([
    ['is not JSON', '{', 'hyvve-events usages'],
    ['is a file of models', models, 'not a file of version 1'],
    ['has a newer version', { ...usages, usagesVersion: 2 }, 'not a file of version 1'],
    ['has a place without a line', { ...usages, usages: [{ file: 'a.ts' }] }, 'not a file of version 1'],
  ])('a usages.json that %s: an error that names the option', async (_what, value, why) => {
    const usagesFile = await written('bad.json', value);
    await expect(readCodeFiles({ usagesFile })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { field: 'usagesFile' },
      message: expect.stringContaining(why),
    });
  });

  it('a file that does not exist, and two of one language: errors that name the option', async () => {
    const missing = join(folder, 'missing.json');
    const first = await written('first.json', models);
    const second = await written('second.json', models);
    for (const modelsFiles of [[missing], [first, second]]) {
      await expect(readCodeFiles({ modelsFiles })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        details: { field: 'modelsFiles' },
      });
    }
  });
});
