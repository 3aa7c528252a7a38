import type { EventModel } from '../model/event-model.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { Kept } from '../support/cache.js';
import type { CompiledValidators } from '../validators/compile-validators.js';
import { emitCatalog } from './catalog.js';
import { emitDomainModules } from './domain-module.js';
import { emitIndexModule } from './index-module.js';
import { emitPackage, type PackageOptions } from './package.js';
import { emitSamples, type Samples } from './samples.js';
import { emitValidators } from './validators.js';

/** What one run prints and leaves for the next. */
export interface EmitMemo {
  readonly modules: Kept<EmittedFile>;
  readonly validators: Kept<Promise<readonly EmittedFile[]>>;
  readonly samples: Kept<EmittedFile>;
}

/** A memo that knows nothing yet. */
export function createEmitMemo(): EmitMemo {
  return { modules: new Kept(), validators: new Kept(), samples: new Kept() };
}

export interface EmitOptions {
  /** Makes the SDK an npm package of its own. */
  readonly package?: PackageOptions;
  /** The validators of the same model. */
  readonly validators: CompiledValidators;
  /** Valid data of the events, for users' tests. */
  readonly samples: Samples;
  /** Kept by a caller that emits again and again: what did not change is not made again. */
  readonly memo?: EmitMemo;
}

/** Every file of the SDK, sorted by path. */
export async function emitAll(model: EventModel, options: EmitOptions): Promise<readonly EmittedFile[]> {
  const { memo = createEmitMemo() } = options;
  const samples = emitSamples(model, options.samples, memo.samples);
  const sampleModules = samples.map(({ path }) => path.replace(/\.ts$/, '')).sort();
  const files = [
    ...emitDomainModules(model, memo.modules),
    emitIndexModule(model),
    ...(await emitValidators(options.validators, memo.validators)),
    emitCatalog(model),
    ...samples,
    ...(options.package === undefined ? [] : [emitPackage(model, options.package, sampleModules)]),
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
