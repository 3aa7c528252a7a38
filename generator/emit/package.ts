import type { EventModel } from '../model/event-model.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { headerLine } from '../print/header.js';
import { type ModelContents, sharedModule } from '../print/modules.js';

/** Name and version of the SDK's npm package. */
export interface PackageOptions {
  readonly name: string;
  readonly version: string;
}

/**
 * The `package.json` of an SDK: one export for each domain, so that a domain can be loaded alone.
 * @param samples The modules of samples, without extension: `samples/approval`.
 */
export function emitPackage(
  model: EventModel,
  { name, version }: PackageOptions,
  { schemasOf }: ModelContents,
  samples: readonly string[],
): EmittedFile {
  const modules = model.domains.map((domain) => domain.fileName);
  if (schemasOf(undefined).length > 0) modules.push(sharedModule);
  const entry = (module: string) => ({
    '@hyvve-events/source': `./${module}.ts`,
    types: `./dist/${module}.d.ts`,
    default: `./dist/${module}.js`,
  });
  const manifest = {
    // JSON has no comments; npm reserves this key for comments.
    '//': headerLine(model.catalog.title),
    name,
    version,
    description: `${model.catalog.title}: typed events`,
    license: 'MIT',
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
    files: ['dist', '!dist/*.tsbuildinfo', 'catalog.json'],
    dependencies: { '@hyvve-events/runtime': '^0.1.0' },
  };
  return { path: 'package.json', text: `${JSON.stringify(manifest, undefined, 2)}\n` };
}
