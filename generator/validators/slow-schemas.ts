import type { EventModel, JsonSchema } from '../model/event-model.js';
import { isSchemaObject, schemaMap, subschemas } from '../model/json-schema.js';
import { slownessOf } from '../patterns/slow-pattern.js';
import type { Cache } from '../support/cache.js';

/** Names of the schemas that contain, directly or by reference, a pattern that must not be run. */
export function slowSchemas({ schemas }: EventModel, cache: Cache): ReadonlySet<string> {
  const hasSlow = (schema: JsonSchema): boolean => {
    if (!isSchemaObject(schema)) return false;
    const patterns = [
      ...(typeof schema.pattern === 'string' ? [schema.pattern] : []),
      ...Object.keys(schemaMap(schema.patternProperties)),
    ];
    return (
      patterns.some((pattern) => slownessOf(pattern, cache) !== undefined) ||
      subschemas(schema).some((each) => hasSlow(each.schema))
    );
  };
  const slow = new Set(schemas.filter(({ schema }) => hasSlow(schema)).map(({ name }) => name));
  for (let before = 0; slow.size > before; ) {
    before = slow.size;
    if (before > 0) for (const { name, uses } of schemas) if (uses.some((used) => slow.has(used))) slow.add(name);
  }
  return slow;
}
