import type { ModelContents } from '../print/modules.js';
import type { Cache } from '../support/cache.js';

/** Input of the emitters in addition to the model. */
export interface EmitContext {
  /** Contents of the same model. */
  readonly contents: ModelContents;
  /** Results of earlier runs: a module is printed again only if one of its inputs has changed. */
  readonly cache: Cache;
}
