import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jacksonClassPath, pythonWithPydantic } from '../../../scripts/ensure-models.js';
import { goExamples, goProgram, javaExamples, javaProgram, pythonProgram } from '../../support/models/programs.js';
import {
  examplesIn,
  lostIn,
  readCatalogs,
  type TestedCatalog,
  writeModels,
  wrongExamples,
} from '../../support/models/round-trip-cases.js';

const files = [
  'catalog/asyncapi.yaml',
  'test/golden/unions/asyncapi.yaml',
  'test/golden/objects/asyncapi.yaml',
  'test/golden/versions/asyncapi.yaml',
  'test/fixtures/documents/keywords.yaml',
  'test/fixtures/documents/odd-properties.yaml',
  'test/fixtures/documents/colliding-names.yaml',
  'test/fixtures/models/odd-models.yaml',
];
const samples = 6;

let catalogs: readonly TestedCatalog[] = [];
const root = mkdtempSync(join(tmpdir(), 'hyvve-models-'));

beforeAll(async () => {
  catalogs = await readCatalogs(files, samples);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Integers that JavaScript cannot compare: in a field, in a field for anything, and in a newer property. */
const large = '9007199254740993';
const exact = {
  model: 'LabMeasured',
  text: `{"class":"a","type":"b","id":${large},"any":[${large}],"newer":{"n":${large}}}`,
};

/** One line for each case. */
function input(): string {
  const cases = catalogs.flatMap((catalog) => catalog.cases);
  expect(cases.length).toBeGreaterThan(400);
  const lines = [...cases, { ...exact, catalog: files.length - 1 }];
  return lines.map(({ catalog, model, text }) => `${JSON.stringify({ catalog, model, text })}\n`).join('');
}

function check(output: string): void {
  const lines = output.trimEnd().split('\n');
  expect(lines.at(-1)?.split(large)).toHaveLength(4);
  expect(lostIn(catalogs, lines.slice(0, -1))).toEqual([]);
}

/** Checks what the examples in `models.json` write, of one catalog after another. */
function checkExamples(output: string): void {
  const lines = output.trimEnd().split('\n');
  let from = 0;
  for (const catalog of catalogs) {
    const count = catalog.model.events.filter(({ reply }) => !reply).length;
    expect(wrongExamples(catalog, lines.slice(from, from + count))).toEqual([]);
    from += count;
  }
  expect(lines).toHaveLength(from);
}

/** Names of the models of each catalog that a case needs. */
function testedModels(): readonly (readonly string[])[] {
  return catalogs.map(({ cases }) => [...new Set(cases.map(({ model }) => model))]);
}

const python = pythonWithPydantic();
if (python === undefined)
  console.warn('NOT RUN: the Python models are not tested, because no python3 here has pydantic 2');

describe('models in Python', () => {
  test.skipIf(python === undefined)('every event: what is read is written again, and nothing is lost', async () => {
    const folder = join(root, 'python');
    for (const [index, catalog] of catalogs.entries()) await writeModels(catalog, 'python', `c${index}`, folder);
    writeFileSync(join(folder, 'program.py'), pythonProgram);
    check(execFileSync(python ?? '', ['-W', 'error', 'program.py'], { cwd: folder, input: input(), encoding: 'utf8' }));
  });
});

describe('models in Go', () => {
  test('every event: what is read is written again, and nothing is lost; gofmt and vet find nothing', async () => {
    const folder = join(root, 'go');
    const examples: string[] = [];
    for (const [index, catalog] of catalogs.entries()) {
      const emitted = await writeModels(catalog, 'go', `example.com/c${index}`, join(folder, `c${index}`));
      examples.push(...examplesIn(emitted).values());
    }
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'main.go'), goProgram(testedModels()));
    const names = catalogs.map((_, index) => `example.com/c${index}`);
    const lines = names.flatMap((name, index) => [`require ${name} v0.0.0`, `replace ${name} => ./c${index}`]);
    writeFileSync(join(folder, 'go.mod'), `module example.com/main\n\ngo 1.19\n\n${lines.join('\n')}\n`);
    const go = (...args: string[]) => execFileSync('go', args, { cwd: folder, input: input(), encoding: 'utf8' });
    expect(
      execFileSync('gofmt', ['-l', ...catalogs.map((_, index) => `c${index}`)], { cwd: folder, encoding: 'utf8' }),
    ).toBe('');
    go('vet', ...names);
    for (const [name, text] of goExamples(examples)) writeFileSync(join(folder, name), text);
    go('build', '-o', 'program', '.');
    check(execFileSync('./program', { cwd: folder, input: input(), encoding: 'utf8' }));
    checkExamples(execFileSync('./program', ['examples'], { cwd: folder, encoding: 'utf8' }));
  });
});

describe('models in Java', () => {
  test('every event: what is read is written again, nothing is lost, and equal data is equal; javac has no warning', async () => {
    const folder = join(root, 'java');
    const emitted: string[] = [];
    const examples: string[] = [];
    for (const [index, catalog] of catalogs.entries()) {
      const models = await writeModels(catalog, 'java', `c${index}`, folder);
      const { files } = models;
      examples.push(...examplesIn(models).values());
      emitted.push(...files.flatMap(({ path }) => (path.endsWith('.java') ? [path] : [])));
    }
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'Program.java'), javaProgram(testedModels()));
    for (const [name, text] of javaExamples(examples)) {
      writeFileSync(join(folder, name), text);
      emitted.push(name);
    }
    const classPath = `out:${jacksonClassPath()}`;
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, ['-cp', classPath, ...args], { cwd: folder, input: input(), encoding: 'utf8' });
    run('javac', '-Xlint:all,-deprecation', '-Werror', '-encoding', 'UTF-8', '-d', 'out', 'Program.java', ...emitted);
    check(run('java', 'Program'));
    checkExamples(run('java', 'Program', 'examples'));
  });
});
