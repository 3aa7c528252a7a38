import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generate } from '../../generator/index.js';
import { readMemo, writeMemo } from '../../generator/output/memo-file.js';
import { generate as run } from '../../generator/pipeline.js';
import { Cache } from '../../generator/support/cache.js';
import { differing, readTree } from '../support/catalogs/generator.js';

const cases = (await readdir('test/golden', { withFileTypes: true })).filter((entry) => entry.isDirectory());

/** `UPDATE_GOLDEN=1 npx vitest run test/golden/golden.test.ts` writes the expected files again: read the diff before you commit it. */
const names = cases.map(({ name }) => name);

test.each(names)('test/golden/%s: generates the expected files', async (name) => {
  const folder = join('test/golden', name);
  const catalog = join(folder, 'asyncapi.yaml');
  if (process.env.UPDATE_GOLDEN !== undefined) await generate({ catalog, out: join(folder, 'expected') });
  const out = await mkdtemp(join(tmpdir(), 'hyvve-golden-'));
  try {
    await generate({ catalog, out });
    const [expected, made] = await Promise.all([readTree(join(folder, 'expected')), readTree(out)]);
    for (const path of differing(expected, made)) expect(made.get(path), path).toBe(expected.get(path));
    expect([...made.keys()]).toEqual([...expected.keys()]);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});

test.each(names)('test/golden/%s: a new process with the stored results of another generates the same files', async (name) => {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-golden-'));
  const catalog = join('test/golden', name, 'asyncapi.yaml');
  const place = { file: join(folder, 'a.memo'), key: 'key' };
  try {
    for (const out of ['first', 'second']) {
      const cache = new Cache(readMemo(place));
      await run({ catalog, out: join(folder, out), cache });
      writeMemo(place, cache.memo, true);
      const expected = await readTree(join('test/golden', name, 'expected'));
      expect([...(await readTree(join(folder, out)))]).toEqual([...expected]);
    }
    expect(await readFile(place.file, 'utf8')).toMatch(/^emit-validators /m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
