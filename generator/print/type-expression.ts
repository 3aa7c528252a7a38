import type { JsonSchema, JsonValue } from '../model.js';
import { indent, lineWidth, propertyKey, quote } from './text.js';

/** A type expression and how strongly it holds together: what is `loose` needs parentheses inside another type. */
interface Expression {
  readonly text: string;
  readonly loose: boolean;
}

type SchemaObject = Exclude<JsonSchema, boolean>;

/** In the order in which a union of them reads best. */
const jsonTypes = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'] as const;

type JsonType = (typeof jsonTypes)[number];

const objectKeywords = ['properties', 'required', 'additionalProperties', 'patternProperties'];
const arrayKeywords = ['items', 'prefixItems', 'additionalItems'];

const unknownType: Expression = { text: 'unknown', loose: false };
const neverType: Expression = { text: 'never', loose: false };

/**
 * The TypeScript type of what a JSON Schema accepts. Exact where TypeScript can say it, else wider: keywords that only
 * narrow (`not`, `if`, ranges, formats) have no part in it.
 */
export function typeExpression(schema: JsonSchema): string {
  return typeOf(schema, undefined).text;
}

/** The name of the schema that a model's `$ref` points to: references are `#/$defs/<name>`. */
export function referredName(ref: string): string {
  return ref.slice('#/$defs/'.length);
}

/** The line of an index signature that an object type needs beside its properties; undefined where it needs none. */
export function indexSignature(schema: SchemaObject): string | undefined {
  const type = indexType(schema);
  return type === undefined ? undefined : `readonly [key: string]: ${type.text};`;
}

/** Names that an object schema speaks of: those of `properties`, then those that are only `required`. */
export function propertyNames(schema: SchemaObject): string[] {
  return [...new Set([...Object.keys(propertiesOf(schema)), ...requiredOf(schema)])];
}

/** The schema of one property; `true` (anything) for one that is only required. */
export function propertySchema(schema: SchemaObject, name: string): JsonSchema {
  const properties = propertiesOf(schema);
  return Object.hasOwn(properties, name) ? (properties[name] as JsonSchema) : true;
}

/** Names of the properties that must be there. */
export function requiredOf(schema: SchemaObject): string[] {
  return Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [];
}

/** True for an object type with properties that nothing else narrows: what an interface can say alone. */
export function isPlainObject(schema: JsonSchema): schema is SchemaObject {
  if (typeof schema === 'boolean' || schema.type !== 'object') return false;
  const others = ['$ref', 'const', 'enum', 'allOf', 'anyOf', 'oneOf'];
  return others.every((keyword) => schema[keyword] === undefined) && propertyNames(schema).length > 0;
}

/** @param implied The types that the schema around this one leaves, for a branch that names none. */
function typeOf(schema: JsonSchema, implied: readonly JsonType[] | undefined): Expression {
  if (schema === true) return unknownType;
  if (schema === false) return neverType;
  const own = typesOf(schema);
  if (schema.const !== undefined) return literalType(schema.const);
  if (Array.isArray(schema.enum)) return enumType(schema.enum, own);
  const types = own ?? implied;
  const parts: Expression[] = [];
  if (typeof schema.$ref === 'string') {
    parts.push({ text: referredName(schema.$ref), loose: false });
  }
  for (const branch of schemaList(schema.allOf)) parts.push(typeOf(branch, types));
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = schemaList(schema[keyword]);
    if (branches.length > 0) parts.push(union(branches.map((branch) => typeOf(branch, types))));
  }
  const said = baseType(schema, own, implied, parts.length > 0);
  return intersection(said === undefined ? parts : [said, ...parts]);
}

/** What `type` and the keywords of objects and arrays say; undefined when that adds nothing to the other parts. */
function baseType(
  schema: SchemaObject,
  own: readonly JsonType[] | undefined,
  implied: readonly JsonType[] | undefined,
  hasOthers: boolean,
): Expression | undefined {
  const speaks = [...objectKeywords, ...arrayKeywords].some((keyword) => schema[keyword] !== undefined);
  if (!speaks && (own === undefined || (hasOthers && own.every((type) => type === 'object')))) return undefined;
  const types = own ?? implied;
  // Without a type, the keywords of objects bind objects only, and anything else passes.
  if (types === undefined) return undefined;
  return union(types.map((type) => typeOfOne(type, schema)));
}

function typesOf(schema: SchemaObject): readonly JsonType[] | undefined {
  const { type } = schema;
  const given = Array.isArray(type) ? type : typeof type === 'string' ? [type] : undefined;
  if (given === undefined) return undefined;
  return jsonTypes.filter((name) => given.includes(name));
}

function typeOfOne(type: JsonType, schema: SchemaObject): Expression {
  switch (type) {
    case 'object':
      return objectType(schema);
    case 'array':
      return arrayType(schema);
    case 'integer':
      return { text: 'number', loose: false };
    default:
      return { text: type, loose: false };
  }
}

