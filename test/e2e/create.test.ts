import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readTree, temporaryFolder } from '../support/catalogs/generator.js';
import { until } from '../support/wait.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder.remove());

const bin = resolve('create/bin/create-hyvve-events.js');

interface Result {
  readonly code: number;
  readonly output: string;
}

function start(command: string, args: readonly string[]): Promise<Result> {
  return new Promise((done) => {
    execFile(command, args, { cwd: folder.path }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

const create = (...args: readonly string[]) => start(process.execPath, [bin, ...args]);

/** Runs it on a terminal, which `script` of util-linux provides. Types each answer when its question is shown. */
async function onTerminal(answers: readonly (readonly [question: string, keys: string])[]): Promise<Result> {
  // Without a size, the questions would have one character in each line.
  const command = `stty cols 100 rows 30; '${process.execPath}' '${bin}'`;
  const args = ['--quiet', '--flush', '--return', '--command', command, '/dev/null'];
  const child = spawn('script', args, { cwd: folder.path });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  for (const [question, keys] of answers) {
    await until(question, () => output.includes(question));
    child.stdin.write(keys);
  }
  return { code: (await ended) ?? 1, output };
}

it('--help: explains the templates, with examples', async () => {
  const { code, output } = await create('--help');
  expect(code).toBe(0);
  for (const text of ['service', 'sdk', 'catalog', 'npm create hyvve-events@latest']) expect(output).toContain(text);
});

it.each([[['--template', 'lambda']], [['--wrong']], [['shop', '--name', 'My Shop']]])(
  'wrong usage %j: exits with 2, says how to correct it, and writes nothing',
  async (args) => {
    const { code, output } = await create(...args);
    expect({ code, files: (await readTree(folder.path)).size }).toEqual({ code: 2, files: 0 });
    expect(output).toMatch(/error: /);
    expect(output).not.toMatch(/^\s+at /m);
  },
);

it('in a script: creates a service, and refuses to create one where there is one', async () => {
  expect(await create('shop')).toMatchObject({ code: 0, output: expect.stringContaining('+ shop/src/main.ts') });
  const again = await create('shop', '--template', 'service');
  expect(again.code).toBe(2);
  expect(again.output).toContain('shop already has package.json');
  expect(again.output).toContain('fix: choose another folder');
});

it('on a terminal: asks for the folder, the template and the name', async () => {
  const { code, output } = await onTerminal([
    ['In which folder?', 'orders\r'],
    ['What do you want to create?', '\r'],
    ['Name of the package?', '@acme/orders\r'],
  ]);
  expect(code, output).toBe(0);
  expect((await readTree(join(folder.path, 'orders'))).get('package.json')).toContain('"name": "@acme/orders"');
});

it('on a terminal: Ctrl-C ends the questions, and nothing is written', async () => {
  const { code, output } = await onTerminal([
    ['In which folder?', 'shop\r'],
    ['What do you want to create?', '\u0003'],
  ]);
  expect({ code, exists: existsSync(join(folder.path, 'shop')) }).toEqual({ code: 130, exists: false });
  expect(output).toContain('Nothing was written.');
});
