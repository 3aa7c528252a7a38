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

const folders = ['runtime', 'catalog-model', 'generator', 'generated', 'admin', 'examples', 'scripts'];

/** Folders whose files are entries or join what is below them: each is checked alone. */
const entryFolders = [
  'runtime/',
  'runtime/redis/',
  'generator/',
  'admin/',
  'admin/web/',
  'admin/web/features/ops/',
  'scripts/',
];
const entries = ['runtime', 'runtime/testing', 'catalog-model', 'generator', 'admin'].map(
  (folder) => `${folder}/index.ts`,
);

let sources: Sources;

beforeAll(async () => {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(folder, { recursive: true })) {
      const path = join(folder, file).replaceAll('\\', '/');
      if (!/\.tsx?$/.test(path) || /(^|\/)(dist|node_modules)\//.test(path)) continue;
      found.set(path, await readFile(path, 'utf8'));
    }
  }
  sources = found;
});

describe('the parts', () => {
  it('import only what they may', () => {
    expect(sources.size).toBeGreaterThan(80);
    expect(forbiddenImports(sources, importRules)).toEqual([]);
  });

  it('have no import cycle, of files or of folders', () => {
    expect(cyclesIn(sources)).toEqual([]);
    expect(folderCyclesIn(sources, entryFolders)).toEqual([]);
  });

  it('have an index only where a package is entered', () => {
    const indexes = [...sources.keys()].filter((file) => /(^|\/)index\.tsx?$/.test(file));
    expect(indexes.filter((file) => file.startsWith('generated/') || !entries.includes(file))).toEqual([
      ...['generated/index.ts', 'generated/samples/index.ts'],
    ]);
  });

  it('touch each big library in one place', () => {
    expect(
      importersOutside(sources, '@asyncapi/parser', [
        'generator/document/asyncapi-parser.ts',
        'scripts/bench/parse-alone.ts',
      ]),
    ).toEqual([]);
    expect(
      importersOutside(sources, 'yaml', [
        'generator/source/source-file.ts',
        'generator/config/config-file.ts',
        'admin/catalog/async-api.ts',
      ]),
    ).toEqual([]);
    const validators = ['generator/validators/ajv.ts', 'generator/validators/compile-validators.ts'];
    const checks = ['admin/catalog/definitions.ts', 'admin/http/validation.ts'];
    expect(importersOutside(sources, 'ajv', [...validators, ...checks])).toEqual([]);
    const ours = new Map([...sources].filter(([file]) => file.startsWith('runtime/')));
    const timers = [
      ...['connection/close-jobs', 'maintain/group-jobs', 'operate/create-event-operator', 'replay/replay-jobs'],
    ].map((name) => `runtime/redis/${name}.ts`);
    expect(importersOutside(ours, 'bullmq', timers)).toEqual([]);
    expect(importersOutside(ours, '@opentelemetry/api', ['runtime/observe/tracing.ts'])).toEqual([]);
    expect(importersOutside(ours, 'ioredis', ['runtime/redis/connection/client.ts'])).toEqual([]);
  });

  it('the catalog model is imported for its types only', () => {
    const code = [...sources].filter(([, source]) =>
      /^(?:import|export) (?!type\b)[^;]*from '@hyvve-events\/catalog-model'/m.test(source),
    );
    expect(code.map(([file]) => file)).toEqual([]);
  });

  it('the web app has its query keys in one folder', () => {
    const outside = [...sources].filter(
      ([file, source]) =>
        file.startsWith('admin/web/') && !file.startsWith('admin/web/api/') && /queryKey\b/.test(source),
    );
    expect(outside.map(([file]) => file)).toEqual([]);
  });

  it('the admin service and the web app write properties out: a spread literal cannot be searched', () => {
    const spread = [...sources].filter(([file, source]) => file.startsWith('admin/') && /\.\.\.\{/.test(source));
    expect(spread.map(([file]) => file)).toEqual([]);
  });

  it('export by name', () => {
    // Vite asks for the default export.
    const ours = new Map([...sources].filter(([file]) => file !== 'admin/web/vite.config.ts'));
    expect(blanketExports(ours)).toEqual([]);
  });
});

describe('the checks find what is planted', () => {
  const plant = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files));

  it('every form of import', () => {
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

  it('an import that no rule allows', () => {
    const planted = plant({
      'runtime/bus/event-bus.ts':
        "import { model } from '../../generator/model/event-model.js';\nimport { Redis } from 'ioredis';",
      'generator/model/event-model.ts': "import { readFile } from 'node:fs';",
      'generated/ai.ts': "import { createEventBus } from '@hyvve-events/runtime';",
      'elsewhere/file.ts': '',
    });
    expect(forbiddenImports(planted, importRules)).toEqual([
      'elsewhere/file.ts: no rule says what it may import',
      'runtime/bus/event-bus.ts may not import generator/model/event-model.ts',
      'runtime/bus/event-bus.ts may not import ioredis',
      'generator/model/event-model.ts may not import node:fs',
      'generated/ai.ts may not import @hyvve-events/runtime',
    ]);
  });

  it('a cycle, of types too', () => {
    const planted = plant({
      'a.ts': "import { b } from './b.js';",
      'b.ts': "import type { c } from './c.js';",
      'c.ts': "import { a } from './a.js';",
    });
    expect(cyclesIn(planted)).toEqual(['cycle: a.ts → b.ts → c.ts → a.ts']);
  });

  it('a cycle of folders, but not of the files beside an entry', () => {
    const planted = plant({
      'a/one.ts': "import { b } from '../b/one.js';",
      'a/two.ts': 'export const a = 1;',
      'b/one.ts': 'export const b = 1;',
      'b/two.ts': "import { a } from '../a/two.js';",
      'entry/main.ts': "import { c } from './c/one.js';",
      'entry/c/one.ts': "import { name } from '../name.js';",
    });
    expect(folderCyclesIn(planted, ['entry/'])).toEqual(['cycle: a/ → b/ → a/']);
  });

  it('a stranger to a library', () => {
    const planted = plant({ 'generator/validators/schema-checks.ts': "import Ajv from 'ajv/dist/2020.js';" });
    expect(importersOutside(planted, 'ajv', ['generator/validators/ajv.ts'])).toHaveLength(1);
  });

  it('blanket and default exports', () => {
    const planted = plant({ 'a.ts': "export * from './b.js';", 'b.ts': 'export default 1;' });
    expect(blanketExports(planted)).toEqual(['a.ts: export *', 'b.ts: export default']);
  });
});
