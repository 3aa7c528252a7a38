import type { JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';

/** A property, an item or an alternative of a schema: one row of its tree. */
export interface Field {
  /** Label of the row: a property's name, `[items]`, `one of: 2`. */
  readonly label: string;
  /** Path from the root of the event's data: `items[].sku`. Deep links name the field by it. */
  readonly path: string;
  readonly schema: SchemaObject;
  readonly required: boolean;
}

/** Description of a schema; undefined if it has none. */
export function descriptionOf(schema: JsonSchema): string | undefined {
  return typeof schema === 'object' && typeof schema.description === 'string' ? schema.description : undefined;
}

/** Name of the schema that a `$ref` refers to; undefined if the schema is not a reference. */
export function refOf(schema: JsonSchema): string | undefined {
  if (typeof schema === 'boolean' || typeof schema.$ref !== 'string') return undefined;
  return schema.$ref.startsWith('#/$defs/') ? schema.$ref.slice('#/$defs/'.length) : undefined;
}

/** Name of the schema that a value, or each of its items, refers to; undefined if there is none. */
export function linkOf(schema: SchemaObject): string | undefined {
  return refOf(schema) ?? (isSchema(schema.items) ? refOf(schema.items) : undefined);
}

/** Describes the type: `string, date-time`, `list of Money`, `"a" or null`. */
export function typeOf(schema: SchemaObject): string {
  const ref = refOf(schema);
  if (ref !== undefined) return ref;
  if ('const' in schema) return JSON.stringify(schema.const);
  const { type, format } = schema;
  if (type === undefined && Array.isArray(schema.enum)) return 'one value of';
  for (const [keyword, label] of alternatives) if (Array.isArray(schema[keyword])) return label;
  const names = (Array.isArray(type) ? type : [type ?? implied(schema)]).map(String);
  const labels = names.map((name) => {
    if (name !== 'array') return name;
    return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : 'list';
  });
  return labels.join(' or ') + (typeof format === 'string' ? `, ${format}` : '');
}

const alternatives = [
  ['oneOf', 'one of'],
  ['anyOf', 'any of'],
  ['allOf', 'all of'],
] as const;

function implied(schema: SchemaObject): string {
  if ('properties' in schema) return 'object';
  return 'items' in schema ? 'array' : 'anything';
}

/** Descriptions of the constraints of a schema other than its type: `at least 1 character`. */
export function constraintsOf(schema: SchemaObject): readonly string[] {
  return rules.flatMap(([keyword, describe]) => {
    const value = schema[keyword];
    return value === undefined || value === null || value === false || typeof value === 'object'
      ? []
      : [describe(String(value))];
  });
}

const count = (number: string, one: string) => `${number} ${one}${number === '1' ? '' : 's'}`;

const rules: readonly (readonly [string, (value: string) => string])[] = [
  ['minLength', (value) => `at least ${count(value, 'character')}`],
  ['maxLength', (value) => `at most ${count(value, 'character')}`],
  ['pattern', (value) => `matches ${value}`],
  ['minimum', (value) => `≥ ${value}`],
  ['exclusiveMinimum', (value) => `> ${value}`],
  ['maximum', (value) => `≤ ${value}`],
  ['exclusiveMaximum', (value) => `< ${value}`],
  ['multipleOf', (value) => `a multiple of ${value}`],
  ['minItems', (value) => `at least ${count(value, 'item')}`],
  ['maxItems', (value) => `at most ${count(value, 'item')}`],
  ['uniqueItems', () => 'no item twice'],
  ['minProperties', (value) => `at least ${value} properties`],
  ['maxProperties', (value) => `at most ${value} properties`],
];

/** The values of its `enum`; empty if it has none. */
export function valuesOf(schema: SchemaObject): readonly JsonValue[] {
  return Array.isArray(schema.enum) ? (schema.enum as readonly JsonValue[]) : [];
}

/** Whether the catalog marks it as personal data. */
export function isPersonal(schema: SchemaObject): boolean {
  return schema['x-personal-data'] === true;
}

/** The rows below a schema: its properties, the fields of its items, its alternatives. References are not followed. */
export function fieldsOf(schema: SchemaObject, path = ''): readonly Field[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const below = (label: string, step: string, child: JsonValue | undefined, isRequired = false): readonly Field[] =>
    isSchema(child) ? [{ label, path: step, schema: child, required: isRequired }] : [];
  const properties = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  const patterns = isSchema(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  return [
    ...properties.flatMap(([name, child]) => below(name, join(path, name), child, required.has(name))),
    ...patterns.flatMap(([pattern, child]) => below(`/${pattern}/`, join(path, `/${pattern}/`), child)),
    ...below('any other name', join(path, '*'), schema.additionalProperties),
    ...itemFields(schema, path),
    ...alternatives.flatMap(([keyword, label]) =>
      listOf(schema[keyword]).flatMap((child, index) =>
        below(`${label}: ${index + 1}`, join(path, `${keyword}:${index + 1}`), child),
      ),
    ),
  ];
}

/** The rows of a list: directly the fields of its items, without a row that is only called `items`. */
function itemFields(schema: SchemaObject, path: string): readonly Field[] {
  const tuple = listOf(schema.prefixItems).flatMap((child, index) =>
    isSchema(child) ? [{ label: `[${index}]`, path: `${path}[${index}]`, schema: child, required: false }] : [],
  );
  if (!isSchema(schema.items) || refOf(schema.items) !== undefined) return tuple;
  return [...tuple, ...fieldsOf(schema.items, `${path}[]`)];
}

/** Every path of a schema. References are followed, but not inside the schema they refer to. @param limit Most paths; default 200. */
export function pathsOf(schema: JsonSchema, schemas: ReadonlyMap<string, JsonSchema>, limit = 200): readonly Field[] {
  const found: Field[] = [];
  const visit = (node: SchemaObject, path: string, inside: readonly string[]): void => {
    const name = linkOf(node);
    if (name !== undefined && !inside.includes(name)) {
      const target = schemas.get(name);
      if (isSchema(target)) visit(target, refOf(node) === undefined ? `${path}[]` : path, [...inside, name]);
    }
    for (const field of fieldsOf(node, path)) {
      if (found.length >= limit) return;
      found.push(field);
      visit(field.schema, field.path, inside);
    }
  };
  if (isSchema(schema)) visit(schema, '', []);
  return found;
}

/** Whether a value is a schema with keywords. */
export function isSchema(value: JsonValue | undefined): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function join(path: string, step: string): string {
  return path === '' ? step : `${path}.${step}`;
}
