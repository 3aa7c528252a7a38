import { readFileSync } from 'node:fs';
import type { Rule } from './architecture.js';

const node = 'node:';
const runtime = '@hyvve-events/runtime';
const codegen = '@hyvve-events/runtime/codegen';
const model = '@hyvve-events/catalog-model';
const cuid2 = '@paralleldrive/cuid2';
const typebox = 'typebox';
const drizzle = ['drizzle-orm', 'drizzle-orm/pg-core'];
const react = ['react', '@mantine/core', '@tanstack/react-query', '@tanstack/react-router'];
const lezer = ['go', 'java', 'javascript', 'json', 'python'].map((language) => `@lezer/${language}`);
const codeMirror = ['autocomplete', 'commands', 'lang-json', 'language', 'lint', 'merge', 'state', 'view'];

/** A rule: the files and packages that a folder, or one file in it, may import in addition to the folder's own files. */
function row(of: string, paths: readonly string[], packages: readonly string[] = []): Rule {
  const own = of.slice(0, of.lastIndexOf('/') + 1);
  return { of, paths: of.endsWith('/') || own.split('/').length > 2 ? [own, ...paths] : paths, packages };
}

/** Paths below a folder. */
function below(folder: string, names: readonly string[]): string[] {
  return names.map((name) => `${folder}${name}`);
}

const inRuntime = (...names: readonly string[]) => below('runtime/', names);
const inRedis = (...names: readonly string[]) => below('runtime/redis/', names);
const inGenerator = (...names: readonly string[]) => below('generator/', names);
const inAdmin = (...names: readonly string[]) => below('admin/', names);
const inWeb = (...names: readonly string[]) => below('admin/web/', names);
const base = inRuntime('errors.ts', 'logger.ts', 'options.ts', 'support/');

