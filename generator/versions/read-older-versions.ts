import { historyFolder, readHistory } from '../diff/history.js';
import { Cache } from '../support/cache.js';
import { type CatalogWithVersions, type ModelWithVersions, olderVersions } from './older-versions.js';
import { readUpcasterFiles } from './upcaster-files.js';

/** The places of a catalog, of its history and of its written conversions. */
export interface VersionPlaces {
  /** The catalog's root document. */
  readonly catalog: string;
  /** The folder of the recorded releases. Default: `history` in the folder of the catalog. */
  readonly history?: string | undefined;
}

/** Adds the older versions to a catalog that was read, from the recorded releases and the written conversions. */
export function readOlderVersions(
  built: CatalogWithVersions,
  places: VersionPlaces,
  cache: Cache = new Cache(),
): ModelWithVersions {
  const files = readUpcasterFiles(places.catalog, built.model.domains);
  const texts = new Map(files.map(({ domain, text }) => [domain.name, text]));
  return olderVersions(built, readHistory(historyFolder(places)), texts, cache);
}
