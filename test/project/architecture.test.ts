import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blanketExports,
  cyclesIn,
  folderCyclesIn,
  forbiddenImports,
  importersOutside,
  importsOf,
  type Sources,
} from '../support/project/architecture.js';
import { importRules } from '../support/project/import-rules.js';

const folders = [
  ...['runtime', 'catalog-model', 'create', 'generator', 'generated', 'admin', 'examples', 'scripts'],
  // The other folders of `test` may import what they test.
  'test/support/history',
];

/** Folders whose files are entries or combine the folders below: each file is treated as a folder. */
const entryFolders = [
  'runtime/',
  'runtime/redis/',
  'generator/',
  'admin/',
  'admin/web/',
  'admin/web/features/ops/',
  'scripts/',
  'test/support/history/',
];
const entries = ['runtime', 'runtime/testing', 'catalog-model', 'create', 'generator', 'admin'].map(
  (folder) => `${folder}/index.ts`,
);

let sources: Sources;

beforeAll(async () => {
  sources = await readSources(folders);
});

/** The TypeScript files in `folders`, by path. */
async function readSources(from: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of from) {
    for (const file of await readdir(folder, { recursive: true })) {
      const path = join(folder, file).replaceAll('\\', '/');
      if (!/\.tsx?$/.test(path) || /(^|\/)(dist|node_modules)\//.test(path)) continue;
      found.set(path, await readFile(path, 'utf8'));
    }
  }
  return found;
}

