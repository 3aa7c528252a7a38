import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemo, type GenerateOptions, generate } from '../../../generator/pipeline.js';
import { GeneratorError } from '../../../generator/support/errors.js';
import { compare } from '../../../generator/support/values.js';
import { changingCatalog, type Edit, edits, faults } from '../../support/catalogs/changing-catalog.js';
import { readTree, temporaryFolder } from '../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Writes what is other than what is there, as an editor does. */
async function write(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Promise<void> {
  for (const path of Object.keys(before)) if (!(path in now)) await rm(join(folder.path, path));
  for (const [path, text] of Object.entries(now)) {
    if (before[path] === text) continue;
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
}

/** Everything that a run tells and makes. */
async function outcomeOf(options: Partial<GenerateOptions>, out: string) {
  const catalog = join(folder.path, 'asyncapi.yaml');
  try {
    const { emitted, warnings, files, model } = await generate({ ...options, catalog, out });
    return { emitted, warnings, files: [...files].sort((a, b) => compare(a.path, b.path)), model };
  } catch (error) {
    if (!(error instanceof GeneratorError)) throw error;
    return { problems: error.problems };
  }
}

/** Edits that come together, and one fault at a time: it hides what else there is. */
const step = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...edits), { minLength: 1, maxLength: 4 }),
  fc.option(fc.constantFrom(...faults), { freq: 3 }),
);

/** `INCREMENTAL_RUNS=50 npx vitest run test/unit/generator/incremental.test.ts` looks harder. */
const numRuns = Number(process.env.INCREMENTAL_RUNS ?? 2);

describe('a run that remembers those before', () => {
  it('tells and makes what one that remembers nothing does, whatever was edited', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 10 }), async (steps) => {
        const memo = createMemo();
        const done = new Set<Edit>();
        const out = join(folder.path, 'warm');
        let files: Readonly<Record<string, string>> = {};
        for (const [edited, fault] of steps) {
          for (const edit of edited) if (!done.delete(edit)) done.add(edit);
          const next = changingCatalog(fault === null ? done : new Set([...done, fault]));
          await write(files, next.files);
          files = next.files;
          const warm = await outcomeOf({ ...next.options, memo }, out);
          expect(warm, [...done, fault].join()).toEqual(await outcomeOf(next.options, join(folder.path, 'cold')));
          if (!('emitted' in warm)) continue;
          expect([...(await readTree(out))]).toEqual(warm.emitted.map(({ path, text }) => [path, text]));
        }
      }),
      { numRuns },
    );
  }, 600_000);
});
