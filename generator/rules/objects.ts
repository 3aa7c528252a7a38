import { isSchemaObject, referredName, type SchemaObject } from '../model/json-schema.js';
import { completeKeywords, compositionKeywords, unnamedPropertyKeywords } from '../model/keywords.js';
import type { Rule } from './rule.js';
import { isOfType, type Visited } from './walk-schema.js';

/** Keywords with which a schema decides whether an object may have other properties. */
const deciding = [...unnamedPropertyKeywords, ...completeKeywords, ...compositionKeywords];

/**
 * By default, objects in JSON Schema accept further properties, so that a misspelt property is valid. The catalog must
 * decide this explicitly. Parts of `allOf` and similar keywords are skipped: closing one part would forbid the properties
 * of the others.
 */
export const openObject: Rule = {
  code: 'OPEN_OBJECT',
  severity: 'warning',
  *check({ model, visited, placeOf }) {
    const parts = namesOfParts(visited);
    // Headers may always have further properties: transports can add them.
    const headers = new Set(model.events.map((event) => event.headers));
    for (const { schema, owner, source, pointer, isPart } of visited) {
      if (isPart || headers.has(owner) || (pointer === '' && parts.has(owner)) || !isObjectType(schema)) continue;
      if (deciding.some((keyword) => schema[keyword] !== undefined)) continue;
      const subject = pointer === '' ? owner : `${owner}${pointer}`;
      yield {
        place: placeOf(source, pointer),
        message: `${subject} does not say whether it may have other properties`,
        hint: 'add `additionalProperties: false`, or `true` if it may have other properties',
        about: [owner],
      };
    }
  },
};

/** Without required properties, `{}` is a valid event and every handler must check every property. */
export const optionalEverything: Rule = {
  code: 'OPTIONAL_EVERYTHING',
  severity: 'warning',
  *check({ model, placeOf }) {
    const payloads = new Set(model.events.map(({ payload }) => payload));
    for (const { name, schema, source } of model.schemas) {
      if (!payloads.has(name) || !isSchemaObject(schema)) continue;
      if ([...compositionKeywords, 'minProperties', 'if'].some((keyword) => schema[keyword] !== undefined)) continue;
      if (!isSchemaObject(schema.properties) || Object.keys(schema.properties).length === 0) continue;
      if (Array.isArray(schema.required) && schema.required.length > 0) continue;
      yield {
        place: placeOf(source),
        message: `no property of ${name} is required, so an empty object is a valid event`,
        hint: `list the properties that are always present in \`required\`: ${Object.keys(schema.properties).slice(0, 4).join(', ')} …`,
        about: [name, ...model.events.filter(({ payload }) => payload === name).map(({ type }) => type)],
      };
    }
  },
};

function isObjectType(schema: SchemaObject): boolean {
  return isOfType(schema, 'object') || (schema.type === undefined && schema.properties !== undefined);
}

/** Names of the schemas in an `allOf`, `anyOf` or `oneOf` that has other members or other keywords next to it. */
function namesOfParts(visited: readonly Visited[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { schema, isPart } of visited) {
    if (isPart && typeof schema.$ref === 'string') found.add(referredName(schema.$ref));
  }
  return found;
}
