import type { EventModel, JsonSchema, JsonValue, SchemaModel, SourcePlace } from '../model/event-model.js';
import { referredName } from '../model/json-schema.js';
import { pointerOf } from '../source/document-store.js';

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

/** Every schema of a model and every one within it, each once; what `$ref` points to is visited where it stands. */
export function walkSchemas(model: EventModel): readonly Visited[] {
  let visited = walked.get(model);
  if (visited === undefined) {
    visited = model.schemas.flatMap(walkSchema);
    walked.set(model, visited);
  }
  return visited;
}

/** Most rules walk: once is enough for all of them, and for a schema that is still the same in the next run. */
const walked = new WeakMap<EventModel | SchemaModel, readonly Visited[]>();

function walkSchema(model: SchemaModel): readonly Visited[] {
  const known = walked.get(model);
  if (known !== undefined) return known;
  const found: Visited[] = [];
  const { name, schema, source } = model;
  walk(found, { schema, owner: name, source, pointer: '', isPart: false });
  walked.set(model, found);
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

/** The schema itself, or what its `$ref` names. */
export function resolved(model: EventModel, schema: SchemaObject): SchemaObject {
  let at: JsonSchema = schema;
  for (let hops = 0; hops < 20 && isSchemaObject(at) && typeof at.$ref === 'string'; hops += 1) {
    const name: string = referredName(at.$ref);
    at = schemaNamed(model, name);
  }
  return isSchemaObject(at) ? at : {};
}

const indexes = new WeakMap<EventModel, ReadonlyMap<string, JsonSchema>>();

function schemaNamed(model: EventModel, name: string): JsonSchema {
  let index = indexes.get(model);
  if (index === undefined) {
    index = new Map(model.schemas.map((each) => [each.name, each.schema]));
    indexes.set(model, index);
  }
  return index.get(name) ?? true;
}
