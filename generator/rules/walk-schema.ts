import type { EventModel, JsonSchema, JsonValue, SchemaModel, SourcePlace } from '../model/event-model.js';
import { referredName } from '../model/json-schema.js';
import { pointerOf } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';

export type SchemaObject = Exclude<JsonSchema, boolean>;

/** A schema of the model or one within it, with the way to it. */
export interface Visited {
  readonly schema: SchemaObject;
  /** Name of the model's schema that it is in. */
  readonly owner: string;
  /** Where that schema stands. */
  readonly source: SourcePlace;
  /** JSON pointer from that schema. */
  readonly pointer: string;
  /** The property whose schema it is. */
  readonly property?: string;
  /** Whether it is one of several that bind the same value (`allOf`, `anyOf`, `oneOf`, `if`, `not`). */
  readonly isPart: boolean;
}

const maps = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const lists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const inner = ['items', 'additionalItems', 'additionalProperties', 'contains', 'propertyNames'];
const partial = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else']);
const single = new Set([...inner, ...partial]);

/** Every schema of a model and every one within it, each once. The target of a `$ref` is visited at its own place. */
export function walkSchemas(model: EventModel, cache: Cache): readonly Visited[] {
  return model.schemas.flatMap((schema) => cache.derive('walk-schema', schema, [], () => walkSchema(schema)));
}

function walkSchema({ name, schema, source }: SchemaModel): readonly Visited[] {
  const found: Visited[] = [];
  walk(found, { schema, owner: name, source, pointer: '', isPart: false });
  return found;
}

interface Position extends Omit<Visited, 'schema'> {
  readonly schema: JsonSchema | JsonValue | undefined;
}

/** Goes by the keywords that a schema has, few of all that there are. */
function walk(found: Visited[], at: Position): void {
  const { schema, owner, source } = at;
  if (!isSchemaObject(schema)) return;
  found.push({ ...at, schema });
  for (const [keyword, value] of Object.entries(schema)) {
    if (typeof value !== 'object' || value === null) continue;
    const pointer = `${at.pointer}/${keyword}`;
    if (maps.has(keyword) && isSchemaObject(value)) {
      for (const [name, each] of Object.entries(value)) {
        const property = keyword === 'properties' ? { property: name } : {};
        walk(found, { schema: each, owner, source, pointer: pointer + pointerOf([name]), isPart: false, ...property });
      }
    } else if (lists.has(keyword) && Array.isArray(value)) {
      for (const [index, each] of value.entries()) {
        walk(found, { schema: each, owner, source, pointer: `${pointer}/${index}`, isPart: partial.has(keyword) });
      }
    } else if (single.has(keyword)) {
      walk(found, { schema: value, owner, source, pointer, isPart: partial.has(keyword) });
    }
  }
}

/** Whether a value is a JSON object: a schema that says something, or a map of schemas. */
export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a schema is of a type, alone or among others. */
export function isOfType(schema: SchemaObject, type: string): boolean {
  return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type;
}

/** Finds the schema that a schema refers to: itself where it has no `$ref`. */
export type Resolve = (schema: SchemaObject) => SchemaObject;

/** Resolves the references of a model. */
export function resolver(model: EventModel): Resolve {
  const schemas = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  return (schema) => {
    let at: JsonSchema = schema;
    for (let hops = 0; hops < 20 && isSchemaObject(at) && typeof at.$ref === 'string'; hops += 1) {
      at = schemas.get(referredName(at.$ref)) ?? true;
    }
    return isSchemaObject(at) ? at : {};
  };
}
