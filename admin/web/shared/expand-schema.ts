import type { JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';
import { isSchema } from './describe-schema.js';

/** Keywords whose schemas apply to the same value. */
const sameValue = ['allOf', 'anyOf', 'oneOf'] as const;
const conditional = ['if', 'then', 'else', 'not'] as const;

/**
 * The schemas with all schemas that apply to the same value: those they refer to and those they consist of, each once.
 * @param find The schema that a `$ref` to `#/$defs/<name>` refers to.
 * @param options `conditional`: also follow `if`, `then`, `else` and `not`. Default false.
 */
export function expandSchemas(
  schemas: readonly JsonSchema[],
  find: (name: string) => JsonValue | undefined,
  options: { readonly conditional?: boolean } = {},
): readonly SchemaObject[] {
  const found = new Set<SchemaObject>();
  const open: (JsonValue | undefined)[] = [...schemas];
  while (open.length > 0) {
    const schema = open.pop();
    if (!isSchema(schema) || found.has(schema)) continue;
    found.add(schema);
    if (typeof schema.$ref === 'string') open.push(find(schema.$ref.replace('#/$defs/', '')));
    for (const keyword of sameValue) {
      const parts = schema[keyword];
      if (Array.isArray(parts)) open.push(...(parts as readonly JsonValue[]));
    }
    if (options.conditional === true) for (const keyword of conditional) open.push(schema[keyword]);
  }
  return [...found];
}
