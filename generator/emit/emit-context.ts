import type { ModelContents } from '../print/modules.js';
import type { Cache } from '../support/cache.js';

/** What emitters need beside the model. */
export interface EmitContext {
  /** Of the same model. */
  readonly contents: ModelContents;
  /** Of earlier runs: modules are printed again only where an input of them changed. */
  readonly cache: Cache;
}
