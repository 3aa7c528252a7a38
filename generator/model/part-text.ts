import type { Cache } from '../support/cache.js';
import type { EventModel } from './event-model.js';

/** The lists of a model. */
export type ModelParts = Pick<EventModel, 'domains' | 'events' | 'schemas' | 'services'>;

export type ModelPart = ModelParts[keyof ModelParts][number];

/** The content of a part of a model as JSON, without its place in the catalog. */
export function partText(part: ModelPart, cache: Cache): string {
  return cache.derive('print-part', part, [], () => JSON.stringify({ ...part, source: undefined }));
}
