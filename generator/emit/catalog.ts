import type { EmittedFile } from '../emitted-file.js';
import type { EventModel } from '../model.js';

/** The model itself, for the docs and the admin service; without lines, which change when something is added above. */
export function emitCatalog(model: EventModel): EmittedFile {
  return { path: 'catalog.json', text: `${JSON.stringify(model, undefined, 2)}\n` };
}
