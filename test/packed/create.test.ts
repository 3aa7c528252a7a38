import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/redis-server.js';
import { type CommandResult, createOutside, type Outside } from '../support/packed/outside.js';
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
  expect(await outside.run(checks, { in: 'shop' })).toMatchObject({ code: 0, stderr: '' });
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

test('the template nestjs: passes its tests with the current and the previous major of Nest, which also runs on Redis', async () => {
  expect(nest.create.code, nest.create.stderr).toBe(0);
  expect(nest.install.code, nest.install.stderr).toBe(0);
  const tested = await outside.run('npm test', { in: 'nest' });
  expect(tested.code, tested.stdout + tested.stderr).toBe(0);
  expect(tested.stdout).toMatch(/^# pass 2$/m);
  const previous = ['common', 'core', 'platform-express', 'testing'].map((name) => `@nestjs/${name}@11`).join(' ');
  const installed = await outside.run(`npm install --prefer-offline ${previous}`, { in: 'nest' });
  expect(installed.code, installed.stderr).toBe(0);
  const again = await outside.run('npx tsc && node --test dist/*.test.js', { in: 'nest' });
  expect(again.code, again.stdout + again.stderr).toBe(0);
  expect(again.stdout).toMatch(/^# pass 2$/m);
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
