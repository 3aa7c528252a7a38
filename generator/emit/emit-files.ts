import type { PackageConfig } from '../config/package-config.js';
import type { EventModel } from '../model/event-model.js';
import type { UpcasterFile } from '../model/upcaster-file.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { contentsOf } from '../print/modules.js';
import type { Cache } from '../support/cache.js';
import type { CompiledValidators } from '../validators/compile-validators.js';
import { emitCatalog } from './catalog.js';
import { emitDomainModules } from './domain-module.js';
import type { EmitContext } from './emit-context.js';
import { emitIndexModule } from './index-module.js';
import { emitManifest, emitTsconfig } from './package.js';
import { emitReadme } from './readme.js';
import { emitSamples, type Samples } from './samples.js';
import { emitUpcasters } from './upcasters.js';
import { emitValidators } from './validators.js';

export interface EmitOptions {
  /** Makes the SDK an npm package. */
  readonly package?: PackageConfig;
  /** The validators of the same model. */
  readonly validators: CompiledValidators;
  /** Valid data of the events, for users' tests. */
  readonly samples: Samples;
  /** The files with written conversions. */
  readonly upcasters: readonly UpcasterFile[];
  readonly cache: Cache;
}

/** Every file of the SDK, sorted by path. */
export async function emitAll(model: EventModel, options: EmitOptions): Promise<readonly EmittedFile[]> {
  const { cache } = options;
  const context = { contents: contentsOf(model), cache };
  const samples = emitSamples(model, options.samples, context);
  const sampleModules = samples.map(({ path }) => path.replace(/\.ts$/, '')).sort();
  const files = [
    ...emitDomainModules(model, context),
    emitIndexModule(model, context.contents),
    ...(await emitValidators(options.validators, cache)),
    emitCatalog(model, cache),
    ...emitUpcasters(model, options.upcasters),
    ...samples,
    ...packageFiles(model, options.package, context, sampleModules),
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function packageFiles(
  model: EventModel,
  config: PackageConfig | undefined,
  { contents }: EmitContext,
  samples: readonly string[],
): EmittedFile[] {
  if (config === undefined) return [];
  return [emitManifest(model, config, contents, samples), emitTsconfig(model), emitReadme(model, config, contents)];
}
