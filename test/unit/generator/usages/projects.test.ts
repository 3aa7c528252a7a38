import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FoundUsages } from '../../../../generator/usages/find-usages.js';
import { type CodeProject, codeProject, compilerOptions, foundIn } from '../../../support/usages/code-project.js';

const options = (more: object) => JSON.stringify({ compilerOptions: { ...compilerOptions, composite: true }, ...more });

/** A repository with two services and a library, as `tsc -b` builds it: nothing is built. */
const repository = {
  'tsconfig.json': '{ "files": [], "references": [{ "path": "services/orders" }, { "path": "services/mails" }] }',
  'lib/tsconfig.json': options({ include: ['*.ts'] }),
  'lib/start.ts': `import { createEventBus } from '@hyvve-events/runtime';
export function start(options: { readonly name: string; readonly redis?: string }) {
  return createEventBus({ service: options.name });
}`,
  'lib/publish.ts': `import type { TenantPublisher } from '@hyvve-events/runtime';
import { publishKbPageCreated, publishKbPageDeleted } from '@hyvve-events/sdk/kb';
export const created = (to: TenantPublisher) => publishKbPageCreated(to, {} as never);
export const unused = (to: TenantPublisher) => publishKbPageDeleted(to, {} as never);`,
  'services/orders/tsconfig.json': options({ include: ['*.ts'], references: [{ path: '../../lib' }] }),
  'services/orders/main.ts': `import { start } from '../../lib/start.js';
import './jobs.js';
export const bus = start({ name: 'orders' });`,
  'services/orders/jobs.ts': `import { created } from '../../lib/publish.js';
import type { TenantPublisher } from '@hyvve-events/runtime';
export const job = (to: TenantPublisher) => created(to);`,
  'services/orders/main.test.ts': `import { publishKbPageMoved } from '@hyvve-events/sdk/kb';
export const sent = publishKbPageMoved({} as never, {} as never);`,
  'services/orders/fake.ts': `import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { publishKbPageMoved } from '@hyvve-events/sdk/kb';
export const sent = publishKbPageMoved(createMemoryBus({ service: 'fake' }), {} as never, { tenantId: 'acme' });`,
  'services/mails/tsconfig.json': options({ include: ['*.ts'], references: [{ path: '../../lib' }] }),
  'services/mails/bus.ts': `import { start } from '../../lib/start.js';
const options = { name: 'mails' } as const;
export const bus = start({ ...options, redis: 'redis://localhost' });`,
  'services/mails/handlers.ts': `import { kbHandlers } from '@hyvve-events/sdk/kb';
export const handlers = kbHandlers({ onKbPageCreated() {} });`,
  'services/mails/main.ts': `import { bus } from './bus.js';
import { handlers } from './handlers.js';
bus.subscribe(handlers);`,
};

describe('a repository with project references', () => {
  let project: CodeProject;
  let found: FoundUsages;
  beforeAll(async () => {
    project = codeProject(repository);
    found = await project.find();
  });
  afterAll(() => project.remove());

  const servicesIn = (path: string) =>
    found.usages.filter(({ file }) => file.endsWith(path)).map(({ type, services }) => [type, services]);

  it('the projects that a tsconfig refers to are read, before they are built', () => {
    expect(found.problems).toEqual([]);
    expect(foundIn(found, project, 'services/mails/handlers.ts')).toEqual(['2: handle kb.page.created, kbHandlers']);
  });

  it('a service has the name that it passes to a function of a library', () => {
    expect(found.services.map(({ name }) => name)).toEqual(['mails', 'orders']);
    expect(found.unnamed).toEqual([]);
  });

  it('code belongs to the services that import it, and to those whose bus its main file imports', () => {
    expect(servicesIn('lib/publish.ts')).toEqual([
      ['kb.page.created', ['orders']],
      ['kb.page.deleted', ['orders']],
    ]);
    expect(servicesIn('mails/handlers.ts')).toEqual([['kb.page.created', ['mails']]]);
  });

  it('tests are left out: files with the name of a test, and files that import a testing entry point', () => {
    expect(found.tests.size).toBe(2);
    expect(found.usages.filter(({ type }) => type === 'kb.page.moved')).toEqual([]);
  });
});

describe('projects with different options', () => {
  let project: CodeProject;
  beforeAll(() => {
    const older = { ...compilerOptions, strict: undefined, types: undefined };
    project = codeProject({
      ...repository,
      // It makes a program of its own. Its TypeScript has other defaults: not strict, and every package of types is used.
      'services/mails/tsconfig.json': JSON.stringify({ compilerOptions: older, include: ['*.ts'] }),
      // Only the program of mails has a call of it.
      'lib/start-mails.ts': repository['lib/start.ts'],
      'services/mails/bus.ts': repository['services/mails/bus.ts'].replace('start.js', 'start-mails.js'),
      'services/mails/node_modules/typescript/package.json': '{ "version": "5.9.3" }',
      'services/mails/handlers.ts': `import { kbHandlers } from '@hyvve-events/sdk/kb';
let text: string = null;
export const handlers = kbHandlers({ onKbPageCreated() { console.log(process.pid, text); } });`,
    });
  });
  afterAll(() => project.remove());

  it('what one program decides is decided, and code belongs to the services of all', async () => {
    const found = await project.find();
    expect(found.problems).toEqual([]);
    expect(found.services.map(({ name }) => name)).toEqual(['mails', 'orders']);
    expect(found.unnamed).toEqual([]);
    expect(foundIn(found, project, 'services/mails/handlers.ts')).toEqual(['3: handle kb.page.created, kbHandlers']);
    const inLibrary = found.usages.filter(({ file }) => file.endsWith('lib/publish.ts'));
    expect(inLibrary.map(({ services }) => services)).toEqual([['orders'], ['orders']]);
  });
});

