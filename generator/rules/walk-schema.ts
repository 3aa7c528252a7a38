import type { EventModel, JsonSchema, SchemaModel, SourcePlace } from '../model/event-model.js';
import { isSchemaObject, referredName, type SchemaObject, subschemas } from '../model/json-schema.js';
import { isSameValue } from '../model/keywords.js';
import { pointerOf } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';

/** A schema of the model or a schema inside it, with its position. */
export interface Visited {
  readonly schema: SchemaObject;
  /** Name of the model's schema that it is in. */
  readonly owner: string;
  /** Where that schema is. */
  readonly source: SourcePlace;
  /** JSON pointer from that schema. */
  readonly pointer: string;
  /** The property whose schema it is. */
  readonly property?: string;
  /** Whether it is one of several that apply to the same value (`allOf`, `anyOf`, `oneOf`, `if`, `not`). */
  readonly isPart: boolean;
}

/** Every schema of a model and every schema inside it, each once. The target of a `$ref` is visited at its own place. */
export function walkSchemas(model: EventModel, cache: Cache): readonly Visited[] {
  return model.schemas.flatMap((schema) => cache.derive('walk-schema', schema, [], () => walkSchema(schema)));
}

function walkSchema({ name, schema, source }: SchemaModel): readonly Visited[] {
  const found: Visited[] = [];
  walk(found, { schema, owner: name, source, pointer: '', isPart: false });
  return found;
}

interface Position extends Omit<Visited, 'schema'> {
  readonly schema: JsonSchema;
}

function walk(found: Visited[], at: Position): void {
  const { schema, owner, source } = at;
  if (!isSchemaObject(schema)) return;
  found.push({ ...at, schema });
  for (const { keys, schema: inner } of subschemas(schema)) {
    const [keyword = '', name] = keys;
    const property = keyword === 'properties' && name !== undefined ? { property: name } : {};
    const pointer = at.pointer + pointerOf(keys);
    walk(found, { schema: inner, owner, source, pointer, isPart: isSameValue(keyword), ...property });
  }
}

/** Whether the `type` of a schema is or includes a type. */
export function isOfType(schema: SchemaObject, type: string): boolean {
  return Array.isArray(schema.type) ? schema.type.includes(type) : schema.type === type;
}

/** Follows the `$ref` of a schema. Returns the schema itself if it has none. */
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
