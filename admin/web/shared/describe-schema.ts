import type { JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';

/** A property, an item or an alternative of a schema: one row of its tree. */
export interface Field {
  /** What the row is called: a property's name, `[items]`, `one of: 2`. */
  readonly label: string;
  /** Where it is from the event's data on: `items[].sku`. Names the field in its deep link. */
  readonly path: string;
  readonly schema: SchemaObject;
  readonly required: boolean;
}

/** What the catalog says of it. */
export function descriptionOf(schema: JsonSchema): string | undefined {
  return typeof schema === 'object' && typeof schema.description === 'string' ? schema.description : undefined;
}

/** A schema's name where it is only a reference to one. */
export function refOf(schema: JsonSchema): string | undefined {
  if (typeof schema === 'boolean' || typeof schema.$ref !== 'string') return undefined;
  return schema.$ref.startsWith('#/$defs/') ? schema.$ref.slice('#/$defs/'.length) : undefined;
}

/** The named schema that a value, or each of its items, is of. */
export function linkOf(schema: SchemaObject): string | undefined {
  return refOf(schema) ?? (isSchema(schema.items) ? refOf(schema.items) : undefined);
}

/** The type in words: `string, date-time`, `list of Money`, `"a" or null`. */
export function typeOf(schema: SchemaObject): string {
  const ref = refOf(schema);
  if (ref !== undefined) return ref;
  if ('const' in schema) return JSON.stringify(schema.const);
  const { type, format } = schema;
  if (type === undefined && Array.isArray(schema.enum)) return 'one value of';
  for (const [keyword, word] of alternatives) if (Array.isArray(schema[keyword])) return word;
  const names = (Array.isArray(type) ? type : [type ?? implied(schema)]).map(String);
  const words = names.map((name) => {
    if (name !== 'array') return name;
    return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : 'list';
  });
  return words.join(' or ') + (typeof format === 'string' ? `, ${format}` : '');
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

/** What a value must hold to beside its type, each in words: `at least 1 character`. */
export function constraintsOf(schema: SchemaObject): readonly string[] {
  return rules.flatMap(([keyword, words]) => {
    const value = schema[keyword];
    return value === undefined || value === null || value === false || typeof value === 'object'
      ? []
      : [words(String(value))];
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

/** The values it may have; none where it is not one of a list. */
export function valuesOf(schema: SchemaObject): readonly JsonValue[] {
  return Array.isArray(schema.enum) ? (schema.enum as readonly JsonValue[]) : [];
}

/** Whether the catalog marks it as personal data. */
export function isPersonal(schema: SchemaObject): boolean {
  return schema['x-personal-data'] === true;
}

/** The rows below one: properties, those of a list's items, alternatives. References are for the caller to follow. */
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
    ...alternatives.flatMap(([keyword, word]) =>
      listOf(schema[keyword]).flatMap((child, index) =>
        below(`${word}: ${index + 1}`, join(path, `${keyword}:${index + 1}`), child),
      ),
    ),
  ];
}

/** A list's rows: its items' own rows where they are objects, so that no row says only `items`. */
function itemFields(schema: SchemaObject, path: string): readonly Field[] {
  const tuple = listOf(schema.prefixItems).flatMap((child, index) =>
    isSchema(child) ? [{ label: `[${index}]`, path: `${path}[${index}]`, schema: child, required: false }] : [],
  );
  if (!isSchema(schema.items) || refOf(schema.items) !== undefined) return tuple;
  return [...tuple, ...fieldsOf(schema.items, `${path}[]`)];
}

/** Every path of a schema, references followed, none inside itself; at most `limit`. */
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