describe('sources', () => {
  it('import only what the import rules allow', () => {
    expect(sources.size).toBeGreaterThan(80);
    expect(forbiddenImports(sources, importRules)).toEqual([]);
  });

  it('have no import cycle, of files or of folders', () => {
    expect(cyclesIn(sources)).toEqual([]);
    expect(folderCyclesIn(sources, entryFolders)).toEqual([]);
  });

  it('have an index only as the entry of a package', () => {
    const indexes = [...sources.keys()].filter((file) => /(^|\/)index\.tsx?$/.test(file));
    // The SDKs that recipes generate have the indexes of every SDK.
    const ours = indexes.filter((file) => !/^examples\/recipes\/(two-catalogs\/shipping|ordered)\/sdk\//.test(file));
    expect(ours.filter((file) => file.startsWith('generated/') || !entries.includes(file))).toEqual([
      ...['generated/index.ts', 'generated/samples/index.ts'],
    ]);
  });

  it('import each large library only in its own files', () => {
    expect(
      importersOutside(sources, '@asyncapi/parser', [
        'generator/document/asyncapi-parser.ts',
        'scripts/bench/parse-alone.ts',
      ]),
    ).toEqual([]);
    expect(
      importersOutside(sources, 'yaml', [
        'generator/source/source-file.ts',
        'generator/source/edit-yaml.ts',
        'generator/config/config-file.ts',
        'admin/catalog/async-api.ts',
      ]),
    ).toEqual([]);
    const validators = ['generator/validators/ajv.ts', 'generator/validators/compile-validators.ts'];
    const checks = ['admin/catalog/definitions.ts', 'admin/http/validation.ts'];
    expect(importersOutside(sources, 'ajv', [...validators, ...checks])).toEqual([]);
    const ours = new Map([...sources].filter(([file]) => file.startsWith('runtime/')));
    const timers = [
      ...['connection/close-jobs', 'maintain/group-jobs', 'connection/load-bullmq', 'replay/replay-jobs'],
    ].map((name) => `runtime/redis/${name}.ts`);
    expect(importersOutside(ours, 'bullmq', timers)).toEqual([]);
    expect(importersOutside(ours, '@opentelemetry/api', ['runtime/observe/tracing.ts'])).toEqual([]);
    const clients = ['client', 'slot-connector'].map((name) => `runtime/redis/connection/${name}.ts`);
    expect(importersOutside(ours, 'ioredis', clients)).toEqual([]);
  });

  it('the catalog model: only types are imported', () => {
    const code = [...sources].filter(([, source]) =>
      /^(?:import|export) (?!type\b)[^;]*from '@hyvve-events\/catalog-model'/m.test(source),
    );
    expect(code.map(([file]) => file)).toEqual([]);
  });

  it('only the read path converts data of older versions: nothing else calls `upcast`', () => {
    // The generator's check converts drawn samples.
    const own = new Map([...sources].filter(([file]) => !file.startsWith('generator/')));
    const callers = [...own].filter(([, source]) => /\bupcast(?:\?\.)?\(|\bupcast\.(?:call|apply|bind)\b/.test(source));
    expect(callers.map(([file]) => file)).toEqual(['runtime/event/upcast.ts']);
    const importers = [...own].filter(([, source]) => importsOf(source).some((path) => path.endsWith('/upcast.js')));
    expect(importers.map(([file]) => file)).toEqual(['runtime/event/read-envelope.ts']);
  });

  it('the web app: query keys occur only in admin/web/api/', () => {
    const outside = [...sources].filter(
      ([file, source]) =>
        file.startsWith('admin/web/') && !file.startsWith('admin/web/api/') && /queryKey\b/.test(source),
    );
    expect(outside.map(([file]) => file)).toEqual([]);
  });

  it('no object literal is spread: its properties are written in the object that contains them', async () => {
    const spread = [...sources, ...(await readSources(['test']))].filter(([, source]) => /\.\.\.\{/.test(source));
    expect(spread.map(([file]) => file)).toEqual([]);
  });

  it('export only by name', () => {
    // Vite requires a default export.
    const ours = new Map([...sources].filter(([file]) => file !== 'admin/web/vite.config.ts'));
    expect(blanketExports(ours)).toEqual([]);
  });
});

describe('the checks find violations', () => {
  const sourcesOf = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files));

  it('importsOf: finds every form of import', () => {
    const source = `
      // import { no } from './comment.js';
import a from './a.js';
import {
  type b,
} from './b.js';
import './c.js';
export { d } from './d.js';
const e = await import('./e.js');
type F = import('./f.js').F;
`;
    expect(importsOf(source)).toEqual(['./a.js', './b.js', './c.js', './d.js', './e.js', './f.js']);
  });

  it('forbiddenImports: imports that no rule allows, and files without a rule', () => {
    const invalid = sourcesOf({
      'runtime/bus/event-bus.ts':
        "import { model } from '../../generator/model/event-model.js';\nimport { Redis } from 'ioredis';",
      'generator/model/event-model.ts': "import { readFile } from 'node:fs';",
      'generated/ai.ts': "import { createEventBus } from '@hyvve-events/runtime';",
      'test/support/history/rules/log.ts': "import { logKinds } from '../../../../runtime/operate/transition-log.js';",
      'elsewhere/file.ts': '',
    });
    expect(forbiddenImports(invalid, importRules)).toEqual([
      'elsewhere/file.ts: there is no rule for its imports',
      'runtime/bus/event-bus.ts may not import generator/model/event-model.ts',
      'runtime/bus/event-bus.ts may not import ioredis',
      'generator/model/event-model.ts may not import node:fs',
      'generated/ai.ts may not import @hyvve-events/runtime',
      'test/support/history/rules/log.ts may not import runtime/operate/transition-log.ts',
    ]);
  });

  it('cyclesIn: a cycle, also of types', () => {
    const invalid = sourcesOf({
      'a.ts': "import { b } from './b.js';",
      'b.ts': "import type { c } from './c.js';",
      'c.ts': "import { a } from './a.js';",
    });
    expect(cyclesIn(invalid)).toEqual(['cycle: a.ts → b.ts → c.ts → a.ts']);
  });

  it('folderCyclesIn: a cycle of folders, but not through the files of an entry folder', () => {
    const invalid = sourcesOf({
      'a/one.ts': "import { b } from '../b/one.js';",
      'a/two.ts': 'export const a = 1;',
      'b/one.ts': 'export const b = 1;',
      'b/two.ts': "import { a } from '../a/two.js';",
      'entry/main.ts': "import { c } from './c/one.js';",
      'entry/c/one.ts': "import { name } from '../name.js';",
    });
    expect(folderCyclesIn(invalid, ['entry/'])).toEqual(['cycle: a/ → b/ → a/']);
  });

  it('importersOutside: a file that must not import a library', () => {
    const invalid = sourcesOf({ 'generator/validators/schema-checks.ts': "import Ajv from 'ajv/dist/2020.js';" });
    expect(importersOutside(invalid, 'ajv', ['generator/validators/ajv.ts'])).toHaveLength(1);
  });

  it('blanketExports: `export *` and default exports', () => {
    const invalid = sourcesOf({ 'a.ts': "export * from './b.js';", 'b.ts': 'export default 1;' });
    expect(blanketExports(invalid)).toEqual(['a.ts: export *', 'b.ts: export default']);
  });
});
