import { execFile } from 'node:child_process';
import { cp, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, prepareProject } from '../../support/catalogs/documents.js';
import {
  copyCatalog,
  differing,
  readTree,
  runCli,
  startCli,
  temporaryFolder,
} from '../../support/catalogs/generator.js';

const run = promisify(execFile);
let folder: string;
let remove: () => Promise<void>;
let first: ReadonlyMap<string, string>;

const catalogFile = (name: string) => join(folder, 'catalog', name);
const edit = async (file: string, change: (text: string) => string) => {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
  return () => writeFile(file, text);
};
const generate = (...args: string[]) => runCli(['generate', '--out', 'sdk', ...args], folder);
const tree = () => readTree(join(folder, 'sdk'));

beforeAll(async () => {
  const made = await temporaryFolder();
  folder = made.path;
  remove = made.remove;
  await copyCatalog(folder);
  expect(await generate()).toMatchObject({ code: 0, stderr: '' });
  first = await tree();
});
afterAll(() => remove());

describe('the platform catalog', () => {
  it('generates the committed files', async () => {
    const { stdout, code } = await startCli(['generate', '--check'], resolve('.'));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^51 events in 10 domains: up to date/),
    });
  });

  it('a second run generates the same and writes no files', async () => {
    const before = await stat(join(folder, 'sdk/approval.ts'));
    const { stdout } = await generate();
    expect(stdout).toMatch(/up to date/);
    expect((await stat(join(folder, 'sdk/approval.ts'))).mtimeMs).toBe(before.mtimeMs);
    expect(differing(await tree(), first)).toEqual([]);
  });

  it('does not change with the order of its messages', async () => {
    const undo = await edit(catalogFile('domains/ai.yaml'), (text) => {
      const one = '      TokenLimitWarning:\n        $ref: "#/messages/TokenLimitWarning"\n';
      const two = '      TokenLimitExceeded:\n        $ref: "#/messages/TokenLimitExceeded"\n';
      expect(text).toContain(one + two);
      return text.replace(one + two, two + one);
    });
    const { stdout } = await generate('--check');
    await undo();
    expect(stdout).toMatch(/up to date/);
  });
});

describe('--check', () => {
  it.each([
    ['a manual edit', 'approval.ts', (text: string) => text.replace('readonly title', 'readonly titel'), '~'],
    ['an edit of a validator', 'validators/kb.ts', (text: string) => `${text}// mine\n`, '~'],
    ['an edit of the catalog’s copy', 'catalog.json', (text: string) => text.replace('HYVVE', 'OTHER'), '~'],
  ])('lists the changed file after %s, and does not write it', async (_name, file, change, mark) => {
    const path = join(folder, 'sdk', file);
    const undo = await edit(path, change);
    const { code, stdout, stderr } = await generate('--check');
    expect(code).toBe(1);
    expect(stdout).toBe(`  ${mark} sdk/${file}\n`);
    expect(stderr).toContain('hyvve-events generate');
    expect(change(first.get(file) ?? '')).toBe(await readFile(path, 'utf8'));
    await undo();
  });

  it('lists a file that is no longer needed, which generate removes', async () => {
    const path = join(folder, 'sdk/gone.ts');
    await writeFile(path, first.get('ai.ts') ?? '');
    await writeFile(join(folder, 'sdk/mine.ts'), 'export const mine = 1;\n');
    expect(await generate('--check')).toMatchObject({ code: 1, stdout: '  - sdk/gone.ts\n' });
    expect(await generate()).toMatchObject({ code: 0 });
    expect([...(await tree()).keys()]).not.toContain('gone.ts');
    expect([...(await tree()).keys()]).toContain('mine.ts');
  });

  it('lists the validators of the previous version, JavaScript and declarations, which generate removes', async () => {
    const [header = ''] = (first.get('validators/kb.ts') ?? '').split('\n', 1);
    await writeFile(join(folder, 'sdk/validators/kb.js'), `${header}\nexport const validate = () => true;\n`);
    await writeFile(join(folder, 'sdk/validators/kb.d.ts'), `${header}\nexport {};\n`);
    const stale = '  - sdk/validators/kb.d.ts\n  - sdk/validators/kb.js\n';
    expect(await generate('--check')).toMatchObject({ code: 1, stdout: stale });
    expect((await generate()).stdout).toContain(stale);
    expect(await generate('--check')).toMatchObject({ code: 0 });
  });
});

