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

const folders = ['runtime', 'generator', 'generated', 'admin', 'examples', 'scripts'];
const node = 'node:';
const printing = [
  ...[
    'generator/model/event-model.ts',
    'generator/model/json-schema.ts',
    'generator/output/emitted-file.ts',
    'generator/support/cache.ts',
  ],
  ...['generator/support/values.ts', 'generator/print/'],
];
const codegen = '@hyvve-events/runtime/codegen';
const compiled = ['generator/validators/compile-validators.ts', 'generator/validators/ajv.ts'];

/** Of the browser's side. */
const webPackages = [
  'react',
  '@mantine/core',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@tabler/icons-react',
];

/** Who may import whom. */
const rules: readonly Rule[] = [
  { of: 'runtime/', paths: ['runtime/'], packages: [node] },
  { of: 'runtime/observe/tracing.ts', paths: ['runtime/'], packages: ['@opentelemetry/api'] },
  { of: 'runtime/redis/', paths: ['runtime/'], packages: [node, 'ioredis', 'bullmq'] },
  { of: 'generator/model/event-model.ts', paths: [], packages: [] },
  { of: 'generator/', paths: ['generator/'], packages: [node, codegen] },
  { of: 'generator/source/source-file.ts', paths: ['generator/'], packages: [node, codegen, 'yaml'] },
  { of: 'generator/model/json-schema.ts', paths: ['generator/model/event-model.ts'], packages: [] },
  { of: 'generator/document/validate-document.ts', paths: ['generator/'], packages: [node, '@asyncapi/parser'] },
  {
    of: 'generator/validators/ajv.ts',
    paths: ['generator/'],
    packages: ['ajv', 'ajv/dist/2020.js', 'ajv/dist/vocabularies/code.js', codegen],
  },
  { of: 'generator/cli.ts', paths: ['generator/'], packages: [node, 'commander'] },
  { of: 'generator/config/config-file.ts', paths: ['generator/'], packages: [node, 'jiti'] },
  { of: 'generator/commands/watch-files.ts', paths: ['generator/'], packages: [node, 'chokidar'] },
  // The text of a config that names its type.
  { of: 'generator/init/templates.ts', paths: ['generator/'], packages: [node, '@hyvve-events/generator'] },
  { of: 'generator/print/', paths: printing, packages: [] },
  { of: 'generator/emit/', paths: printing, packages: [] },
  { of: 'generator/emit/domain-module.ts', paths: [...printing, 'generator/emit/types.ts'], packages: [] },
  {
    of: 'generator/emit/validators.ts',
    paths: [...printing, ...compiled, 'generator/patterns/pattern-cost.ts', 'generator/emit/validation-source.ts'],
    packages: [codegen],
  },
  {
    of: 'generator/validators/compile-validators.ts',
    paths: ['generator/'],
    packages: ['ajv/dist/standalone/index.js'],
  },
  {
    of: 'generator/emit/catalog.ts',
    paths: [...printing, 'generator/patterns/pattern-cost.ts'],
    packages: [],
  },
  { of: 'generator/emit/index.ts', paths: [...printing, ...compiled, 'generator/emit/'], packages: [] },
  { of: 'admin/', paths: ['admin/'], packages: [node, '@hyvve-events/runtime'] },
  {
    of: 'admin/app.ts',
    paths: ['admin/'],
    packages: [...[node, '@hyvve-events/runtime', 'fastify', '@fastify/helmet'], '@fastify/type-provider-typebox'],
  },
  {
    of: 'admin/options.ts',
    paths: ['admin/errors.ts', 'admin/proxy-address.ts'],
    packages: ['@hyvve-events/runtime', '@hyvve-events/runtime/options'],
  },
  { of: 'admin/auth/', paths: ['admin/auth/', 'admin/errors.ts', 'admin/options.ts'], packages: ['jose'] },
  {
    of: 'admin/catalog/',
    paths: ['admin/catalog/', 'admin/errors.ts'],
    packages: [node, '@hyvve-events/runtime', 'yaml'],
  },
  { of: 'admin/catalog/nearest.ts', paths: [], packages: [codegen] },
  {
    of: 'admin/catalog/definitions.ts',
    paths: ['admin/catalog/'],
    packages: ['@hyvve-events/runtime', codegen, 'ajv', 'ajv/dist/2020.js'],
  },
  {
    of: 'admin/http/',
    paths: ['admin/http/', 'admin/auth/', 'admin/catalog/', 'admin/errors.ts', 'admin/options.ts'],
    packages: [node, '@hyvve-events/runtime', 'fastify', 'typebox', '@fastify/type-provider-typebox'],
  },
  {
    of: 'admin/http/answer-errors.ts',
    paths: ['admin/errors.ts'],
    packages: ['@hyvve-events/runtime', 'fastify', 'drizzle-orm/errors'],
  },
  { of: 'admin/http/loggable-error.ts', paths: [], packages: ['drizzle-orm/errors'] },
  {
    of: 'admin/http/request-limits.ts',
    paths: ['admin/http/', 'admin/auth/', 'admin/errors.ts'],
    packages: ['fastify', '@fastify/rate-limit'],
  },
  {
    of: 'admin/http/describe-api.ts',
    paths: [],
    packages: ['fastify', '@fastify/swagger', '@fastify/swagger-ui'],
  },
  { of: 'admin/http/validation.ts', paths: ['admin/errors.ts'], packages: ['fastify', 'ajv', 'ajv-formats'] },
  {
    of: 'admin/live/',
    paths: ['admin/live/', 'admin/auth/', 'admin/errors.ts'],
    packages: [node, '@hyvve-events/runtime'],
  },
  {
    of: 'admin/projection/',
    paths: ['admin/projection/', 'admin/errors.ts', 'admin/options.ts'],
    packages: [node, '@hyvve-events/runtime', 'drizzle-orm', 'drizzle-orm/pg-core'],
  },
  {
    of: 'admin/database/database.ts',
    paths: ['admin/projection/', 'admin/options.ts'],
    packages: [
      ...[node, 'drizzle-orm/pg-core', 'pg', 'drizzle-orm/node-postgres', 'drizzle-orm/node-postgres/migrator'],
      ...['drizzle-orm/pglite', 'drizzle-orm/pglite/migrator'],
    ],
  },
  // Its types alone: the database itself is in `embedded-worker.js`, another thread.
  { of: 'admin/database/embedded-database.ts', paths: [], packages: [node, '@electric-sql/pglite'] },
  {
    of: 'admin/routes/',
    paths: ['admin/'],
    packages: [node, '@hyvve-events/runtime', 'fastify', 'typebox'],
  },
  {
    of: 'admin/metrics/',
    paths: ['admin/metrics/', 'admin/context.ts'],
    packages: ['@hyvve-events/runtime', 'prom-client'],
  },
  { of: 'admin/answers.ts', paths: ['admin/routes/', 'admin/http/schemas.ts'], packages: ['typebox'] },
  {
    of: 'admin/docs/',
    paths: ['admin/docs/', 'admin/catalog/', 'admin/web/shared/'],
    packages: [node],
  },
  { of: 'admin/routes/service/web.ts', paths: ['admin/'], packages: [node, 'fastify', '@fastify/static'] },
  { of: 'admin/web/', paths: ['admin/web/'], packages: webPackages },
  // The service's answers are types alone.
  { of: 'admin/web/ops/', paths: ['admin/web/', 'admin/answers.ts'], packages: webPackages },
  { of: 'admin/web/shared/', paths: ['admin/web/shared/'], packages: [] },
  { of: 'admin/web/search/', paths: ['admin/web/shared/'], packages: ['minisearch'] },
  { of: 'admin/web/map/', paths: ['admin/web/map/', 'admin/web/shared/'], packages: [] },
  {
    of: 'admin/web/main.tsx',
    paths: ['admin/web/'],
    packages: [...webPackages, 'react-dom/client', 'admin/web/app.css', '@mantine/core/styles.css'],
  },
  {
    of: 'admin/web/ui/code/pieces.ts',
    paths: [],
    packages: ['@lezer/highlight', '@lezer/javascript', '@lezer/json'],
  },
  {
    of: 'admin/web/features/docs/pages/flow-map.tsx',
    paths: ['admin/web/'],
    packages: [...webPackages, '@xyflow/react', '@xyflow/react/dist/base.css'],
  },
  {
    of: 'admin/web/ops/pages/',
    paths: ['admin/web/', 'admin/answers.ts'],
    packages: [
      ...webPackages,
      ...[
        'admin/web/features/ops/records.css',
        'admin/web/features/ops/overview.css',
        'admin/web/features/ops/dead-letters.css',
      ],
      'admin/web/features/ops/parked.css',
    ],
  },
  {
    of: 'admin/web/features/ops/overview/throughput-chart.tsx',
    paths: ['admin/web/ops/overview/'],
    packages: ['@mantine/charts', '@mantine/charts/styles.css'],
  },
  {
    of: 'admin/web/ops/edit/',
    paths: ['admin/web/ops/edit/', 'admin/web/shared/'],
    packages: [
      ...['react', '@codemirror/autocomplete', '@codemirror/commands', '@codemirror/lang-json', '@codemirror/language'],
      ...['@codemirror/lint', '@codemirror/merge', '@codemirror/state', '@codemirror/view', '@lezer/highlight'],
      '@cfworker/json-schema',
    ],
  },
  {
    of: 'admin/web/ops/live/',
    paths: ['admin/web/', 'admin/answers.ts'],
    packages: [...webPackages, 'admin/web/features/ops/records.css', 'admin/web/features/ops/overview.css'],
  },
  {
    of: 'admin/web/ops/trace/',
    paths: ['admin/web/'],
    packages: [...webPackages, 'admin/web/features/ops/trace/trace.css'],
  },
  {
    of: 'admin/web/features/ops/trace/trace-graph.tsx',
    paths: ['admin/web/ops/'],
    packages: [
      ...webPackages,
      '@xyflow/react',
      '@xyflow/react/dist/base.css',
      'admin/web/features/ops/trace/trace.css',
    ],
  },
  { of: 'admin/web/vite.config.ts', paths: [], packages: ['vite', '@vitejs/plugin-react'] },
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
    of: 'scripts/bench/',
    paths: ['scripts/'],
    packages: [
      ...[node, 'ioredis', 'bullmq', '@hyvve-events/runtime', '@hyvve-events/runtime/codegen'],
      ...['@hyvve-events/admin', '@hyvve-events/sdk', '@hyvve-events/sdk/approval'],
    ],
  },
  { of: 'scripts/bench/parse-alone.ts', paths: [], packages: ['@asyncapi/parser'] },
  {
    of: 'scripts/',
    paths: ['scripts/', 'examples/'],
    packages: [
      node,
      'ioredis',
      '@hyvve-events/admin',
      'playwright-core',
      '@hyvve-events/runtime',
      '@hyvve-events/sdk',
      '@hyvve-events/sdk/ai',
    ],
  },
];

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
    expect(
      strangersTo(sources, '@asyncapi/parser', [
        'generator/document/validate-document.ts',
        'scripts/bench/parse-alone.ts',
      ]),
    ).toEqual([]);
    expect(
      strangersTo(sources, 'yaml', [
        'generator/source/source-file.ts',
        'generator/config/config-file.ts',
        'admin/catalog/async-api.ts',
      ]),
    ).toEqual([]);
    const validators = ['generator/validators/ajv.ts', 'generator/validators/compile-validators.ts'];
    const checks = ['admin/catalog/definitions.ts', 'admin/http/validation.ts'];
    expect(strangersTo(sources, 'ajv', [...validators, ...checks])).toEqual([]);
    const ours = new Map([...sources].filter(([file]) => file.startsWith('runtime/')));
    const timers = ['close-jobs', 'jobs', 'operator', 'replay-jobs'].map((name) => `runtime/redis/${name}.ts`);
    expect(strangersTo(ours, 'bullmq', timers)).toEqual([]);
    expect(strangersTo(ours, '@opentelemetry/api', ['runtime/observe/tracing.ts'])).toEqual([]);
    expect(strangersTo(ours, 'ioredis', ['runtime/redis/connection/client.ts'])).toEqual([]);
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
        "import { model } from '../generator/model/event-model.js';\nimport { Redis } from 'ioredis';",
      'generator/model/event-model.ts': "import { readFile } from 'node:fs';",
      'generated/ai.ts': "import { createEventBus } from '@hyvve-events/runtime';",
      'elsewhere/file.ts': '',
    });
    expect(forbiddenImports(planted, rules)).toEqual([
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

  it('a stranger to a library', () => {
    const planted = plant({ 'generator/validators/schema-checks.ts': "import Ajv from 'ajv/dist/2020.js';" });
    expect(strangersTo(planted, 'ajv', ['generator/validators/ajv.ts'])).toHaveLength(1);
  });

  it('blanket and default exports', () => {
    const planted = plant({ 'a.ts': "export * from './b.js';", 'b.ts': 'export default 1;' });
    expect(blanketExports(planted)).toEqual(['a.ts: export *', 'b.ts: export default']);
  });
});
