import type { JsonSchema, SchemaModel, SchemaObject } from '@hyvve-events/catalog-model';
import { pythonPattern } from './python-pattern.js';

/** Formats that the SDK checks, and the publisher does not. */
export const uncheckedFormats: readonly string[] = [
  ...['hostname', 'uri', 'uri-reference', 'uri-template', 'url', 'regex'],
  ...['iso-time', 'iso-date-time', 'json-pointer-uri-fragment'],
];

/** The keywords that decide whether a check can be the same. */
interface Keywords {
  readonly $ref?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly if?: JsonSchema;
  readonly contains?: JsonSchema;
}

const mapsOfSchemas = ['properties', 'patternProperties', '$defs', 'dependentSchemas'];
const listsOfSchemas = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const schemaKeywords = [
  ...['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
];
const annotations = [
  ...['title', 'description', 'examples', 'example', 'default', 'deprecated', 'readOnly', 'writeOnly', '$comment'],
  ...['externalDocs', 'discriminator', '$schema', '$id', '$anchor'],
];

/**
 * The schemas without annotations, with their patterns in the syntax of Python. A pattern that Python does not have, and what
 * would refuse valid data without it, is left out.
 */
export function checkedSchemas(schemas: readonly SchemaModel[]): readonly (readonly [name: string, JsonSchema])[] {
  const wider = new Set<string>();
  for (let before = -1; before < wider.size; ) {
    before = wider.size;
    for (const { name, schema } of schemas) if (!isExact(schema, wider)) wider.add(name);
  }
  return schemas.map(({ name, schema }) => [name, checked(schema, wider)]);
}

/** Whether the publisher refuses the same values as the SDK. @param wider Names of schemas with which it refuses less */
function isExact(schema: JsonSchema, wider: ReadonlySet<string>): boolean {
  if (typeof schema === 'boolean') return true;
  const { pattern, patternProperties = {}, format, $ref } = schema as Keywords;
  if (format !== undefined && uncheckedFormats.includes(format)) return false;
  const patterns = [...(pattern === undefined ? [] : [pattern]), ...Object.keys(patternProperties)];
  if (patterns.some((each) => pythonPattern(each) === undefined)) return false;
  if ($ref !== undefined && wider.has($ref.replace('#/$defs/', ''))) return false;
  return innerSchemas(schema).every((inner) => isExact(inner, wider));
}

function innerSchemas(schema: SchemaObject): readonly JsonSchema[] {
  return Object.entries(schema).flatMap(([key, value]) => {
    if (schemaKeywords.includes(key)) return [value as JsonSchema];
    if (listsOfSchemas.includes(key)) return value as readonly JsonSchema[];
    return mapsOfSchemas.includes(key) ? Object.values(value as Readonly<Record<string, JsonSchema>>) : [];
  });
}

function checked(schema: JsonSchema, wider: ReadonlySet<string>): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const entries = Object.entries(withoutStricter(schema, wider)).flatMap(
    ([key, value]): (readonly [string, unknown])[] => {
      if (annotations.includes(key) || key.startsWith('x-')) return [];
      if (key === 'pattern') {
        const pattern = pythonPattern(value as string);
        return pattern === undefined ? [] : [[key, pattern]];
      }
      if (schemaKeywords.includes(key)) return [[key, checked(value as JsonSchema, wider)]];
      if (listsOfSchemas.includes(key)) {
        return [[key, (value as readonly JsonSchema[]).map((each) => checked(each, wider))]];
      }
      if (mapsOfSchemas.includes(key)) {
        return [[key, checkedMap(key, value as Readonly<Record<string, JsonSchema>>, wider)]];
      }
      return [[key, value]];
    },
  );
  return Object.fromEntries(entries) as SchemaObject;
}

function checkedMap(
  key: string,
  schemas: Readonly<Record<string, JsonSchema>>,
  wider: ReadonlySet<string>,
): Readonly<Record<string, JsonSchema>> {
  const nameOf = (name: string) => (key === 'patternProperties' ? pythonPattern(name) : name);
  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) => {
      const renamed = nameOf(name);
      return renamed === undefined ? [] : [[renamed, checked(schema, wider)] as const];
    }),
  );
}

/** Without the keywords that refuse more values if another keyword refuses less. */
function withoutStricter(schema: SchemaObject, wider: ReadonlySet<string>): SchemaObject {
  if (isExact(schema, wider)) return schema;
  const { patternProperties = {}, oneOf = [], not = true, if: condition = true, contains = true } = schema as Keywords;
  const left = ['unevaluatedItems', 'unevaluatedProperties'];
  if (Object.keys(patternProperties).some((each) => pythonPattern(each) === undefined))
    left.push('additionalProperties');
  if (!isExact(not, wider)) left.push('not');
  if (!isExact(condition, wider)) left.push('if', 'then', 'else');
  if (!isExact(contains, wider)) left.push('maxContains');
  const isAnyOf = !oneOf.every((each) => isExact(each, wider));
  if (isAnyOf) left.push('oneOf', 'allOf');
  const result = Object.fromEntries(Object.entries(schema).filter(([key]) => !left.includes(key)));
  const { allOf = [] } = schema as { readonly allOf?: readonly JsonSchema[] };
  return (isAnyOf ? { ...result, allOf: [...allOf, { anyOf: oneOf }] } : result) as SchemaObject;
}