/** Lowest first. */
const runtimeRules: readonly Rule[] = [
  row('runtime/support/', [], [node]),
  row('runtime/errors.ts', inRuntime('support/')),
  row('runtime/logger.ts', [], [node]),
  row('runtime/options.ts', inRuntime('errors.ts', 'support/'), [node]),
  row('runtime/event/', inRuntime('errors.ts', 'support/'), [node]),
  row('runtime/validation/', inRuntime('support/', 'event/')),
  row('runtime/publish/', [...base, ...inRuntime('event/')], [node]),
  row('runtime/handle/', [...base, ...inRuntime('event/', 'publish/')]),
  row('runtime/observe/', [...base, ...inRuntime('event/', 'publish/', 'handle/', 'operate/parked.ts')]),
  row('runtime/observe/tracing.ts', [...base, ...inRuntime('event/', 'publish/', 'handle/')], ['@opentelemetry/api']),
  row('runtime/operate/', [...base, ...inRuntime('event/', 'publish/', 'handle/')]),
  row('runtime/bus/', [...base, ...inRuntime('event/', 'observe/', 'publish/', 'handle/')]),
  row('runtime/bus/close-on.ts', base, [node]),
  row('runtime/redis/store/', inRuntime('support/', 'event/', 'handle/', 'operate/')),
  row('runtime/redis/connection/', [...base, ...inRuntime('event/'), ...inRedis('store/')], [node]),
  row('runtime/redis/connection/client.ts', [], ['ioredis']),
  row('runtime/redis/connection/slot-connector.ts', [], [node, 'ioredis']),
  row('runtime/redis/connection/close-jobs.ts', [], [node, 'bullmq']),
  row('runtime/redis/connection/load-bullmq.ts', base, ['bullmq']),
  row(
    'runtime/redis/settings.ts',
    [
      ...[...base, ...inRuntime('handle/', 'observe/', 'bus/', 'operate/parked.ts')],
      ...inRedis('connection/redis-target.ts', 'connection/resolved-target.ts'),
    ],
    [node],
  ),
  row('runtime/redis/partitions/', [...base, ...inRuntime('event/'), ...inRedis('store/', 'connection/')], [node]),
  row(
    'runtime/redis/statistics/',
    [...base, ...inRuntime('event/', 'operate/'), ...inRedis('store/', 'connection/', 'partitions/')],
    [node],
  ),
  row(
    'runtime/redis/publish/',
    [...base, ...inRuntime('event/', 'publish/'), ...inRedis('store/', 'connection/', 'partitions/', 'statistics/')],
    [node],
  ),
  row(
    'runtime/redis/replay/',
    [...base, ...inRuntime('event/', 'operate/'), ...inRedis('store/', 'connection/', 'partitions/', 'settings.ts')],
    [node],
  ),
  row('runtime/redis/replay/replay-jobs.ts', [...base, ...inRedis('connection/', 'store/')], ['bullmq']),
  row('runtime/redis/replay/replay-id.ts', inRedis('connection/dependency-missing.ts'), [cuid2]),
  row('runtime/redis/maintain/', [
    ...[...base, ...inRuntime('operate/parked.ts')],
    ...inRedis('store/', 'connection/', 'partitions/', 'settings.ts', 'statistics/', 'replay/replay-room.ts'),
  ]),
  row('runtime/redis/maintain/group-jobs.ts', [...base, ...inRedis('connection/', 'store/')], ['bullmq']),
  row(
    'runtime/redis/consume/',
    [
      ...[...base, ...inRuntime('event/', 'observe/', 'publish/', 'handle/', 'operate/')],
      ...inRedis('store/', 'connection/', 'partitions/', 'settings.ts', 'statistics/', 'maintain/'),
    ],
    [node],
  ),
  row(
    'runtime/redis/operate/',
    [
      ...[...base, ...inRuntime('event/', 'operate/')],
      ...inRedis(
        'store/',
        'connection/',
        'partitions/',
        'statistics/',
        'publish/find-event.ts',
        'replay/',
        'maintain/parked.lua.ts',
      ),
    ],
    [node],
  ),
  row('runtime/redis/operate/group-wakes.ts', [...base, ...inRedis('store/', 'connection/', 'maintain/group-jobs.ts')]),
  row('runtime/redis/bus-partitions.ts', [
    ...[...base, ...inRuntime('observe/', 'publish/')],
    ...inRedis('settings.ts', 'store/', 'connection/', 'partitions/', 'publish/', 'consume/'),
  ]),
  row('runtime/redis/migrate/', [...base, ...inRedis('store/', 'connection/', 'partitions/', 'statistics/')]),
  row('runtime/redis/create-event-bus.ts', [
    ...[...base, ...inRuntime('event/', 'observe/', 'publish/', 'handle/', 'bus/')],
    ...inRedis('bus-partitions.ts', 'settings.ts', 'store/', 'connection/', 'partitions/', 'publish/', 'consume/'),
  ]),
  row(
    'runtime/testing/',
    [...base, ...inRuntime('event/', 'observe/', 'publish/', 'handle/', 'operate/', 'bus/')],
    [node, cuid2],
  ),
  row('runtime/cloudevents/', inRuntime('errors.ts', 'event/', 'validation/')),
  row('runtime/cloudevents.ts', inRuntime('cloudevents/', 'event/')),
  row('runtime/codegen.ts', inRuntime('event/', 'publish/', 'handle/', 'support/', 'validation/')),
  row('runtime/index.ts', [
    ...[...base, ...inRuntime('event/', 'observe/', 'publish/', 'handle/', 'operate/', 'bus/')],
    ...inRedis(
      'create-event-bus.ts',
      'settings.ts',
      'statistics/',
      'operate/',
      'migrate/',
      'connection/redis-target.ts',
    ),
  ]),
];

/** Lowest first. */
const createRules: readonly Rule[] = [
  row('create/templates.ts', []),
  row('create/project.ts', ['create/templates.ts'], [node]),
  // The last one occurs in the text of a config.
  row('create/scaffold.ts', ['create/project.ts', 'create/templates.ts'], [node, '@hyvve-events/generator']),
  row('create/questions.ts', ['create/project.ts', 'create/templates.ts'], ['@clack/prompts']),
  row('create/report.ts', ['create/project.ts', 'create/scaffold.ts', 'create/templates.ts']),
  row('create/cli.ts', ['create/'], ['commander']),
  row('create/index.ts', ['create/']),
  // Files of new projects; their `events/` is generated there.
  row('create/templates/', [], [node, runtime, '@hyvve-events/runtime/testing']),
  row(
    'create/templates/nestjs/',
    ['create/templates/nestjs/'],
    [
      ...[node, runtime, '@hyvve-events/runtime/testing', '@hyvve-events/nestjs', '@hyvve-events/nestjs/testing'],
      ...['@nestjs/common', '@nestjs/core', '@nestjs/testing'],
    ],
  ),
];

