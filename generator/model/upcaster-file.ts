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
  /** As on disk. */
  readonly text: string;
}

/** The text of such a file as it counts: with the same line ends on every system. */
export function upcasterText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}