function objectType(schema: SchemaObject): Expression {
  const required = new Set(requiredOf(schema));
  const members = propertyNames(schema).map((name) => {
    const type = typeOf(propertySchema(schema, name), undefined);
    return `readonly ${propertyKey(name)}${required.has(name) ? '' : '?'}: ${type.text};`;
  });
  const index = indexSignature(schema);
  if (index !== undefined) members.push(index);
  const flat = `{ ${members.join(' ').replace(/;$/, '')} }`;
  const text = flat.length <= 80 && !flat.includes('\n') ? flat : `{\n${indent(members.join('\n'))}\n}`;
  return { text: members.length === 0 ? '{ readonly [key: string]: unknown }' : text, loose: false };
}

function indexType(schema: SchemaObject): Expression | undefined {
  const { additionalProperties } = schema;
  const names = propertyNames(schema);
  const patterns = Object.values(isObject(schema.patternProperties) ? schema.patternProperties : {});
  if (additionalProperties === undefined && patterns.length === 0) return names.length === 0 ? unknownType : undefined;
  if (additionalProperties === undefined || additionalProperties === true) return unknownType;
  const rest = [...patterns, additionalProperties].filter((other) => other !== false) as JsonSchema[];
  if (rest.length === 0) return names.length === 0 ? neverType : undefined;
  // An index signature must hold for every property beside it, named ones included.
  const all = [...rest, ...names.map((name) => propertySchema(schema, name))];
  const types = all.map((other) => typeOf(other, undefined));
  const required = requiredOf(schema);
  if (names.some((name) => !required.includes(name))) types.push({ text: 'undefined', loose: false });
  return union(types);
}

function arrayType(schema: SchemaObject): Expression {
  const tuple = schema.prefixItems ?? schema.items;
  if (Array.isArray(tuple)) {
    const rest = schema.prefixItems === undefined ? schema.additionalItems : schema.items;
    return tupleType(schemaList(tuple), rest, Number(schema.minItems ?? 0));
  }
  if (!isSchema(tuple)) return { text: 'readonly unknown[]', loose: true };
  return { text: `readonly ${tight(typeOf(tuple, undefined))}[]`, loose: true };
}

function tupleType(items: readonly JsonSchema[], rest: JsonValue | undefined, minItems: number): Expression {
  const elements = items.map((item, index) => {
    const type = typeOf(item, undefined);
    return index < minItems ? type.text : `${tight(type)}?`;
  });
  if (rest !== false) {
    elements.push(`...${isSchema(rest) ? tight(typeOf(rest, undefined)) : 'unknown'}[]`);
  }
  return { text: `readonly [${elements.join(', ')}]`, loose: true };
}

function enumType(values: readonly JsonValue[], types: readonly JsonType[] | undefined): Expression {
  const fitting = types === undefined ? values : values.filter((value) => types.some((type) => isOfType(value, type)));
  return union(fitting.map(literalType));
}

function isOfType(value: JsonValue, type: JsonType): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function literalType(value: JsonValue): Expression {
  if (typeof value === 'string') return { text: quote(value), loose: false };
  if (Array.isArray(value)) {
    return { text: `readonly [${value.map((item) => literalType(item).text).join(', ')}]`, loose: true };
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(
      ([key, item]) => `readonly ${propertyKey(key)}: ${literalType(item as JsonValue).text}`,
    );
    return {
      text: members.length === 0 ? '{ readonly [key: string]: never }' : `{ ${members.join('; ')} }`,
      loose: false,
    };
  }
  return { text: JSON.stringify(value), loose: false };
}

function union(all: readonly Expression[]): Expression {
  const parts = distinct(all.filter((part) => part.text !== 'never'));
  if (parts.some((part) => part.text === 'unknown')) return unknownType;
  const [first] = parts;
  if (first === undefined) return neverType;
  if (parts.length === 1) return first;
  const texts = parts.map((part) => part.text);
  const flat = texts.join(' | ');
  if (flat.length <= lineWidth - 40 && !flat.includes('\n')) return { text: flat, loose: true };
  return { text: texts.map((text) => `\n${indent(`| ${text}`)}`).join(''), loose: true };
}

function intersection(all: readonly Expression[]): Expression {
  const parts = distinct(all.filter((part) => part.text !== 'unknown'));
  const [first] = parts;
  if (first === undefined) return unknownType;
  if (parts.some((part) => part.text === 'never')) return neverType;
  if (parts.length === 1) return first;
  return { text: parts.map(tight).join(' & '), loose: true };
}

function distinct(parts: readonly Expression[]): Expression[] {
  return [...new Map(parts.map((part) => [part.text, part])).values()];
}

function tight(type: Expression): string {
  if (!type.loose) return type.text;
  return type.text.startsWith('\n') ? `(${type.text}\n)` : `(${type.text})`;
}

function propertiesOf(schema: SchemaObject): SchemaObject {
  return isObject(schema.properties) ? schema.properties : {};
}

function schemaList(value: JsonValue | undefined): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function isSchema(value: JsonValue | undefined): value is JsonSchema {
  return typeof value === 'boolean' || isObject(value);
}

function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