const generatorRules: readonly Rule[] = [
  row('generator/support/', [], [codegen]),
  row('generator/support/own-version.ts', [], [node]),
  row('generator/support/temporary-file.ts', [], [node]),
  row('generator/support/memo.ts', [], [node, model]),
  row('generator/support/exact-json.ts', [], [model]),
  row('generator/support/versions.ts', [], ['@hyvve-events/runtime/versions']),
  row('generator/patterns/', inGenerator('support/'), [codegen]),
  row('generator/model/', inGenerator('patterns/', 'support/'), [codegen]),
  row('generator/model/event-model.ts', [], [model]),
  row('generator/source/', inGenerator('model/', 'support/'), [node, codegen]),
  row('generator/source/source-file.ts', inGenerator('model/event-model.ts', 'support/'), [codegen, 'yaml']),
  row('generator/source/import-module.ts', [], [node, 'jiti']),
  row('generator/source/edit-yaml.ts', inGenerator('source/source-file.ts', 'support/'), [node, 'yaml']),
  row('generator/document/', inGenerator('source/', 'model/', 'support/'), [node, codegen]),
  row('generator/document/asyncapi-parser.ts', [], ['@asyncapi/parser']),
  row('generator/print/', inGenerator('model/', 'support/')),
  row('generator/output/', inGenerator('print/header.ts', 'print/modules.ts', 'support/'), [node]),
  row('generator/validators/', inGenerator('model/', 'patterns/', 'print/modules.ts', 'source/', 'support/'), [
    codegen,
  ]),
  row('generator/validators/ajv.ts', inGenerator('model/', 'source/json-pointer.ts', 'support/'), [
    ...[codegen, 'ajv', 'ajv/dist/2020.js', 'ajv/dist/vocabularies/code.js'],
  ]),
  row('generator/validators/compile-validators.ts', inGenerator('model/', 'print/modules.ts', 'support/'), [
    'ajv/dist/standalone/index.js',
  ]),
  row('generator/build/', inGenerator('document/', 'source/', 'validators/', 'model/', 'support/'), [node]),
  row('generator/diff/', inGenerator('output/emitted-file.ts', 'model/', 'source/', 'support/', 'validators/'), [
    ...[node, codegen],
  ]),
  row('generator/diff/change.ts', inGenerator('diff/'), [model]),
  row('generator/diff/changes-file.ts', inGenerator('diff/', 'output/emitted-file.ts'), [model]),
  row('generator/config/', inGenerator('diff/modes.ts', 'model/event-model.ts', 'support/'), [node]),
  row('generator/config/config-file.ts', inGenerator('source/import-module.ts', 'support/'), [node]),
  row('generator/sample/', inGenerator('model/', 'patterns/', 'support/', 'validators/'), [codegen]),
  row(
    'generator/emit/',
    inGenerator(
      ...['config/package-config.ts', 'print/', 'output/emitted-file.ts', 'validators/', 'model/', 'patterns/'],
      'source/module-imports.ts',
      'source/json-pointer.ts',
      'support/',
    ),
    [codegen],
  ),
  row(
    'generator/rules/',
    inGenerator('build/', 'config/', 'model/', 'patterns/', 'source/', 'support/', 'validators/'),
    [...[node, codegen]],
  ),
  row(
    'generator/release/',
    inGenerator(
      ...['config/package-version.ts', 'diff/', 'model/', 'print/modules.ts', 'report/count.ts', 'source/'],
      'support/',
    ),
    [node],
  ),
  row(
    'generator/versions/',
    inGenerator('build/', 'diff/', 'model/', 'print/', 'sample/', 'source/', 'support/', 'validators/'),
    [node, codegen],
  ),
  row('generator/report/', inGenerator('diff/', 'model/', 'support/'), [node]),
  row('generator/dev/', inGenerator('model/', 'sample/', 'source/', 'support/', 'validators/'), [
    node,
    '@hyvve-events/admin',
  ]),
  row(
    'generator/usages/',
    inGenerator(
      ...['config/', 'document/', 'model/', 'release/raise-versions.ts', 'report/', 'rules/run-rules.ts', 'source/'],
      'support/',
    ),
    [node, codegen, model, 'ts-morph'],
  ),
  // The runtime is loaded only by the commands that use it: only its types are imported here.
  row('generator/tail/', [], [node, runtime]),
  row('generator/rollout/', inGenerator('model/', 'report/count.ts', 'support/'), [runtime]),
  row(
    'generator/pipeline.ts',
    [
      ...inGenerator('build/', 'config/', 'diff/', 'document/', 'emit/', 'model/', 'output/', 'rules/', 'sample/'),
      ...inGenerator('source/', 'support/', 'validators/', 'versions/'),
    ],
    [node],
  ),
  row(
    'generator/commands/',
    inGenerator(
      'build/build-model.ts',
      'build/event-names.ts',
      'config/',
      'diff/',
      'document/event-version.ts',
      'model/',
      'output/',
      'pipeline.ts',
      'release/',
      'report/',
      'rollout/',
      'sample/',
      'source/',
      'support/',
      'usages/',
      'versions/read-older-versions.ts',
      'validators/',
      'versions/',
    ),
    [node, model, '@hyvve-events/sdk/samples/approval'],
  ),
  row(
    'generator/commands/event-source.ts',
    inGenerator('model/', 'pipeline.ts', 'sample/', 'support/', 'validators/'),
    [codegen],
  ),
  row('generator/commands/dev.ts', inGenerator('dev/', 'support/'), [node, runtime]),
  row(
    'generator/commands/models.ts',
    inGenerator('config/', 'model/', 'output/', 'pipeline.ts', 'print/header.ts', 'report/', 'support/'),
    [node, '@hyvve-events/models'],
  ),
  row('generator/commands/publish.ts', inGenerator('config/', 'model/'), [runtime, codegen]),
  row('generator/commands/tail.ts', inGenerator('tail/'), [runtime]),
  row('generator/commands/init.ts', inGenerator('commands/', 'support/'), ['create-hyvve-events']),
  row('generator/commands/watch-files.ts', [], [node, 'chokidar']),
  row('generator/end-of-process.ts', [], [node]),
  row('generator/cli.ts', inGenerator('commands/', 'end-of-process.ts', 'report/', 'support/'), [node, 'commander']),
  row('generator/api.ts', inGenerator('config/', 'diff/', 'output/', 'pipeline.ts', 'support/errors.ts'), [model]),
  row('generator/index.ts', inGenerator('api.ts', 'config/', 'diff/', 'output/', 'support/errors.ts'), [model]),
];

