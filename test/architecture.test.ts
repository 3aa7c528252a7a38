import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blanketExports,
  cyclesIn,
  forbiddenImports,
  importsOf,
  type Rule,
  type Sources,
  strangersTo,
} from './support/architecture.js';

const folders = ['runtime', 'generator', 'generated', 'examples', 'scripts'];
const node = 'node:';
const printing = ['generator/model.ts', 'generator/emitted-file.ts', 'generator/print/'];

/** The files of the printing kit that know ts-morph. */
const printers = ['generator/print/imports.ts', 'generator/print/source-file.ts'];

/** Who may import whom. */
const rules: readonly Rule[] = [
  { of: 'runtime/', paths: ['runtime/'], packages: [node] },
  { of: 'runtime/redis/', paths: ['runtime/'], packages: [node, 'ioredis', 'bullmq'] },
  { of: 'generator/model.ts', paths: [], packages: [] },
  { of: 'generator/', paths: ['generator/'], packages: [node] },
  { of: 'generator/sources.ts', paths: ['generator/'], packages: [node, 'yaml'] },
  { of: 'generator/validate-document.ts', paths: ['generator/'], packages: [node, '@asyncapi/parser'] },
  {
    of: 'generator/ajv.ts',
    paths: ['generator/'],
    packages: ['ajv', 'ajv/dist/2020.js', 'ajv-formats/dist/formats.js'],
  },
  { of: 'generator/cli.ts', paths: ['generator/'], packages: [node, 'commander'] },
  { of: 'generator/print/', paths: printing, packages: [] },
  ...printers.map((of) => ({ of, paths: printing, packages: ['ts-morph'] })),
  { of: 'generator/emit/', paths: printing, packages: [] },
  { of: 'generator/emit/types.ts', paths: printing, packages: ['@asyncapi/modelina'] },
  {
    of: 'generator/emit/validators.ts',
    paths: [...printing, 'generator/ajv.ts'],
    packages: ['ajv/dist/standalone/index.js'],
  },
  { of: 'generator/emit/index.ts', paths: [...printing, 'generator/emit/'], packages: [] },
  { of: 'generated/', paths: ['generated/'], packages: ['@hyvve-events/runtime/codegen'] },
  {
    of: 'examples/platform/',
    paths: ['examples/platform/'],
    packages: [
      '@hyvve-events/runtime',
      ...domains().map((domain) => `@hyvve-events/sdk/${domain}`),
      '@hyvve-events/sdk',
    ],
  },
  {
    of: 'scripts/',
    paths: ['scripts/', 'examples/'],
    packages: [node, 'ioredis', '@hyvve-events/runtime', '@hyvve-events/sdk', '@hyvve-events/sdk/ai'],
  },
];

let sources: Sources;

beforeAll(async () => {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(folder, { recursive: true })) {
      const path = join(folder, file).replaceAll('\\', '/');
      if (!path.endsWith('.ts') || /(^|\/)(dist|node_modules)\//.test(path)) continue;
      found.set(path, await readFile(path, 'utf8'));
    }
  }
  sources = found;
});

function domains(): string[] {
  const { exports } = JSON.parse(readFileSync('generated/package.json', 'utf8')) as {
    exports: Record<string, unknown>;
  };
  return Object.keys(exports).map((path) => path.replace('./', ''));
}

describe('the parts', () => {
  it('import only what they may', () => {
    expect(sources.size).toBeGreaterThan(80);
    expect(forbiddenImports(sources, rules)).toEqual([]);
  });

  it('have no import cycle', () => {
    expect(cyclesIn(sources)).toEqual([]);
  });

  it('touch each big library in one place', () => {
    expect(strangersTo(sources, '@asyncapi/parser', ['generator/validate-document.ts'])).toEqual([]);
    expect(strangersTo(sources, '@asyncapi/modelina', ['generator/emit/types.ts'])).toEqual([]);
    expect(strangersTo(sources, 'ts-morph', printers)).toEqual([]);
    expect(strangersTo(sources, 'ajv', ['generator/ajv.ts', 'generator/emit/validators.ts'])).toEqual([]);
    const ours = new Map([...sources].filter(([file]) => file.startsWith('runtime/')));
    expect(strangersTo(ours, 'bullmq', ['runtime/redis/jobs.ts', 'runtime/redis/operator.ts'])).toEqual([]);
    const redis = [
      'runtime/redis/link.ts',
      'runtime/redis/jobs.ts',
      'runtime/redis/operator.ts',
      'runtime/redis/script.ts',
    ];
    expect(strangersTo(ours, 'ioredis', redis)).toEqual([]);
  });

  it('export by name', () => {
    expect(blanketExports(sources)).toEqual([]);
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
      'runtime/bus.ts': "import { model } from '../generator/model.js';\nimport { Redis } from 'ioredis';",
      'generator/model.ts': "import { readFile } from 'node:fs';",
      'generated/ai.ts': "import { createEventBus } from '@hyvve-events/runtime';",
      'elsewhere/file.ts': '',
    });
    expect(forbiddenImports(planted, rules)).toEqual([
      'elsewhere/file.ts: no rule says what it may import',
      'runtime/bus.ts may not import generator/model.ts',
      'runtime/bus.ts may not import ioredis',
      'generator/model.ts may not import node:fs',
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

  it('a stranger to a library', () => {
    const planted = plant({ 'generator/check.ts': "import Ajv from 'ajv/dist/2020.js';" });
    expect(strangersTo(planted, 'ajv', ['generator/ajv.ts'])).toHaveLength(1);
  });

  it('blanket and default exports', () => {
    const planted = plant({ 'a.ts': "export * from './b.js';", 'b.ts': 'export default 1;' });
    expect(blanketExports(planted)).toEqual(['a.ts: export *', 'b.ts: export default']);
  });
});
