import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.js';
import { tsc } from '../support/packed/installed-packages.js';
import { type CommandResult, createOutside, type Outside } from '../support/packed/outside.js';
import { readManifest, typescriptBlocks } from '../support/packed/package-checks.js';
import { startYamlEditor } from '../support/packed/yaml-editor.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

/** The commands that make a project; their results. */
interface Created {
  readonly create: CommandResult;
  readonly install: CommandResult;
}

const redis = useRedis();
let outside: Outside;
let shop: Created;
let events: Created;
let nest: Created;
let service: ChildProcess | undefined;

/** Creates a project as its page describes, and installs its packages. */
async function create(folder: string, flags: string): Promise<Created> {
  const created = await outside.run(`npm create --yes hyvve-events@latest ${folder} -- ${flags}`);
  return { create: created, install: await outside.run('npm install --prefer-offline', { in: folder }) };
}

beforeAll(async () => {
  outside = await createOutside();
  [shop, events, nest] = await Promise.all([
    create('shop', '--template service'),
    create('events', '--template sdk --name @acme/events'),
    create('nest', '--template nestjs'),
  ]);
}, 300_000);

afterAll(async () => {
  service?.kill('SIGKILL');
  await outside.remove();
});

test('npm create hyvve-events: makes a service that compiles with plain tsc and passes its tests', async () => {
  expect(shop.create, shop.create.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('+ shop/src/main.ts'),
  });
  expect(shop.install.code, shop.install.stderr).toBe(0);
  const tested = await outside.run('npm test', { in: 'shop' });
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toMatch(/^ℹ pass 2$/m);
  // What its CI workflow runs.
  const checks = 'npx hyvve-events check --max-warnings 0 && npx hyvve-events generate --check';
  const checked = await outside.run(checks, { in: 'shop' });
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
  const manifest = await readFile(join(outside.folder, 'shop/package.json'), 'utf8');
  expect(JSON.parse(manifest)).toMatchObject({ name: 'shop', dependencies: { '@hyvve-events/runtime': '^0.1.0' } });
});

test('the template sdk: makes a package that can be published', async () => {
  expect(events.create.code, events.create.stderr).toBe(0);
  expect(events.install.code, events.install.stderr).toBe(0);
  const tested = await outside.run('npm test', { in: 'events' });
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toMatch(/^ℹ pass 1$/m);
  const packed = await outside.run('npm pack --dry-run --json --ignore-scripts', { in: 'events/package' });
  const [report] = JSON.parse(packed.stdout) as { name: string; files: { path: string }[] }[];
  expect(report?.name).toBe('@acme/events');
  expect(report?.files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', 'dist/order.js', 'dist/order.d.ts']),
  );
});