/** Lowest first. */
const adminRules: readonly Rule[] = [
  row('admin/support/', [], [runtime]),
  row('admin/errors.ts', []),
  row('admin/proxy-address.ts', [], [node]),
  row('admin/options.ts', inAdmin('development.ts', 'errors.ts', 'proxy-address.ts'), [
    runtime,
    '@hyvve-events/runtime/options',
  ]),
  row('admin/auth/', inAdmin('support/', 'errors.ts', 'options.ts'), ['jose']),
  row('admin/catalog/', inAdmin('support/', 'errors.ts', 'web/shared/'), [
    ...[node, runtime, codegen, model],
    ...['yaml', 'ajv', 'ajv/dist/2020.js'],
  ]),
  row('admin/database/', inAdmin('support/', 'options.ts'), [
    runtime,
    ...[node, ...drizzle, 'pg', '@electric-sql/pglite', 'drizzle-orm/pglite', 'drizzle-orm/pglite/migrator'],
    ...['drizzle-orm/node-postgres', 'drizzle-orm/node-postgres/migrator'],
  ]),
  row('admin/projection/', inAdmin('support/', 'database/', 'errors.ts', 'options.ts'), [node, runtime, ...drizzle]),
  row('admin/search/', inAdmin('support/', 'database/', 'errors.ts', 'web/shared/'), [node, runtime, ...drizzle]),
  row('admin/bulk/', inAdmin('support/', 'search/', 'projection/indexer.ts', 'database/', 'errors.ts'), [
    ...[node, runtime, cuid2],
    ...drizzle,
  ]),
  row('admin/http/', inAdmin('auth/', 'catalog/', 'errors.ts', 'options.ts', 'support/'), [
    ...[node, runtime, 'fastify', typebox, '@fastify/type-provider-typebox', '@fastify/rate-limit'],
    ...['@fastify/swagger', '@fastify/swagger-ui', 'ajv', 'ajv-formats', 'drizzle-orm/errors'],
  ]),
  row('admin/live/', inAdmin('support/', 'auth/', 'errors.ts'), [node, runtime]),
  row('admin/development.ts', [], [runtime]),
  row('admin/context.ts', inAdmin('auth/', 'catalog/', 'development.ts', 'projection/indexer.ts', 'bulk/'), [runtime]),
  row('admin/metrics/', inAdmin('support/', 'context.ts'), [runtime, 'prom-client']),
  row('admin/docs/', inAdmin('support/', 'catalog/', 'web/shared/'), [node, model]),
  row('admin/docs/code-files.ts', inAdmin('catalog/json-file.ts', 'web/shared/'), [model, typebox, 'typebox/value']),
  ...Object.entries({
    audit: ['catalog/', 'database/', 'search/'],
    'dead-letters': [
      'auth/',
      'bulk/',
      'database/',
      'projection/event-rows.ts',
      'search/',
      'routes/events/event-answers.ts',
    ],
    development: ['development.ts', 'projection/indexer.ts'],
    events: ['catalog/', 'database/', 'projection/event-rows.ts', 'search/'],
    live: ['auth/', 'live/', 'projection/event-rows.ts', 'routes/statistics/'],
    parked: [],
    replays: [],
    service: ['docs/', 'metrics/'],
    statistics: ['projection/indexer.ts'],
    versions: [],
  }).map(([subject, names]) =>
    row(`admin/routes/${subject}/`, inAdmin('context.ts', 'errors.ts', 'http/', 'support/', 'web/shared/', ...names), [
      ...[node, runtime, 'fastify', typebox],
    ]),
  ),
  row('admin/routes/service/web.ts', inAdmin('docs/', 'errors.ts', 'http/'), [node, 'fastify', '@fastify/static']),
  row('admin/answers.ts', inAdmin('routes/', 'http/schemas.ts'), [typebox, runtime]),
  row('admin/endpoints.ts', inAdmin('answers.ts', 'routes/', 'web/shared/docs-file.ts'), [typebox, model]),
  row('admin/app.ts', inAdmin(''), [
    ...[node, runtime, 'fastify', '@fastify/helmet', '@fastify/type-provider-typebox'],
  ]),
  row('admin/redis-config.ts', inAdmin('support/'), [node, runtime]),
  row('admin/config.ts', inAdmin('support/', 'options.ts', 'proxy-address.ts', 'redis-config.ts'), [node]),
  row('admin/partitions/', inAdmin('config.ts', 'support/'), [node, runtime]),
  row(
    'admin/cli.ts',
    inAdmin('support/', 'app.ts', 'auth/', 'config.ts', 'docs/', 'options.ts', 'partitions/', 'projection/'),
    [node, runtime],
  ),
  row('admin/index.ts', inAdmin('app.ts', 'auth/', 'config.ts', 'development.ts', 'errors.ts', 'options.ts')),
];

