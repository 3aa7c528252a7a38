import type { BuiltModel } from '../build/build-model.js';
import type { JsonSchema } from '../model/event-model.js';
import { isSchemaObject, referredName, schemaList, schemaMap, subschemas } from '../model/json-schema.js';
import { choiceKeywords, isSameValue } from '../model/keywords.js';
import { slownessOf } from '../patterns/slow-pattern.js';
import { pointerOf } from '../source/json-pointer.js';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';

/**
 * Schemas for which no correct validator can be compiled: patterns whose matching time can be exponential, and
 * unevaluated items or properties where ajv does not know which ones are evaluated.
 */
export function unsupportedSchemas({ model, placeOf }: Pick<BuiltModel, 'model' | 'placeOf'>, cache: Cache): Problem[] {
  const schemas = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  return model.schemas.flatMap(({ name, schema: whole, source }) => {
    const found: Problem[] = [];
    const add = (code: Problem['code'], keys: readonly string[], message: string, hint: string) =>
      found.push({
        code,
        severity: 'error',
        ...placeOf(source, pointerOf(keys)),
        message: `${name}: ${message}`,
        hint,
      });
    const visit = (schema: JsonSchema, keys: readonly string[]): void => {
      if (!isSchemaObject(schema)) return;
      const patterns = [
        ...(typeof schema.pattern === 'string' ? [[schema.pattern, 'pattern'] as const] : []),
        ...Object.keys(schemaMap(schema.patternProperties)).map((key) => [key, 'patternProperties', key] as const),
      ];
      for (const [pattern, ...at] of patterns) {
        const slowness = slownessOf(pattern, cache);
        if (slowness === undefined) continue;
        const description =
          slowness === 'large'
            ? `the pattern ${JSON.stringify(pattern)} has too many repetitions to be run`
            : `the pattern ${JSON.stringify(pattern)} can take exponential time: each further character of a text can double the matching time`;
        const hint =
          slowness === 'large'
            ? 'limit the length with `maxLength`, and repeat with * or +'
            : 'write it so that a text matches in only one way, without a repetition inside a repetition';
        add('PATTERN_SLOW', [...keys, ...at], description, hint);
      }
      const { unevaluatedItems } = schema;
      if (unevaluatedItems !== undefined && unevaluatedItems !== true && isUncertain(schema, schemas)) {
        const message =
          'unevaluatedItems cannot be checked together with `contains`, or with items in a choice or a condition';
        add(
          'SCHEMA_INVALID',
          [...keys, 'unevaluatedItems'],
          message,
          'describe the items with `prefixItems` and `items`',
        );
      }
      const { unevaluatedProperties } = schema;
      if (
        unevaluatedProperties !== undefined &&
        unevaluatedProperties !== true &&
        hasPatternsAndChoices(schema, schemas)
      ) {
        const message =
          'unevaluatedProperties cannot be checked together with `patternProperties` and choices or conditions';
        add('SCHEMA_INVALID', [...keys, 'unevaluatedProperties'], message, 'name the properties, or close each choice');
      }
      for (const { keys: inner, schema: within } of subschemas(schema)) visit(within, [...keys, ...inner]);
    };
    visit(whole, []);
    return found;
  });
}

/** Whether patterns and choices apply to the same value: ajv's code then gives wrong results for some data. */
function hasPatternsAndChoices(schema: JsonSchema, schemas: ReadonlyMap<string, JsonSchema>): boolean {
  const seen = new Set<string>();
  const found = { patterns: false, choices: false };
  const visit = (inner: JsonSchema): void => {
    if (!isSchemaObject(inner)) return;
    found.patterns ||= inner.patternProperties !== undefined;
    found.choices ||= [...choiceKeywords, 'if', 'not', 'dependentSchemas'].some(
      (keyword) => inner[keyword] !== undefined,
    );
    if (typeof inner.$ref === 'string' && !seen.has(inner.$ref)) {
      seen.add(inner.$ref);
      visit(schemas.get(referredName(inner.$ref)) ?? true);
    }
    for (const { keys, schema: within } of subschemas(inner)) if (isSameValue(keys[0] ?? '')) visit(within);
  };
  visit(schema);
  return found.patterns && found.choices;
}

/** Whether the set of items that a schema evaluates depends on the items. */
function isUncertain(schema: JsonSchema, schemas: ReadonlyMap<string, JsonSchema>): boolean {
  const seen = new Set<string>();
  const visit = (inner: JsonSchema, isConditional: boolean): boolean => {
    if (!isSchemaObject(inner)) return false;
    if (inner.contains !== undefined) return true;
    const evaluatesItems = ['items', 'unevaluatedItems'].some((keyword) => inner[keyword] !== undefined);
    if (isConditional && evaluatesItems) return true;
    const { $ref, dependentSchemas } = inner;
    if (typeof $ref === 'string' && !seen.has($ref)) {
      seen.add($ref);
      if (visit(schemas.get(referredName($ref)) ?? true, isConditional)) return true;
    }
    const chosen = [
      ...choiceKeywords.flatMap((keyword) => schemaList(inner[keyword])),
      ...Object.values(schemaMap(dependentSchemas)),
    ];
    if (isSchemaObject(inner.if) && inner.if.prefixItems !== undefined) return true;
    const conditions = ['if', 'then', 'else'].flatMap((keyword) => inner[keyword] ?? []) as JsonSchema[];
    return (
      schemaList(inner.allOf).some((part) => visit(part, isConditional)) ||
      [...chosen, ...conditions].some((branch) => visit(branch, true))
    );
  };
  return visit(schema, false);
}
