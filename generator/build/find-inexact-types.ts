import type { JsonSchema, SchemaModel } from '../model/event-model.js';
import { isSchemaObject, schemaMap, subschemas, typesOf } from '../model/json-schema.js';
import { type DocumentStore, pointerOf } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';

/** Where the type of a schema lets more pass than the schema does. */
interface InexactType {
  readonly schema: SchemaModel;
  /** Keys that lead there from the schema. */
  readonly keys: readonly string[];
  readonly message: string;
  readonly hint: string;
}

const unsayable: Readonly<Record<string, string>> = {
  not: 'what a value must not be',
  if: 'a condition on the whole value',
  dependentSchemas: 'a condition on other properties',
  unevaluatedProperties: 'properties that no other part speaks of',
  unevaluatedItems: 'items that no other part speaks of',
};

/** A warning for each place where the type of a schema allows more than the schema does. */
export function inexactTypeProblems(store: DocumentStore, schemas: readonly SchemaModel[], cache: Cache): Problem[] {
  return findInexactTypes(schemas, cache).map(({ schema, keys, message, hint }) => {
    const place = store.placeOf(schema.source.file, schema.source.pointer + pointerOf(keys));
    return { code: 'TYPE_WIDENED', severity: 'warning', ...place, message: `${schema.name}: ${message}`, hint };
  });
}

/** Every place where TypeScript cannot say what a schema says, so that the type is wider. The validators check all of it. */
function findInexactTypes(schemas: readonly SchemaModel[], cache: Cache): InexactType[] {
  const byName = new Map(schemas.map(({ name, schema }) => [name, schema]));
  const read = (name: string) => byName.get(name);
  return schemas.flatMap((model) =>
    cache.deriveReading('find-inexact-types', model, { inputs: [], read }, (reads) =>
      inexactTypesIn(model, reads.read),
    ),
  );
}

function inexactTypesIn(model: SchemaModel, find: (name: string) => JsonSchema | undefined): InexactType[] {
  const found: InexactType[] = [];
  const visit = (schema: JsonSchema, keys: readonly string[], typed: boolean): void => {
    if (!isSchemaObject(schema)) return;
    const add = (keyword: string, message: string, hint: string) =>
      found.push({ schema: model, keys: keyword === '' ? keys : [...keys, keyword], message, hint });
    for (const [keyword, what] of Object.entries(unsayable)) {
      if (schema[keyword] === undefined) continue;
      add(keyword, `${keyword}: TypeScript cannot say ${what}; the type is wider`, 'the validator checks it');
    }
    const objects = ['properties', 'required', 'additionalProperties', 'patternProperties'];
    const speaks = objects.find((keyword) => schema[keyword] !== undefined);
    const isTyped = typed || typesOf(schema, find) !== undefined;
    if (speaks !== undefined && !isTyped) {
      const message = `${speaks} without a type: what is no object passes too, and the type says so`;
      add(speaks, message, 'add `type: object`');
    }
    if (Object.keys(schemaMap(schema.patternProperties)).length > 0 && schema.properties !== undefined) {
      const message = 'patternProperties beside properties: the index signature allows what any of them is';
      add('patternProperties', message, 'put what is open in an object of its own');
    }
    for (const { keys: inner, schema: within } of subschemas(schema)) {
      const [keyword = ''] = inner;
      if (keyword in unsayable || ['then', 'else', 'contains', 'propertyNames'].includes(keyword)) continue;
      visit(within, [...keys, ...inner], isTyped && ['allOf', 'anyOf', 'oneOf'].includes(keyword));
    }
  };
  visit(model.schema, [], false);
  return found;
}