const features = inWeb('ui/', 'api/', 'shared/');
const ops = [...features, ...inWeb('features/ops/'), ...inAdmin('answers.ts', 'support/')];
const styles = ['records', 'overview', 'cluster', 'dead-letters', 'parked', 'trace/trace'].map(
  (name) => `admin/web/features/ops/${name}.css`,
);
const flow = ['@xyflow/react', '@xyflow/react/dist/base.css'];

/** Lowest first. */
const webRules: readonly Rule[] = [
  row('admin/web/shared/', [], [model]),
  row('admin/web/shared/event-versions.ts', [], [model, '@hyvve-events/runtime/versions']),
  // Only types are imported from the service.
  row('admin/web/api/', [...inWeb('shared/'), ...inAdmin('answers.ts', 'endpoints.ts')], [...react, model]),
  row('admin/web/ui/', inWeb('shared/'), [...react, model, '@lezer/highlight', ...lezer]),
  row('admin/web/shell/', features, [...react, '@tabler/icons-react', 'minisearch']),
  row('admin/web/features/docs/', [...features, ...inWeb('features/docs/')], [...react, model, ...flow]),
  row('admin/web/features/docs/map/', inWeb('shared/')),
  row('admin/web/features/ops/', ops, [...react, model, ...flow, ...styles]),
  row('admin/web/features/ops/routes.tsx', [...ops, ...inWeb('root.tsx')], react),
  row('admin/web/features/ops/overview/throughput-chart.tsx', [], ['@mantine/charts', '@mantine/charts/styles.css']),
  row('admin/web/features/ops/edit/', inWeb('shared/'), [
    ...['react', model, '@lezer/highlight', '@cfworker/json-schema'],
    ...codeMirror.map((name) => `@codemirror/${name}`),
  ]),
  row('admin/web/root.tsx', inWeb(''), react),
  row('admin/web/event-page.tsx', inWeb('features/'), react),
  row('admin/web/router.tsx', inWeb(''), react),
  row('admin/web/theme.ts', [], react),
  row('admin/web/main.tsx', inWeb(''), [...react, 'react-dom/client', 'admin/web/app.css', '@mantine/core/styles.css']),
  row('admin/web/vite.config.ts', [], ['vite', '@vitejs/plugin-react']),
];

