import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A JSON Schema: an object, or `true`/`false`. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** What the service reads of an event in `catalog.json`. */
export interface CatalogEvent {
  readonly type: string;
  readonly key: string;
  readonly version: string;
  readonly domain: string;
  /** Name of its payload's schema. */
  readonly payload: string;
}

/** `catalog.json`, read. */
export interface Catalog {
  /** The file as it is. */
  readonly json: string;
  /** Strong, over the file's bytes. */
  readonly etag: string;
  /** By type. */
  readonly events: ReadonlyMap<string, CatalogEvent>;
  /** By name; a `$ref` to `#/$defs/X` means the one named X. */
  readonly schemas: ReadonlyMap<string, JsonSchema>;
}

/** The version of `catalog.json` that this service reads. */
const modelVersion = 1;

/**
 * Reads `catalog.json`.
 * @throws Error when the file cannot be read or is none
 */
export async function loadCatalog(file: string): Promise<Catalog> {
  const json = await readFile(file, 'utf8');
  const value: unknown = JSON.parse(json);
  if (!isModel(value))
    throw new Error(`${file} is no catalog of version ${modelVersion}: \`hyvve-events generate\` writes one`);
  return {
    json,
    etag: etagOf(json),
    events: new Map(value.events.map((event) => [event.type, event])),
    schemas: new Map(value.schemas.map(({ name, schema }) => [name, schema])),
  };
}

/** A strong entity tag of a text. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

interface Model {
  readonly events: readonly CatalogEvent[];
  readonly schemas: readonly { readonly name: string; readonly schema: JsonSchema }[];
}

function isModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null || !('modelVersion' in value)) return false;
  if (value.modelVersion !== modelVersion || !('events' in value) || !('schemas' in value)) return false;
  return Array.isArray(value.events) && Array.isArray(value.schemas);
}
