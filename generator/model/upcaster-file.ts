import type { DomainModel } from './event-model.js';

/** Imports of the SDK's types in such a file begin with it: `#sdk/shop`. */
export const sdkAlias = '#sdk';

/** The file in which the conversions of one domain are written. */
export interface UpcasterFile {
  readonly domain: DomainModel;
  /** Relative to the working directory, with `/`. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}
