import type { JsonSchema, SchemaObject } from '@hyvve-events/catalog-model';
import { isSchema } from '../web/shared/describe-schema.js';
import { knownVersion } from '../web/shared/event-versions.js';
import { expandSchemas } from '../web/shared/expand-schema.js';
import { mask } from '../web/shared/mask.js';
import type { Catalog, CatalogEvent } from './catalog.js';

/** The catalog's mark on a property. */
const mark = 'x-personal-data';

/** Masks personal data in answers. */
export interface Masker {
  /**
   * Masks the parts of an event's data that its schema marks; everything if the catalog does not know the type or the version.
   * @param version As in the envelope. Undefined if it is not known: every part that any version marks is masked.
   */
  data(type: string, version: string | undefined, data: unknown): unknown;
  /** Masks an envelope's data and its `userId`. */
  envelope(envelope: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** Creates a masker from the marks in a catalog. */
export function createMasker(catalog: Catalog): Masker {
  const walk = new Walk(catalog.schemas);
  const maskData = (type: string, version: string | undefined, data: unknown): unknown => {
    const event = catalog.events.get(type);
    const payloads = event === undefined ? [] : payloadsOf(event, version);
    const schemas = payloads.map((name) => catalog.schemas.get(name)).filter((schema) => schema !== undefined);
    return schemas.length === 0 ? mask : walk.value(data, schemas);
  };
  return {
    data: maskData,
    envelope: (envelope) => {
      const masked: Record<string, unknown> = { ...envelope };
      if (envelope.userId !== undefined) masked.userId = mask;
      if ('data' in envelope) masked.data = maskData(String(envelope.type), String(envelope.version), envelope.data);
      return masked;
    },
  };
}

/** The payloads that may describe data of a version; none if data may have a version that the catalog does not describe. */
function payloadsOf(event: CatalogEvent, version: string | undefined): readonly string[] {
  if (version === undefined && event.retired !== undefined) return [];
  if (version === undefined) return [event.payload, ...(event.older ?? []).map(({ payload }) => payload)];
  const known = knownVersion(event, version);
  return known.kind === 'present' || known.kind === 'older' ? [known.payload] : [];
}

class Walk {
  readonly #schemas: ReadonlyMap<string, JsonSchema>;

  constructor(schemas: ReadonlyMap<string, JsonSchema>) {
    this.#schemas = schemas;
  }

  /** Masks each part of the value that any schema which may apply to it marks. */
  value(value: unknown, schemas: readonly JsonSchema[]): unknown {
    const all = expandSchemas(schemas, (name) => this.#schemas.get(name), { conditional: true });
    if (all.some((schema) => schema[mark] === true)) return mask;
    if (Array.isArray(value)) return value.map((item, index) => this.value(item, itemSchemas(all, index)));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, this.value(part, propertySchemas(all, name))]),
    );
  }
}

function propertySchemas(schemas: readonly SchemaObject[], name: string): readonly JsonSchema[] {
  return schemas.flatMap(({ properties, patternProperties, additionalProperties, unevaluatedProperties }) => {
    const own = isSchema(properties) && Object.hasOwn(properties, name) ? [properties[name]] : [];
    const byPattern = isSchema(patternProperties)
      ? Object.entries(patternProperties).flatMap(([pattern, schema]) => (matches(pattern, name) ? [schema] : []))
      : [];
    const rest = own.length + byPattern.length === 0 ? [additionalProperties, unevaluatedProperties] : [];
    return [...own, ...byPattern, ...rest].filter(isSchema);
  });
}

function itemSchemas(schemas: readonly SchemaObject[], index: number): readonly JsonSchema[] {
  return schemas.flatMap(({ items, prefixItems, additionalItems, contains }) => {
    const tuple = Array.isArray(items) ? items : Array.isArray(prefixItems) ? prefixItems : [];
    const rest = Array.isArray(items) ? additionalItems : items;
    return [index < tuple.length ? tuple[index] : rest, contains].filter(isSchema);
  });
}

/** A pattern that is not a valid regular expression may match: in doubt, the value is masked. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return true;
  }
}
