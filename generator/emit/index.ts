import type { EmittedFile } from '../emitted-file.js';
import type { EventModel } from '../model.js';
import { createPrinter } from '../print/source-file.js';
import { emitCatalog } from './catalog.js';
import { emitDomainModules } from './domain-module.js';
import { emitIndexModule } from './index-module.js';
import { emitPackage, type PackageOptions } from './package.js';
import { renderTypes } from './types.js';
import { emitValidators } from './validators.js';

export interface EmitOptions {
  /** Makes the SDK an npm package of its own. */
  readonly package?: PackageOptions;
}

/** Every file of the SDK, sorted by path. */
export async function emitAll(model: EventModel, options: EmitOptions = {}): Promise<readonly EmittedFile[]> {
  const print = await createPrinter();
  const types = await renderTypes(model.schemas);
  const files = [
    ...emitDomainModules(model, types, print),
    emitIndexModule(model, print),
    ...(await emitValidators(model)),
    emitCatalog(model),
    ...(options.package === undefined ? [] : [emitPackage(model, options.package)]),
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