const nest = ['@nestjs/common', '@nestjs/core'];

/** Each further library is imported by one file. */
const nestRules: readonly Rule[] = [
  row('nestjs/', ['nestjs/'], [runtime, ...nest]),
  row('nestjs/event-scope.ts', [], [node, runtime, '@nestjs/common']),
  row('nestjs/request-interceptor.ts', ['nestjs/'], ['@nestjs/common', 'rxjs']),
  row('nestjs/run-within-nest.ts', ['nestjs/'], [runtime, ...nest, 'reflect-metadata']),
  row('nestjs/terminus.ts', ['nestjs/'], [runtime, '@nestjs/common', '@nestjs/terminus']),
  row('nestjs/testing.ts', ['nestjs/'], ['@hyvve-events/runtime/testing', '@nestjs/common']),
];

/** Modelina is imported by one file of each language. */
const modelsRules: readonly Rule[] = [
  row('models/names.ts', []),
  row('models/own-value.ts', [], [model]),
  row('models/wrap-text.ts', []),
  row('models/models-options.ts', [], [model]),
  row('models/models-file.ts', [], [model]),
  row('models/prepare/', ['models/models-options.ts', 'models/names.ts'], [model]),
  row('models/modelina/', ['models/prepare/']),
  ...['python', 'go', 'java', 'rust', 'csharp'].map((language) =>
    row(
      `models/${language}/`,
      [
        ...['models/modelina/', 'models/prepare/', 'models/models-file.ts', 'models/models-options.ts'],
        ...['models/names.ts', 'models/own-value.ts', 'models/wrap-text.ts'],
      ],
      [model],
    ),
  ),
  row('models/python/python-types.ts', ['models/modelina/'], ['@asyncapi/modelina']),
  row('models/java/java-types.ts', ['models/modelina/', 'models/java/java-names.ts'], ['@asyncapi/modelina']),
  row('models/rust/emit-rust.ts', ['models/'], [model, '@asyncapi/modelina']),
  row('models/csharp/emit-csharp.ts', ['models/'], [model, '@asyncapi/modelina']),
  row('models/go/go-types.ts', ['models/modelina/'], ['@asyncapi/modelina']),
  row('models/emit-models.ts', ['models/'], [model]),
  row('models/index.ts', ['models/']),
];

