import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readTree, runCli, startCli, temporaryFolder } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await createShop();
});
afterEach(() => shop.reset());
afterAll(() => shop.remove());

const cli = (...args: string[]) => runCli(args, shop.path);

describe('help', () => {
  it.each(['init', 'generate', 'check', 'diff', 'sample', 'dev', 'models', 'publish', 'tail'])(
    '%s --help: contains examples',
    async (command) => {
      const { code, stdout } = await startCli([command, '--help'], shop.path);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}\\$ hyvve-events ${command}`));
    },
  );

  it('--version: prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile('generator/package.json', 'utf8')) as { version: string };
    expect(await startCli(['--version'], shop.path)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['nothing']],
    [['generate', 'too', 'many']],
    [['check', '--format', 'xml']],
    [['check', '--max-warnings', 'few']],
    [['generate', '--check', '--watch']],
    [['sample']],
  ])('wrong usage %j: exits with 2, without a stack trace', async (args) => {
    const { code, stdout, stderr } = await startCli(args, shop.path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('init', () => {
  it.each([[[]], [['--typescript']]])(
    'with %j: writes a service whose catalog generates without warnings, and overwrites no files',
    async (flags) => {
      const folder = await temporaryFolder();
      expect((await runCli(['init', ...flags], folder.path)).code).toBe(0);
      const first = await readTree(folder.path);
      expect([...first.keys()]).toEqual(expect.arrayContaining(['catalog/domains/order.yaml', 'src/main.ts']));
      expect(await runCli(['generate', '--max-warnings', '0'], folder.path)).toMatchObject({ code: 0, stderr: '' });
      const again = await runCli(['init', '--typescript'], folder.path);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('already exists, not changed') });
      for (const [path, text] of first) expect(await readFile(join(folder.path, path), 'utf8')).toBe(text);
      await folder.remove();
    },
  );

  it('uses the existing document', async () => {
    const other = await createShop();
    await other.write('api/asyncapi.yml', 'asyncapi: 3.0.0\n');
    await runCli(['init', 'sub'], other.path);
    expect((await readTree(join(other.path, 'sub'))).get('hyvve-events.config.json')).toContain(
      'catalog/asyncapi.yaml',
    );
    const { stdout } = await runCli(['init'], other.path);
    expect(stdout).toContain('= catalog/asyncapi.yaml');
    await other.remove();
  });
});

describe('check', () => {
  const anonymous = () => shop.edit('    summary: An order was placed.\n', '');

  it('passes with warnings, unless there are more than --max-warnings', async () => {
    await anonymous();
    expect(await cli('check')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/:\d+:\d+: warning DESCRIPTION_MISSING: .*\n.*\n +\^\n +fix: /),
    });
    expect((await cli('check', '--max-warnings', '1')).code).toBe(0);
    expect(await cli('check', '--max-warnings', '0')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('WARNINGS_EXCEEDED'),
    });
  });

  it('--format json: prints only JSON on stdout, also on failure', async () => {
    await anonymous();
    const fine = await cli('check', '--format', 'json');
    expect(JSON.parse(fine.stdout)).toMatchObject({
      ok: true,
      events: 2,
      problems: [{ severity: 'warning', line: expect.any(Number) }],
    });
    await shop.edit('$ref: "#/schemas/OrderLine"', '$ref: "#/schemas/OrderLin"');
    const broken = await cli('check', '--format', 'json');
    expect(broken).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(broken.stdout)).toMatchObject({ ok: false, problems: [{ code: 'REF_BROKEN' }] });
  });

  it.each([
    ['a document of another kind', 'openapi: 3.0.0\n'],
    ['only schemas', 'Order:\n  type: object\n'],
    ['an invalid version', 'asyncapi: [3]\n'],
    ['an empty file', ''],
    ['a list', '- 1\n'],
    ['only a version', 'asyncapi: 3.0.0\n'],
    ['invalid channels', 'asyncapi: 3.0.0\ninfo: { title: a, version: b }\nchannels: [1, 2]\n'],
    ['null everywhere', 'asyncapi: 2.6.0\ninfo:\nchannels:\ncomponents:\n'],
  ])('%s: reports the problem without a stack trace', async (_name, text) => {
    await shop.write('strange.yaml', text);
    const { code, stderr } = await cli('check', '--catalog', 'strange.yaml');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^strange\.yaml:\d+:\d+: error /) });
    expect(stderr).not.toMatch(/INTERNAL|^\s+at |stack/m);
  });

  it('--format github: prints GitHub commands', async () => {
    await anonymous();
    const { stdout } = await cli('check', '--format', 'github');
    expect(stdout).toMatch(/^::warning file=catalog\/domains\/order\.yaml,line=\d+,col=\d+::DESCRIPTION_MISSING: /m);
  });

  it('reports all problems in one run, each once', async () => {
    await shop.edit('$ref: "#/schemas/OrderLine"', '$ref: "#/schemas/OrderLin"');
    await shop.edit('$ref: "#/schemas/OrderCancelledPayload"', '$ref: "#/schemas/Nothing"');
    await shop.edit('title: Shop events', 'titel: Shop events', 'catalog/asyncapi.yaml');
    const { stderr } = await cli('check');
    for (const line of [/OrderLin points to nothing/, /Nothing points to nothing/, /ASYNCAPI_INVALID.*titel/]) {
      expect(stderr.match(new RegExp(line, 'g'))).toHaveLength(1);
    }
  });
});

describe('a config', () => {
  it.each([
    ['hyvve-events.config.json', '{ "catalog": 5, "rules": { "NO_SUCH": "off" }, "maxWarnings": -1 }'],
    ['hyvve-events.config.ts', 'export default { catalog: 5, rules: { NO_SUCH: "off" }, maxWarnings: -1 };'],
  ])('%s: invalid keys are reported, each with its place', async (file, text) => {
    await shop.write(`config/${file}`, text);
    const { code, stderr } = await cli('check', '--config', `config/${file}`);
    expect(code).toBe(2);
    const places = [...stderr.matchAll(/^config\/\S+:1:(\d+): error USAGE: (\w+)/gm)].map(
      ([, column, key]) => `${text.slice(Number(column) - 1).match(/\w+/)} ${key}`,
    );
    expect(places).toEqual(['catalog catalog', 'NO_SUCH rules', 'maxWarnings maxWarnings']);
  });

  it.each([
    ['of invalid JSON', 'broken.json', '{ "catalog": '],
    ['that throws', 'broken.ts', 'throw new Error("no");'],
    ['of a syntax error', 'syntax.ts', 'export default {'],
    ['without export', 'empty.mjs', 'export const config = {};'],
    ['that does not exist', undefined, ''],
  ])('%s is wrong usage, without a stack trace', async (_name, file, text) => {
    if (file !== undefined) await shop.write(`config/${file}`, text);
    const { code, stderr } = await cli('check', '--config', `config/${file}`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('error USAGE') });
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('can name events and require a user, and is relative to its folder', async () => {
    const config = {
      catalog: '../catalog/asyncapi.yaml',
      out: 'sdk',
      names: { events: { 'order.order.placed': 'NewOrder' } },
      envelope: { tenantId: 'optional', userId: 'required' },
    };
    await shop.write('own/hyvve-events.config.ts', `export default ${JSON.stringify(config)};`);
    expect(await cli('generate', '--config', 'own/hyvve-events.config.ts')).toMatchObject({ code: 0 });
    const module = (await readTree(join(shop.path, 'own/sdk'))).get('order.ts');
    expect(module).toContain('export const publishNewOrder');
    expect(module).toContain("envelope: { tenantId: 'optional', userId: 'required' }");
    expect(module).toMatch(/publishNewOrder: Publish<\w+, \{ tenantId: 'optional', userId: 'required' \}>/);
  });
});

describe('sample', () => {
  it('prints the same data for the same seed, only JSON', async () => {
    const [one, two, three] = await Promise.all([
      cli('sample', 'order.order.placed', '--seed', '7'),
      cli('sample', 'OrderPlaced', '--seed', '7'),
      cli('sample', 'OrderPlaced', '--seed', '8'),
    ]);
    expect(one).toMatchObject({ code: 0, stderr: '', stdout: two.stdout });
    expect(three.stdout).not.toBe(one.stdout);
    expect(JSON.parse(one.stdout)).toMatchObject({
      orderId: expect.any(String),
      currency: expect.stringMatching(/^[A-Z]{3}$/),
    });
  });

  it('prints one line for each event with --count', async () => {
    const { stdout } = await cli('sample', 'OrderCancelled', '--count', '3');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line))),
    ).toEqual(Array(3).fill(['orderId', 'reason']));
  });

  it('lists the events', async () => {
    const { code, stderr } = await cli('sample', 'order.placed');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('order.order.placed') });
  });
});

describe('a folder that cannot be written', () => {
  it('is reported as a problem', async () => {
    await shop.write('file', '');
    const { code, stderr } = await cli('generate', '--out', 'file/sdk');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('FILE_UNWRITABLE') });
  });
});
