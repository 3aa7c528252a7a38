import type { JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';
import { isSchema } from '../../../shared/describe-schema.js';
import { expandSchemas } from '../../../shared/expand-schema.js';
import type { Steps } from './json-path.js';

/** Every schema that may apply to the value at `steps`, in a document whose `$defs` contain all schemas that it refers to. */
export function schemasAt(root: JsonSchema, steps: Steps): readonly SchemaObject[] {
  const definitions = isSchema(root) && isSchema(root.$defs) ? root.$defs : {};
  const expand = (schemas: readonly JsonSchema[]) => expandSchemas(schemas, (name) => definitions[name]);
  return steps.reduce((found, step) => expand(found.flatMap((schema) => below(schema, step))), expand([root]));
}

/** A property that a schema names. */
export interface NamedProperty {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** Properties that any of the schemas names, each once; the required ones first. */
export function propertiesOf(schemas: readonly SchemaObject[]): readonly NamedProperty[] {
  const found = new Map<string, NamedProperty>();
  const required = new Set(schemas.flatMap((schema) => (isList(schema.required) ? schema.required.map(String) : [])));
  for (const { properties } of schemas) {
    if (!isSchema(properties)) continue;
    for (const [name, schema] of Object.entries(properties)) {
      if (!found.has(name) && (isSchema(schema) || typeof schema === 'boolean')) {
        found.set(name, { name, schema, required: required.has(name) });
      }
    }
  }
  return [...found.values()].sort((a, b) => Number(b.required) - Number(a.required));
}

/** Values that the schemas name: of an enum, a const, a boolean, a default, examples. */
export function valuesNamed(schemas: readonly SchemaObject[]): readonly JsonValue[] {
  const found = schemas.flatMap((schema): readonly JsonValue[] => [
    ...(isList(schema.enum) ? schema.enum : []),
    ...('const' in schema ? [schema.const as JsonValue] : []),
    ...(typesOf(schema).includes('boolean') ? [true, false] : []),
    ...(typesOf(schema).includes('null') ? [null] : []),
    ...('default' in schema ? [schema.default as JsonValue] : []),
    ...(isList(schema.examples) ? schema.examples : []),
  ]);
  return [...new Map(found.map((value) => [JSON.stringify(value), value])).values()];
}

/** Types that a schema names. */
export function typesOf({ type }: SchemaObject): readonly string[] {
  return isList(type) ? type.map(String) : typeof type === 'string' ? [type] : [];
}

function below(schema: SchemaObject, step: string): readonly JsonSchema[] {
  const { properties, additionalProperties, items, prefixItems } = schema;
  if (isSchema(properties) && Object.hasOwn(properties, step)) return [properties[step] as JsonSchema];
  const place = /^\d+$/.test(step) && isList(prefixItems) ? prefixItems[Number(step)] : undefined;
  return [place ?? items, additionalProperties].filter(isSchema);
}

function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}
