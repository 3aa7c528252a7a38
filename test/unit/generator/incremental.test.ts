import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMemo, writeMemo } from '../../../generator/output/memo-file.js';
import { type GenerateOptions, generate } from '../../../generator/pipeline.js';
import { Cache } from '../../../generator/support/cache.js';
import { GeneratorError } from '../../../generator/support/errors.js';
import { compare } from '../../../generator/support/values.js';
import { changingCatalog, type Edit, edits, invalidEdits } from '../../support/catalogs/changing-catalog.js';
import { readTree, temporaryFolder } from '../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Writes only the files that differ, like an editor. */
async function write(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Promise<void> {
  for (const path of Object.keys(before)) if (!(path in now)) await rm(join(folder.path, path));
  for (const [path, text] of Object.entries(now)) {
    if (before[path] === text) continue;
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
}

/** The results of a run: its reports and the written files. */
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

/** An outcome without the syntax trees of its files, which a run with stored results does not make. */
function textOf(outcome: Awaited<ReturnType<typeof outcomeOf>>) {
  const { files = [], ...rest } = outcome;
  return { ...rest, files: files.map(({ path, text }) => ({ path, text })) };
}

/** The outcome of a new process, which has only the stored results of earlier ones, and stores its own. */
async function newProcess(options: Partial<GenerateOptions>) {
  const place = { file: join(folder.path, 'memo/a.memo'), key: 'key' };
  const memo = readMemo(place);
  const outcome = await outcomeOf({ ...options, cache: new Cache(memo) }, join(folder.path, 'stored'));
  writeMemo(place, memo, 'emitted' in outcome);
  return outcome;
}

/** Several edits at the same time, with at most one invalid edit, because its error hides others. */
const step = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...edits), { minLength: 1, maxLength: 4 }),
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...invalidEdits) }),
);

/** `INCREMENTAL_RUNS=50 npx vitest run test/unit/generator/incremental.test.ts` makes more runs. */
const numRuns = Number(process.env.INCREMENTAL_RUNS ?? 1);

describe('a run with the cache of earlier runs', () => {
  it('after any edit: a run with a cache reports and writes the same as a run without', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 10 }), async (steps) => {
        const cache = new Cache();
        const done = new Set<Edit>();
        const out = join(folder.path, 'warm');
        let files: Readonly<Record<string, string>> = {};
        for (const [edited, invalid] of steps) {
          for (const edit of edited) if (!done.delete(edit)) done.add(edit);
          const next = changingCatalog(invalid === null ? done : new Set([...done, invalid]));
          await write(files, next.files);
          files = next.files;
          const warm = await outcomeOf({ ...next.options, cache }, out);
          const cold = await outcomeOf(next.options, join(folder.path, 'cold'));
          const what = [...done, invalid].join();
          expect(warm, what).toEqual(cold);
          expect(textOf(await newProcess(next.options)), what).toEqual(textOf(cold));
          if (!('emitted' in warm)) continue;
          expect([...(await readTree(out))]).toEqual(warm.emitted.map(({ path, text }) => [path, text]));
        }
      }),
      { numRuns, seed: Number(process.env.FUZZ_SEED ?? 1) },
    );
  }, 600_000);
});

describe('a new process with the stored results of others', () => {
  it('after each edit by itself: it reports and writes the same as a run without', async () => {
    let files: Readonly<Record<string, string>> = {};
    for (const edit of [undefined, ...edits, ...invalidEdits]) {
      const next = changingCatalog(new Set(edit === undefined ? [] : [edit]));
      await write(files, next.files);
      files = next.files;
      const cold = await outcomeOf(next.options, join(folder.path, 'cold'));
      expect(textOf(await newProcess(next.options)), edit).toEqual(textOf(cold));
    }
  }, 120_000);
});

/** Steps for an event, a schema, a section or a module. */
const counted = [
  ...['read-file', 'build-event', 'reuse-event', 'reuse-schema', 'walk-schema', 'find-inexact-types'],
  ...['validate-section', 'compile-validators', 'emit-domain', 'emit-shared', 'emit-samples', 'emit-validators'],
];

/** How often each step runs after an edit, with the cache of a run before it. Steps that do not run are left out. */
async function runsAfter(edits: readonly Edit[]): Promise<Record<string, number>> {
  const cache = new Cache();
  const out = join(folder.path, 'counted');
  const before = changingCatalog(new Set());
  const after = changingCatalog(new Set(edits));
  await write({}, before.files);
  await outcomeOf({ ...before.options, cache }, out);
  const first = new Map([...cache.counts].map(([step, { run }]) => [step, run]));
  await write(before.files, after.files);
  await outcomeOf({ ...after.options, cache }, out);
  const runs = counted.map((step) => [step, (cache.counts.get(step)?.run ?? 0) - (first.get(step) ?? 0)] as const);
  return Object.fromEntries(runs.filter(([, count]) => count > 0));
}

describe('steps that run again with the cache of an earlier run', () => {
  it.each([
    ['nothing is edited: none', [], {}],
    [
      'the summary of one event is removed: the steps of the event, and no validator',
      ['summary removed'],
      {
        'read-file': 1,
        'build-event': 1,
        'reuse-event': 1,
        'validate-section': 1,
        'emit-domain': 1,
        'emit-samples': 1,
      },
    ],
    [
      'the description of a property is edited: the steps of the event and its schema, and no validator',
      ['description in a domain'],
      {
        'read-file': 1,
        'build-event': 1,
        'reuse-schema': 1,
        'walk-schema': 1,
        'find-inexact-types': 2,
        'emit-domain': 1,
        'emit-samples': 1,
      },
    ],
    [
      'a property is added: also the validators of its domain, and no others',
      ['property in a domain'],
      {
        'read-file': 1,
        'build-event': 1,
        'reuse-schema': 2,
        'walk-schema': 2,
        'find-inexact-types': 3,
        'emit-domain': 1,
        'emit-samples': 1,
        'compile-validators': 1,
        'emit-validators': 1,
      },
    ],
  ] as const)('%s', async (_what, edits, expected) => {
    expect(await runsAfter(edits)).toEqual(expected);
  });
});
