import type { Release } from '../diff/history.js';
import type { UpcasterFile } from '../model/upcaster-file.js';
import { Cache } from '../support/cache.js';
import { type CatalogWithVersions, type ModelWithVersions, olderVersions } from './older-versions.js';
import { readUpcasterFiles } from './upcaster-files.js';

export interface OlderVersionsOptions {
  /** The catalog's root document: the written conversions are in the folder next to it. */
  readonly catalog: string;
  /** The recorded releases, oldest first. */
  readonly releases: readonly Release[];
  /** Results of earlier runs. Default: an empty cache. */
  readonly cache?: Cache;
}

/** A model with older versions, and the files with its written conversions. */
export interface ReadVersions extends ModelWithVersions {
  readonly upcasters: readonly UpcasterFile[];
}

/** Adds the older versions to a catalog that was read, from the recorded releases and the written conversions. */
export function readOlderVersions(
  built: CatalogWithVersions,
  { catalog, releases, cache = new Cache() }: OlderVersionsOptions,
): ReadVersions {
  const upcasters = readUpcasterFiles(catalog, built.model.domains);
  const texts = new Map(upcasters.map(({ domain, text }) => [domain.name, text]));
  return { ...olderVersions(built, releases, texts, cache), upcasters };
}
