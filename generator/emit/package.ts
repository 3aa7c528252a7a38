import type { PackageConfig } from '../config/package-config.js';
import type { EventModel } from '../model/event-model.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { headerLine } from '../print/header.js';
import { hasWrittenSteps, type ModelContents, samplesFolder, sharedModule, upcastersFolder } from '../print/modules.js';
import { ownVersion } from '../support/own-version.js';

/** The TypeScript files of an SDK, which are part of its package: source maps and declaration maps refer to them. */
function sourcesOf(model: EventModel): string[] {
  const upcasters = model.events.some(hasWrittenSteps) ? [`${upcastersFolder}/*.ts`] : [];
  return ['*.ts', 'validators/*.ts', ...upcasters, `${samplesFolder}/*.ts`];
}

/** A build begins with an empty `dist`, so that a package does not contain a domain that no longer exists. */
const clean = `node -e "require('node:fs').rmSync('dist', { recursive: true, force: true })"`;

/**
 * The `package.json` of an SDK: one export for each domain, so that a domain can be loaded alone.
 * @param samples The modules of samples, without extension: `samples/approval`.
 */
export function emitManifest(
  model: EventModel,
  config: PackageConfig,
  { schemasOf }: ModelContents,
  samples: readonly string[],
): EmittedFile {
  const { name, version, license, description, repository, publishConfig, sourceCondition } = config;
  const modules = model.domains.map((domain) => domain.fileName);
  if (schemasOf(undefined).length > 0) modules.push(sharedModule);
  const entry = (module: string) => ({
    ...(sourceCondition === undefined ? {} : { [sourceCondition]: `./${module}.ts` }),
    types: `./dist/${module}.d.ts`,
    default: `./dist/${module}.js`,
  });
  const manifest = {
    // JSON has no comments; npm reserves this key for comments.
    '//': headerLine(model.catalog.title),
    name,
    version,
    description: description ?? `${model.catalog.title}: typed events`,
    license: license ?? 'UNLICENSED',
    ...(repository === undefined ? {} : { repository: repositoryOf(repository) }),
    ...(config.private === true ? { private: true } : {}),
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    exports: {
      '.': entry('index'),
      ...Object.fromEntries(modules.map((module) => [`./${module}`, entry(module)])),
      ...Object.fromEntries(samples.map((path) => [`./${path.replace(/\/index$/, '')}`, entry(path)])),
      './catalog.json': './catalog.json',
      './package.json': './package.json',
    },
    files: ['dist', '!dist/*.tsbuildinfo', ...sourcesOf(model), 'catalog.json'],
    scripts: { build: `${clean} && tsc`, prepack: 'npm run build' },
    ...(publishConfig === undefined ? {} : { publishConfig }),
    dependencies: { '@hyvve-events/runtime': `^${ownVersion()}` },
    devDependencies: { '@types/node': '^20.19.0', typescript: '>=5.9.0' },
  };
  return { path: 'package.json', text: `${JSON.stringify(manifest, undefined, 2)}\n` };
}

function repositoryOf(repository: NonNullable<PackageConfig['repository']>): object | string {
  return typeof repository === 'string' ? repository : { type: 'git', ...repository };
}

/** The `tsconfig.json` with which plain `tsc` builds the package. */
export function emitTsconfig(model: EventModel): EmittedFile {
  const config = {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2022'],
      module: 'NodeNext',
      types: ['node'],
      strict: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      declaration: true,
      declarationMap: true,
      sourceMap: true,
      rootDir: '.',
      outDir: 'dist',
    },
    include: sourcesOf(model),
  };
  const text = `// ${headerLine(model.catalog.title)}\n${JSON.stringify(config, undefined, 2)}\n`;
  return { path: 'tsconfig.json', text };
}
