import { execFile } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acme, compile, type InstalledPackages, installPackages, tsc } from '../support/packed/installed-packages.js';
import {
  exportedFiles,
  isExported,
  missingSources,
  readManifest,
  typescriptBlocks,
} from '../support/packed/package-checks.js';
import { packageFolders } from '../support/packed/registry.js';
import { useComposeServices } from '../support/project/compose-services.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const services = useComposeServices();
const names = [...packageFolders, acme];
let installed: InstalledPackages;
let project: string;

beforeAll(async () => {
  installed = await installPackages();
  project = installed.folder;
}, 300_000);

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

const node = (...args: readonly string[]) => run(process.execPath, args, { cwd: project });

describe.each(names)('%s', (name) => {
  test('the package has README, LICENSE, engines, every file that it exports, and no internal files', async () => {
    const files = installed.filesOf(name);
    const folder = join(project, 'node_modules', await nameOf(name));
    const manifest = await readManifest(folder);
    expect({ license: manifest.license, node: manifest.engines.node }).toEqual({ license: 'MIT', node: '>=20.19' });
    const needed = ['README.md', 'LICENSE', ...exportedFiles(manifest)];
    expect(needed.filter((file) => !files.some((each) => isExported(each, file)))).toEqual([]);
    const strays = files.filter((file) => /(^|\/)(test|node_modules|tsconfig[^/]*)(\/|$)|\.tsbuildinfo$/.test(file));
    expect(strays.filter((file) => !file.startsWith('templates/'))).toEqual([]);
    expect(await missingSources(folder)).toEqual([]);
  });

  test('publint and attw find nothing', async () => {
    expect(await installed.lintOf(name)).toEqual([]);
  });
});

async function nameOf(folder: string): Promise<string> {
  return folder === acme ? acme : (await readManifest(folder)).name;
}

