import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useComposeServices } from '../support/project/compose-services.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const services = useComposeServices();
const packages = ['runtime', 'catalog-model', 'create', 'generator', 'generated', 'admin'];
let project: string;
let packed: Map<string, readonly string[]>;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'hyvve-pack-'));
  packed = new Map();
  for (const folder of packages) {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
    const { stdout } = await run('npm', args, { cwd: resolve(folder) });
    const [report] = JSON.parse(stdout) as { files: { path: string }[] }[];
    packed.set(folder, report?.files.map(({ path }) => path) ?? []);
  }
  const tarballs = (await readdir(project)).filter((name) => name.endsWith('.tgz')).map((name) => `./${name}`);
  await writeFile(join(project, 'package.json'), '{ "name": "service", "private": true, "type": "module" }');
  const install = [
    'install',
    '--ignore-scripts',
    '--omit=optional',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    ...tarballs,
  ];
  await run('npm', install, { cwd: project });
}, 300_000);

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

/** The errors of the compiler for a file, with the strictest options. */
async function compile(file: string): Promise<string> {
  const tsc = resolve('node_modules/.bin/tsc');
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
  const args = [...strict, '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false', file];
  const types = ['--typeRoots', resolve('node_modules/@types'), '--types', 'node'];
  const { stdout } = await run(tsc, [...args, ...types], { cwd: project }).catch(
    (error: { stdout: string; message: string }) => ({ stdout: error.stdout || error.message }),
  );
  return stdout;
}

test.each(packages)('%s: the package contains its exports and no internal files', async (folder) => {
  const files = packed.get(folder) ?? [];
  const { exports, license, engines } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly types: string; readonly default: string }>;
    license: string;
    engines: { readonly node: string };
  };
  expect({ license, node: engines.node }).toEqual({ license: 'MIT', node: '>=20.19' });
  for (const target of Object.values(exports)) {
    const needed = typeof target === 'string' ? [target] : [target.types, target.default];
    for (const file of needed) {
      const [start = '', end] = file.replace('./', '').split('*');
      const isNamed = (name: string) =>
        end === undefined ? name === start : name.startsWith(start) && name.endsWith(end);
      expect(files.filter(isNamed), file).not.toEqual([]);
    }
  }
  const own = files.filter((file) => !file.startsWith('templates/'));
  const strays = own.filter((file) => /(^|\/)(test|node_modules|tsconfig[^/]*)(\/|$)|\.tsbuildinfo$/.test(file));
  expect(strays).toEqual([]);
});

