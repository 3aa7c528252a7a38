import type { JsonSchema, SchemaModel } from '../model/event-model.js';
import { isSchemaObject, schemaMap, subschemas, typesOf } from '../model/json-schema.js';
import { compositionKeywords, innerOf, objectTypeKeywords } from '../model/keywords.js';
import { type DocumentStore, pointerOf } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';

/** A place where the type of a schema allows more values than the schema. */
interface InexactType {
  readonly schema: SchemaModel;
  /** Keys from the schema to this place. */
  readonly keys: readonly string[];
  readonly message: string;
  readonly hint: string;
}

const inexpressible = Object.entries({
  not: 'which values are excluded',
  if: 'a condition on the whole value',
  dependentSchemas: 'a condition on other properties',
  unevaluatedProperties: 'properties that no other part of the schema describes',
  unevaluatedItems: 'items that no other part of the schema describes',
});

/** A reader looks for `properties` first. */
const objectKeywords = ['properties', ...objectTypeKeywords];

/** A warning for each place where the type of a schema allows more values than the schema. */
export function inexactTypeProblems(store: DocumentStore, schemas: readonly SchemaModel[], cache: Cache): Problem[] {
  return findInexactTypes(schemas, cache).map(({ schema, keys, message, hint }) => {
    const place = store.placeOf(schema.source.file, schema.source.pointer + pointerOf(keys));
    return { code: 'TYPE_WIDENED', severity: 'warning', ...place, message: `${schema.name}: ${message}`, hint };
  });
}

/** Every place where a TypeScript type cannot express a schema and is more general. The validators still check the schema. */
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
    for (const [keyword, constraint] of inexpressible) {
      if (schema[keyword] === undefined) continue;
      add(
        keyword,
        `${keyword}: a TypeScript type cannot express ${constraint}; the type is more general`,
        'the validator checks it',
      );
    }
    const objectKeyword = objectKeywords.find((keyword) => schema[keyword] !== undefined);
    const isTyped = typed || typesOf(schema, find) !== undefined;
    if (objectKeyword !== undefined && !isTyped) {
      const message = `${objectKeyword} without a type: values that are not objects are valid too, and the type allows them`;
      add(objectKeyword, message, 'add `type: object`');
    }
    if (Object.keys(schemaMap(schema.patternProperties)).length > 0 && schema.properties !== undefined) {
      const message =
        'patternProperties together with properties: the index signature allows the types of all properties';
      add('patternProperties', message, 'move the pattern properties to a separate object');
    }
    for (const { keys: inner, schema: within } of subschemas(schema)) {
      const [keyword = ''] = inner;
      if (innerOf(keyword).kind === 'hidden') continue;
      visit(within, [...keys, ...inner], isTyped && compositionKeywords.includes(keyword));
    }
  };
  visit(model.schema, [], false);
  return found;
}