describe('a new event', () => {
  it('adds a publisher and a handler method, which the compiler requires, only in its domain', async () => {
    const undo = await edit(catalogFile('domains/approval.yaml'), (text) =>
      text
        .replace(
          '      ApprovalExpired:\n        $ref: "#/messages/ApprovalExpired"\n',
          '$&      ApprovalWithdrawn:\n        $ref: "#/messages/ApprovalWithdrawn"\n',
        )
        .replace(
          /^messages:\n/m,
          `$&  ApprovalWithdrawn:
    name: approval.item.withdrawn
    summary: An approval item was withdrawn.
    payload:
      $ref: "#/schemas/ApprovalExpiredPayload"
`,
        ),
    );
    const { stdout, code, stderr } = await generate();
    expect(code, stderr).toBe(0);
    await undo();
    const second = await tree();
    expect(differing(first, new Map([...second].filter(([path]) => path !== 'mine.ts')))).toEqual([
      'approval.ts',
      'catalog.json',
      'changes.json',
      'index.ts',
      'samples/approval.ts',
      'samples/index.ts',
    ]);
    expect(stdout).toContain('52 events');
    expect(second.get('approval.ts')).toContain(
      'export const publishApprovalWithdrawn: Publish<ApprovalExpiredPayload>',
    );
    expect(second.get('approval.ts')).toContain('onApprovalWithdrawn(event: ApprovalWithdrawnEvent');

    // A class that had all methods now lacks one.
    const methods = [...(first.get('approval.ts') ?? '').matchAll(/^ {2}(on\w+)\(event/gm)].map(([, name]) => name);
    expect(methods).toHaveLength(7);
    await writeFile(
      join(folder, 'service.ts'),
      `import type { ApprovalHandlers } from './sdk/approval.js';
export class Service implements ApprovalHandlers {
${methods.map((name) => `  ${name}(): void {}`).join('\n')}
}
`,
    );
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    const tsc = async () => {
      const args = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--skipLibCheck',
        'service.ts',
      ];
      return run(resolve('node_modules/.bin/tsc'), args, { cwd: folder }).then(
        () => '',
        (error: { stdout: string; message: string }) => error.stdout || error.message,
      );
    };
    expect(await tsc()).toMatch(/service\.ts\(2,14\): error TS2420: [\s\S]*'onApprovalWithdrawn' is missing/);
    await generate();
    expect(await tsc()).toBe('');
  });
});

describe('the generated modules', () => {
  it('load only one domain', async () => {
    // Node's own trace of loaded files, independent of the test runner.
    const hook = `data:text/javascript,export async function load(url, context, next) { if (url.includes('/generated/')) console.log(url.split('/generated/')[1]); return next(url, context); }`;
    const source = `import { register } from 'node:module'; register(${JSON.stringify(hook)}); await import('@hyvve-events/sdk/kb');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source]);
    expect(stdout.trim().split('\n').sort()).toEqual(['dist/kb.js', 'dist/validators/kb.js']);
  });

  it('compile with plain tsc to validators that Node imports, without eval', async () => {
    for (const [path, text] of first) {
      if (!path.startsWith('validators/')) continue;
      expect(text).not.toMatch(/\brequire\(|\beval\(|new Function/);
      // They import only each other and the runtime's functions for generated code.
      expect(text).not.toMatch(/^import (?!type ).* from '(?!\.\/|@hyvve-events\/runtime\/codegen')/m);
    }
    const alone = join(folder, 'alone');
    await cp(join(folder, 'sdk'), join(alone, 'sdk'), { recursive: true });
    await prepareProject(alone);
    expect(await compile(alone)).toBe('');
    const source = `
      const { validateApprovalDecisionPayload: validate } = await import(${JSON.stringify(join(alone, 'js/sdk/validators/approval.js'))});
      const good = { approvalId: 'apr1', type: 't', title: 'x', decision: 'approved', confidenceScore: 1 };
      console.log(JSON.stringify([
        validate(good), validate.errors,
        validate({ ...good, more: 1 }), validate.errors.map((error) => error.params),
        validate({ ...good, more: 1 }, true), validate.errors,
        validate({ decision: 'maybe', confidenceScore: 2 }), validate.errors.map((error) => error.keyword),
      ]));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source]);
    expect(JSON.parse(stdout)).toEqual([
      ...[true, null],
      ...[false, [{ additionalProperty: 'more' }]],
      ...[true, null],
      ...[false, ['required', 'required', 'required', 'enum', 'maximum']],
    ]);
  });
});