test('npm installs all packages without a warning about the version of Node', () => {
  const refused = [...installed.npmWarnings.matchAll(/EBADENGINE +package: '(.+)@/g)].map(([, name = '']) => name);
  // A dependency of NestJS 12, which the application chooses: NestJS 11 is the version for Node 20.
  expect(refused.filter((name) => name !== 'file-type')).toEqual([]);
});

test('the code in the README of each package compiles', async () => {
  const files = await Promise.all(
    names.map(async (name) => {
      const readme = await readFile(join(project, 'node_modules', await nameOf(name), 'README.md'), 'utf8');
      const blocks = typescriptBlocks(readme).map(async (code, index) => {
        const file = `readme-${name.replace(/\W+/g, '-')}-${index + 1}.ts`;
        await writeFile(join(project, file), code);
        return file;
      });
      return Promise.all(blocks);
    }),
  );
  expect(files.flat().length).toBeGreaterThan(7);
  expect(await compile(project, ...files.flat())).toBe('');
  // Without Redis, and with the catalog of this folder.
  await node('compiled/readme-runtime-2.js');
  expect((await node('compiled/readme-generator-1.js')).stdout).toMatch(/^2 events, 0 files changed\n$/);
  expect((await node('compiled/readme-catalog-model-1.js')).stdout).toContain(
    'order.order.placed 1.0.0 An order was placed.',
  );
});

test('CommonJS requires every entry of the runtime and the SDKs', async () => {
  const script = `
    for (const name of ['@hyvve-events/runtime', '@hyvve-events/sdk', '@acme/events', '@hyvve-events/catalog-model']) {
      const { exports } = require(name + '/package.json');
      for (const entry of Object.keys(exports)) require(name + entry.slice(1));
    }
    const { publishOrderPlaced } = require('@acme/events/order');
    const { EventTypes } = require('@hyvve-events/sdk');
    console.log(typeof publishOrderPlaced, EventTypes.APPROVAL_APPROVED);
  `;
  const { stdout } = await node('--input-type=commonjs', '-e', script);
  expect(stdout).toBe('function approval.item.approved\n');
});

test('the recipe for CommonJS compiles and runs', async () => {
  const folder = await copyRecipe('commonjs');
  expect(await tsc(folder, ['-p', '.'])).toBe('');
  expect(await readFile(join(folder, 'dist/service.js'), 'utf8')).toContain('require("@hyvve-events/sdk/approval")');
  expect((await node(join(folder, 'dist/service.js'))).stdout).toBe('Q3 newsletter: approved\n');
});

test('the recipe for Jest compiles, and Jest runs its test', async () => {
  const folder = await copyRecipe('jest');
  expect(await tsc(folder, ['-p', '.'])).toBe('');
  const jest = resolve('node_modules/jest/bin/jest.js');
  const { stderr } = await run(process.execPath, ['--experimental-vm-modules', jest], { cwd: folder });
  expect(stderr).toMatch(/^Tests: +1 passed, 1 total$/m);
});

/** Copies a recipe next to the installed packages. */
async function copyRecipe(name: string): Promise<string> {
  const folder = join(project, 'recipes', name);
  await cp(join('examples/recipes', name), folder, { recursive: true });
  return folder;
}

describe('a bundle', () => {
  /** Bytes in the minified bundle of each file of the SDK that has any. */
  async function bytesOf(contents: string): Promise<ReadonlyMap<string, number>> {
    const { metafile } = await build({
      stdin: { contents, resolveDir: project },
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
    });
    const [output] = Object.values(metafile.outputs);
    const inputs = Object.entries(output?.inputs ?? {}).map(([path, { bytesInOutput }]) => {
      return [path.split('@hyvve-events/sdk/dist/')[1] ?? '', bytesInOutput] as const;
    });
    return new Map(inputs.filter(([path, bytes]) => path !== '' && bytes > 0));
  }

  test.each(['@hyvve-events/sdk', '@hyvve-events/sdk/approval'])(
    'with one publish function of %s: no other domain, and only its validator',
    async (from) => {
      const one = await bytesOf(`export { publishApprovalApproved } from '${from}';`);
      const all = await bytesOf(`export * from '@hyvve-events/sdk/approval';`);
      expect([...one.keys()].sort()).toEqual(['approval.js', 'validators/approval.js']);
      const validators = 'validators/approval.js';
      expect(one.get(validators)).toBeLessThan((all.get(validators) ?? 0) / 3);
      expect(one.get('approval.js')).toBeLessThan(300);
    },
  );

  test('with the types of an event: none of the SDK', async () => {
    expect(await bytesOf(`import '@hyvve-events/sdk'; export {};`)).toEqual(new Map());
  });
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
  approvalId: 'apr1', type: 't', title: 'x', decision: 'approved', confidenceScore: 1,
}, { tenantId: 'acme' });
// @ts-expect-error wrong data
publishApprovalApproved(bus, { approvalId: 1 });
`,
  );
  expect(await compile(project, 'service.ts')).toBe('');
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
  expect(await compile(project, 'catalog.ts')).toBe('');
});

test('the installed generator: prints its help and generates an SDK', async () => {
  const bin = join(project, 'node_modules/.bin/hyvve-events');
  const { stdout } = await run(bin, ['--help'], { cwd: project });
  const readme = await readFile('generator/README.md', 'utf8');
  const documented = [...readme.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) \[options/gm)].map(([, name]) => name);
  expect(documented.sort()).toEqual(listed.sort());
  await run(bin, ['generate', '--catalog', resolve('catalog/asyncapi.yaml'), '--out', 'sdk'], { cwd: project });
  expect(await readFile(join(project, 'sdk/approval.ts'), 'utf8')).toContain('publishApprovalApproved');
});

test('the installed admin service: prints its help and finds its migrations', async () => {
  const { stdout } = await run(join(project, 'node_modules/.bin/hyvve-events-admin'), ['--help'], { cwd: project });
  expect(stdout).toContain('rebuild');
  expect(installed.filesOf('admin')).toEqual(
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
  const admin = await services.startAdmin(project, '@hyvve-events/sdk');
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