test('plain Node imports every entry of the runtime and the SDK', async () => {
  const script = `
    const { createEventBus } = await import('@hyvve-events/runtime');
    const { createMemoryBus } = await import('@hyvve-events/runtime/testing');
    const { publishApprovalApproved } = await import('@hyvve-events/sdk/approval');
    const { EventTypes } = await import('@hyvve-events/sdk');
    const { default: catalog } = await import('@hyvve-events/sdk/catalog.json', { with: { type: 'json' } });
    console.log(typeof createEventBus, typeof createMemoryBus, typeof publishApprovalApproved);
    console.log(EventTypes.APPROVAL_APPROVED, catalog.events.length > 40);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: project });
  expect(stdout).toBe('function function function\napproval.item.approved true\n');
});

test('a strict service compiles against the installed SDK', async () => {
  await writeFile(
    join(project, 'service.ts'),
    `import { createEventBus } from '@hyvve-events/runtime';
import { type ApprovalApprovedEvent, approvalHandlers, publishApprovalApproved } from '@hyvve-events/sdk/approval';
const bus = createEventBus({ service: 'billing' });
bus.subscribe(approvalHandlers({ async onApprovalApproved(event: ApprovalApprovedEvent) { event.data.title.trim(); } }));
export const published = publishApprovalApproved(bus, {
  approvalId: 'a', type: 't', title: 'x', decision: 'approved', confidenceScore: 1,
}, { tenantId: 'acme' });
// @ts-expect-error wrong data
publishApprovalApproved(bus, { approvalId: 1 });
`,
  );
  expect(await compile('service.ts')).toBe('');
});

test('a strict project reads the types of the catalog model, also those that the generator exports', async () => {
  await writeFile(
    join(project, 'catalog.ts'),
    `import type { ChangesFile, EventModel, JsonSchema } from '@hyvve-events/catalog-model';
import type { EventModelEntry } from '@hyvve-events/generator';
export const versions = (model: EventModel): readonly string[] => model.events.map(({ version }) => version);
export const firstOf = (model: EventModel): EventModelEntry | undefined => model.events[0];
export const schema: JsonSchema = { type: 'object' };
// @ts-expect-error changes.json has no such field
export const wrong = (file: ChangesFile) => file.older;
`,
  );
  expect(await compile('catalog.ts')).toBe('');
});

test('the installed generator: prints its help and generates an SDK', async () => {
  const bin = join(project, 'node_modules/.bin/hyvve-events');
  const { stdout } = await run(bin, ['--help'], { cwd: project });
  expect(stdout).toContain('generate');
  await mkdir(join(project, 'catalog'), { recursive: true });
  await run(bin, ['generate', '--catalog', resolve('catalog/asyncapi.yaml'), '--out', 'sdk'], { cwd: project });
  expect(await readFile(join(project, 'sdk/approval.ts'), 'utf8')).toContain('publishApprovalApproved');
});

test('the installed admin service: prints its help and finds its migrations', async () => {
  const { stdout } = await run(join(project, 'node_modules/.bin/hyvve-events-admin'), ['--help'], { cwd: project });
  expect(stdout).toContain('rebuild');
  expect(packed.get('admin')).toEqual(
    expect.arrayContaining(['migrations/0000_first.sql', 'migrations/meta/_journal.json']),
  );
  const script = `
    const { buildApp } = await import('@hyvve-events/admin');
    const app = await buildApp({
      keys: { secret: 'x'.repeat(32) }, redis: 'redis://127.0.0.1:1', database: { folder: 'memory://' },
      catalogFile: 'node_modules/@hyvve-events/sdk/catalog.json', logLevel: 'silent',
    });
    console.log((await app.inject('/health/live')).statusCode);
    await app.close();
    // Ends the process: BullMQ keeps trying to connect to the missing Redis.
    process.exit(0);
  `;
  const { stdout: output } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: project });
  expect(output).toBe('200\n');
});

test('the installed admin service runs as in the image of docs/admin.md, with the settings of docker-compose.yml', async () => {
  const admin = services.startAdmin(project, '@hyvve-events/sdk');
  await until('the health checks of docker-compose.yml pass', () => services.areHealthy());
  // The command of the page, with the issuer and the audience of the environment.
  const documented = await readFile('docs/admin.md', 'utf8');
  const command = /^```sh\n(node --input-type=module -e "[\s\S]*?)^```/m.exec(documented)?.[1] ?? '';
  const { stdout } = await run('bash', ['-c', command], { cwd: project, env: admin.env });
  const get = (path: string, token: string) =>
    fetch(`http://127.0.0.1:${admin.port}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect((await get('/admin/identity', stdout.trim())).status).toBe(200);
  const stranger = { ...admin.env, ADMIN_JWT_AUDIENCE: 'another' };
  const other = await run('bash', ['-c', command], { cwd: project, env: stranger });
  expect((await get('/admin/identity', other.stdout.trim())).status).toBe(401);
  const catalog = (await (await get('/catalog.json', stdout.trim())).json()) as { events: unknown[] };
  expect(catalog.events.length).toBeGreaterThan(40);
  const page = await fetch(`http://127.0.0.1:${admin.port}/index.html`);
  expect(await page.text()).toContain('<script type="module"');
});
