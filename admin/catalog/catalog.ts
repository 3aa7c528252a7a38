import { createHash } from 'node:crypto';
import type { CatalogFile, EventModelEntry, JsonSchema, PatternCost } from '@hyvve-events/catalog-model';
import { readJsonFile, unusableFile } from './json-file.js';

/** The parts of an event that the service uses. */
export type CatalogEvent = Pick<
  EventModelEntry,
  'type' | 'key' | 'version' | 'domain' | 'payload' | 'orderingKey' | 'partitionBy' | 'older' | 'retired'
>;

/** The parts of `catalog.json` that the service uses. */
export interface Catalog {
  /** The content of the file. */
  readonly json: string;
  /** Strong entity tag of `json`. */
  readonly etag: string;
  /** By type. */
  readonly events: ReadonlyMap<string, CatalogEvent>;
  /** By name: `#/$defs/X` refers to the schema X. */
  readonly schemas: ReadonlyMap<string, JsonSchema>;
  /** By pattern: only of patterns that are too slow for long strings. */
  readonly patternCosts: ReadonlyMap<string, PatternCost>;
}

/** The version of `catalog.json` that this service reads. */
const modelVersion: CatalogFile['modelVersion'] = 1;

/**
 * Reads `catalog.json`.
 * @throws AdminError `CONFIG_INVALID` if the file cannot be read or is not a catalog
 */
export async function readCatalogFile(file: string): Promise<Catalog> {
  const source = { file, option: 'catalogFile', command: 'hyvve-events generate', name: 'catalog.json' };
  const { json, value } = await readJsonFile(source);
  if (!isModel(value)) throw unusableFile(source, `it is not a catalog of version ${modelVersion}`);
  return {
    json,
    etag: etagOf(json),
    events: new Map(value.events.map((event) => [event.type, event])),
    schemas: new Map(value.schemas.map(({ name, schema }) => [name, schema])),
    patternCosts: new Map(Object.entries(value.patternCosts ?? {})),
  };
}

/** Returns a strong entity tag for a text. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

function isModel(value: unknown): value is CatalogFile {
  if (typeof value !== 'object' || value === null || !('modelVersion' in value)) return false;
  if (value.modelVersion !== modelVersion || !('events' in value) || !('schemas' in value)) return false;
  return Array.isArray(value.events) && Array.isArray(value.schemas);
}