const otherRules: readonly Rule[] = [
  row(
    'examples/nestjs/',
    ['examples/nestjs/'],
    [
      ...[node, runtime, ...nest, '@nestjs/terminus', '@hyvve-events/nestjs', '@hyvve-events/nestjs/terminus'],
      ...['@hyvve-events/sdk', '@hyvve-events/sdk/approval', cuid2],
    ],
  ),
  row('catalog-model/', ['catalog-model/']),
  row('generated/', ['generated/'], [codegen]),
  row(
    'examples/platform/',
    ['examples/platform/'],
    [...[runtime, cuid2, '@hyvve-events/sdk'], ...domains().map((domain) => `@hyvve-events/sdk/${domain}`)],
  ),
  row('examples/recipes/two-catalogs/shipping/sdk/', [], [codegen]),
  row('examples/recipes/ordered/sdk/', ['examples/recipes/ordered/sdk/'], [codegen]),
  row('examples/recipes/ordered/', ['examples/recipes/ordered/'], [node, runtime, 'ioredis']),
  row(
    'examples/recipes/',
    ['examples/recipes/'],
    [
      ...[node, runtime, '@hyvve-events/runtime/testing', 'express', 'fastify', '@jest/globals'],
      ...domains().map((domain) => `@hyvve-events/sdk/${domain}`),
      '@hyvve-events/sdk/samples/approval',
    ],
  ),
  row(
    'scripts/bench/',
    ['scripts/'],
    [
      ...[node, 'ioredis', 'bullmq', runtime, codegen],
      ...['@hyvve-events/admin', '@hyvve-events/sdk', '@hyvve-events/sdk/approval'],
    ],
  ),
  row(
    'scripts/bench/read.ts',
    ['scripts/bench/', 'runtime/event/read-envelope.ts'],
    [codegen, '@hyvve-events/sdk/approval'],
  ),
  row(
    'scripts/bench/failover.ts',
    ['scripts/bench/', 'scripts/redis-cluster.ts', 'runtime/event/position.ts'],
    [node, runtime, codegen],
  ),
  row('scripts/bench/synthetic-services.ts', [], [node, model, runtime]),
  row('scripts/bench/parse-alone.mjs', [], ['@asyncapi/parser']),
  // Most of them occur in the text of programs that are measured.
  row('scripts/weight/', ['scripts/weight/'], [node, 'esbuild', runtime, '@hyvve-events/sdk/approval']),
  row(
    'scripts/weight.ts',
    ['scripts/weight/'],
    [...[node, runtime, 'bullmq', '@hyvve-events/sdk/approval', '@hyvve-events/generator', '@hyvve-events/admin']],
  ),
  row('scripts/bundle.ts', ['generator/output/replace-file.ts'], [node, 'esbuild']),
  row('scripts/check-history.ts', ['test/support/history/'], [node]),
  row('scripts/extract-api.ts', [], [node, '@microsoft/api-extractor']),
  row('scripts/api-report.ts', ['scripts/extract-api.ts'], [node]),
  row('scripts/api-reference.ts', ['scripts/extract-api.ts'], [node]),
  row(
    'scripts/',
    ['scripts/', 'examples/'],
    [
      ...[node, 'ioredis', 'playwright-core', runtime, cuid2],
      ...['@hyvve-events/admin', '@hyvve-events/sdk', '@hyvve-events/sdk/ai'],
    ],
  ),
];

/** Folders of tests that must not depend on what they test. */
const testRules: readonly Rule[] = [
  // The checker decides from a history alone.
  row('test/support/history/', [], [node]),
];

/** The allowed imports: a rule for each folder, and for each file that is the only one to import a library. */
export const importRules: readonly Rule[] = [
  ...runtimeRules,
  ...createRules,
  ...generatorRules,
  ...adminRules,
  ...webRules,
  ...nestRules,
  ...modelsRules,
  ...otherRules,
  ...testRules,
];

function domains(): string[] {
  const { exports } = JSON.parse(readFileSync('generated/package.json', 'utf8')) as {
    exports: Record<string, unknown>;
  };
  return Object.keys(exports).map((path) => path.replace('./', ''));
}