it('code that another project imports as it is built is found in its source', async () => {
  const project = codeProject({
    'lib/tsconfig.json': options({
      compilerOptions: { ...compilerOptions, declaration: true, outDir: 'dist' },
      include: ['*.ts'],
    }),
    'lib/restore.ts': `import type { TenantPublisher } from '@hyvve-events/runtime';
import { publishKbPageRestored } from '@hyvve-events/sdk/kb';
export const restore = (to: TenantPublisher) => publishKbPageRestored(to, {} as never);`,
    'lib/dist/restore.d.ts': `import type { TenantPublisher } from '@hyvve-events/runtime';
export declare const restore: (to: TenantPublisher) => Promise<unknown>;`,
    'lib/dist/restore.js': 'export const restore = () => {};',
    'app/tsconfig.json': options({ include: ['*.ts'] }),
    'app/main.ts': `import { createEventBus } from '@hyvve-events/runtime';
import { restore } from '../lib/dist/restore.js';
await restore(createEventBus({ service: 'app' }).withContext({ tenantId: 'acme' }));`,
  });
  const { usages, problems } = await project.find(['lib', 'app']);
  expect(problems).toEqual([]);
  expect(usages.map(({ type, services }) => [type, services])).toEqual([['kb.page.restored', ['app']]]);
  project.remove();
});

it('in a file with several services, the bus of a call decides', async () => {
  const project = codeProject({
    'both.ts': `import { createEventBus } from '@hyvve-events/runtime';
import { kbHandlers, KbPageDeleted, KbPageMoved, publishKbPageCreated } from '@hyvve-events/sdk/kb';
const orders = createEventBus({ service: 'orders' });
const mails = createEventBus({ service: 'mails' });
const acme = orders.withContext({ tenantId: 'acme' });
await publishKbPageCreated(acme, {} as never);
await mails.withContext({ tenantId: 'acme' }).publish(KbPageDeleted, {} as never);
mails.subscribe(kbHandlers({ onKbPageCreated() {} }));
for (const bus of [orders, mails]) await bus.withContext({ tenantId: 'acme' }).publish(KbPageMoved, {} as never);`,
  });
  const { usages } = await project.find();
  expect(usages.map(({ line, services }) => [line, services])).toEqual([
    [6, ['orders']],
    [7, ['mails']],
    [8, ['mails']],
    [9, ['mails', 'orders']],
  ]);
  project.remove();
});

it('a service that imports only types of another one does not contain its code', async () => {
  const project = codeProject({
    'orders/main.ts': `import { createEventBus } from '@hyvve-events/runtime';
import { Page } from '../pages/page.js';
import { type Sent } from '../pages/send.js';
export const bus = createEventBus({ service: 'orders' });
export type All = Page | Sent;`,
    'pages/page.ts': `import { send } from './send.js';
export interface Page { readonly id: string }
export const sends = [send];`,
    'pages/send.ts': `import type { TenantPublisher } from '@hyvve-events/runtime';
import { publishKbPageCreated } from '@hyvve-events/sdk/kb';
export type Sent = 'sent';
export const send = (to: TenantPublisher) => publishKbPageCreated(to, {} as never);`,
  });
  const { usages } = await project.find();
  expect(usages.map(({ type, services }) => [type, services])).toEqual([['kb.page.created', []]]);
  project.remove();
});

describe('code that does not compile', () => {
  let project: CodeProject;
  let found: FoundUsages;
  beforeAll(async () => {
    project = codeProject({
      'sends.ts': `import { publishKbPageCreated, publishKbPageRenamed } from '@hyvve-events/sdk/kb';
publishKbPageCreated(1, {} as never);
publishKbPageRenamed({} as never);`,
      'syntax.ts': 'export const = 1;',
      'imports.ts': `export * from './missing.js';`,
      'packages.ts': `import { helper } from '@acme/not-built';
import '@acme/only-for-its-effects';
// @ts-ignore: only where it is installed
import { optional } from '@acme/optional';`,
      'unrelated.ts': `export const text: string = 1;`,
    });
    found = await project.find();
  });
  afterAll(() => project.remove());

  it('every error that may hide usages is reported: syntax, missing modules, types where events are used', () => {
    const places = found.problems.map(({ file, line, code }) => `${file.replace(/^.*\//, '')}:${line} ${code}`);
    expect([...new Set(places)].sort()).toEqual([
      'imports.ts:1 CODE_INVALID',
      'packages.ts:1 CODE_INVALID',
      'sends.ts:1 CODE_INVALID',
      'sends.ts:2 CODE_INVALID',
      'syntax.ts:1 CODE_INVALID',
    ]);
  });

  it('what can be found is found', () => {
    expect(foundIn(found, project, 'sends.ts')).toEqual(['2: publish kb.page.created, publishKbPageCreated']);
  });
});

it('a tsconfig that does not exist, and one without files, are refused', async () => {
  const project = codeProject({
    'empty/tsconfig.json': '{ "files": [] }',
    'broken/tsconfig.json': '{ "include": ["*.ts"] "compilerOptions": {} }',
  });
  await expect(project.find(['services'])).rejects.toMatchObject({
    problems: [{ code: 'USAGE', message: expect.stringMatching(/the tsconfig .*services does not exist/) }],
  });
  await expect(project.find(['empty'])).rejects.toMatchObject({ problems: [{ code: 'CODE_MISSING' }] });
  await expect(project.find(['broken'])).rejects.toMatchObject({
    problems: [{ code: 'CODE_INVALID', message: expect.stringContaining("',' expected") }, { code: 'CODE_MISSING' }],
  });
  project.remove();
});
