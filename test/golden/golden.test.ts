import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generate } from '../../generator/index.js';
import { differing, readTree } from '../support/catalogs/generator.js';

const cases = (await readdir('test/golden', { withFileTypes: true })).filter((entry) => entry.isDirectory());

/** `UPDATE_GOLDEN=1 npx vitest run test/golden/golden.test.ts` writes the expected files again: read the diff before you commit it. */
test.each(cases.map(({ name }) => name))('test/golden/%s: generates the expected files', async (name) => {
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
