import type { EventModel } from '@hyvve-events/catalog-model';
import type { EmittedModels, ModelsOptions } from './models-options.js';
import { prepareModels } from './prepare/prepare-models.js';
import { emitPython } from './python/emit-python.js';

/**
 * The models of every event's payload and of the envelope in another language, and `models.json` for the event docs. The same
 * model gives the same files.
 */
export async function emitModels(model: EventModel, options: ModelsOptions): Promise<EmittedModels> {
  const prepared = prepareModels(model, options.envelope);
  const files = await emitPython(model, prepared, options);
  return { files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)), warnings: prepared.warnings };
}
