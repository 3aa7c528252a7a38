import type { DomainModel, EventModelEntry, SchemaModel } from '../model/event-model.js';
import { partText } from '../model/part-text.js';
import type { ModelContents } from '../print/modules.js';
import type { Cache } from '../support/cache.js';

/** Input of the emitters in addition to the model. */
export interface EmitContext {
  /** Contents of the same model. */
  readonly contents: ModelContents;
  /** Results of earlier runs: a module is printed again only if one of its inputs has changed. */
  readonly cache: Cache;
}

/** Everything that the printed text of parts of a model depends on. */
export function contentOf(parts: readonly (DomainModel | EventModelEntry | SchemaModel)[], cache: Cache): string {
  return parts.map((part) => `${part.source.file} ${partText(part, cache)}`).join('\n');
}