test('the recipe for a shared SDK: a package is published, installed in another folder, updated, and installed as a tarball', async () => {
  const { url } = inject('registry');
  const readme = await readFile('examples/recipes/shared-sdk/README.md', 'utf8');
  const config = JSON.parse(/^```json\n(.*?)^```$/ms.exec(readme)?.[1] ?? '') as { package: { version: string } };
  const succeed = async (command: string, folder: string) => {
    const { code, stdout, stderr } = await outside.run(command, { in: folder });
    expect(code, `${command}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const release = async (version: string) => {
    const released = { ...config, package: { ...config.package, version, publishConfig: { registry: url } } };
    await writeFile(join(outside.folder, 'events/hyvve-events.config.json'), JSON.stringify(released));
    // The registry accepts everybody, but npm asks for a token before it publishes.
    const token = `--${url.replace('http:', '')}:_authToken=none`;
    await succeed(`npx hyvve-events generate && npm publish --workspace package ${token}`, 'events');
  };
  await release('0.1.0');
  const service = join(outside.folder, 'billing');
  await mkdir(service);
  await writeFile(join(service, 'package.json'), '{ "name": "billing", "private": true, "type": "module" }');
  await writeFile(join(service, '.npmrc'), `@acme:registry=${url}\n`);
  await writeFile(join(service, 'service.ts'), typescriptBlocks(readme).join('\n'));
  const install = 'npm install --prefer-offline --ignore-scripts --omit=optional';
  const versionOf = async () => (await readManifest(join(service, 'node_modules/@acme/events'))).version;
  await cp('node_modules/@types/node', join(service, 'types/node'), { recursive: true });
  await succeed(`${install} @acme/events @hyvve-events/runtime`, 'billing');
  expect(await versionOf()).toBe('0.1.0');
  const types = ['--typeRoots', 'types', '--types', 'node', '--skipLibCheck', '--ignoreConfig'];
  const compile = ['--strict', '--module', 'nodenext', '--target', 'es2022', ...types, 'service.ts'];
  expect(await tsc(service, compile)).toBe('');
  expect(await succeed('node service.js', 'billing')).toBe('invoice for ord_1\n');
  await release('0.2.0');
  // Without `--prefer-offline`: npm asks the registry for its newest version.
  await succeed('npm install --ignore-scripts --omit=optional @acme/events@latest', 'billing');
  expect(await versionOf()).toBe('0.2.0');
  expect(await tsc(service, compile)).toBe('');
  await succeed('npm pack --workspace package --pack-destination ../billing', 'events');
  await succeed(`${install} ./acme-events-0.2.0.tgz`, 'billing');
  expect(await succeed('node service.js', 'billing')).toBe('invoice for ord_1\n');
});

test('the template nestjs: passes its tests with the current and the previous major of Nest, which also runs on Redis', async () => {
  expect(nest.create.code, nest.create.stderr).toBe(0);
  expect(nest.install.code, nest.install.stderr).toBe(0);
  const tested = await outside.run('npm test', { in: 'nest' });
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toMatch(/^ℹ pass 2$/m);
  const previous = ['common', 'core', 'platform-express', 'testing'].map((name) => `@nestjs/${name}@11`).join(' ');
  const installed = await outside.run(`npm install --prefer-offline ${previous}`, { in: 'nest' });
  expect(installed.code, installed.stderr).toBe(0);
  const again = await outside.run('npx tsc && node --test --test-reporter=spec dist/*.test.js', { in: 'nest' });
  expect(again.code, again.stdout + again.stderr).toBe(0);
  expect(again.stdout).toMatch(/^ℹ pass 2$/m);
  const port = await freePort();
  const env = { ...process.env, REDIS_URL: redis.url, PORT: String(port), NO_COLOR: '1' };
  const started = spawn(process.execPath, ['dist/main.js'], { cwd: join(outside.folder, 'nest'), env });
  service = started;
  let output = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  }
  await until('it has started', () => output.includes('successfully started'));
  const headers = { 'x-tenant': 'acme' };
  const answer = await fetch(`http://127.0.0.1:${port}/orders/ord_1`, { method: 'POST', headers });
  expect(answer.status).toBe(201);
  await until('both handlers have run', () => output.includes('order.order.placed of acme'));
  expect(output).toContain('invoice for ord_1: 2 pieces');
});

test('the editor completes and validates the catalog of a new project with its settings', async () => {
  const editor = await startYamlEditor(join(outside.folder, 'shop'));
  const message = (lines: string) => `messages:\n  OrderPaid:\n    name: order.order.paid\n${lines}`;
  const part = await editor.open('catalog/domains/paid.yaml', message('    |\n    payload:\n      type: object\n'));
  expect(part.problems).toEqual([]);
  expect(part.proposals).toEqual(expect.arrayContaining(['summary', 'headers', 'x-event-version', 'x-deprecated']));
  const operation = await editor.open(
    'catalog/domains/send.yaml',
    'operations:\n  send:\n    x-service: shop\n    |\n',
  );
  expect(operation.proposals).toEqual(expect.arrayContaining(['action', 'channel']));
  const wrong = message('    x-event-version: 1.0\n    payload:\n      type: text\n    sumary: Paid.\n|');
  const { problems } = await editor.open('catalog/domains/wrong.yaml', wrong);
  expect(problems).toEqual(
    expect.arrayContaining([
      '4: Incorrect type. Expected "string".',
      expect.stringContaining('6: Value is not accepted.'),
      '7: Property sumary is not allowed.',
    ]),
  );
  const document = await editor.open('catalog/asyncapi.yaml', 'asyncapi: 3.0.0\n|\n');
  expect(document.proposals).toEqual(expect.arrayContaining(['info', 'channels', 'x-services']));
  expect(document.problems).toEqual(['1: Missing property "info".']);
  editor.close();
});
