import type { JsonSchema, JsonValue } from '../model/event-model.js';
import {
  isSchema,
  isSchemaObject,
  propertyNames,
  propertySchema,
  referredName,
  requiredOf,
  type SchemaObject,
  schemaList,
  schemaMap,
  typesOf,
} from '../model/json-schema.js';
import { isOfTypes, type JsonType, jsonTypes } from '../model/json-types.js';
import {
  arrayTypeKeywords,
  choiceKeywords,
  completeKeywords,
  compositionKeywords,
  objectTypeKeywords,
} from '../model/keywords.js';
import { schemaDoc } from './schema-doc.js';
import { indent, lineWidth, propertyKey, quote } from './text.js';
import { type InterfaceMember, printMembers } from './typescript-file.js';

/** A type expression. A `loose` one needs parentheses inside another type. */
export interface Expression {
  readonly text: string;
  /** Names of the other declarations that the text refers to. */
  readonly uses: readonly string[];
  readonly loose: boolean;
  /** The members, if it is a union. */
  readonly members?: readonly Expression[];
  /** True for an intersection. Inside a union it gets parentheses, to be easier to read. */
  readonly mixed?: boolean;
  /** The approximate number of union members. The compiler fails on a union that is too large. */
  readonly size: number;
}

/** Returns the schema with this name in the model. */
export type FindSchema = (name: string) => JsonSchema | undefined;

const typeKeywords = [...objectTypeKeywords, ...arrayTypeKeywords];

/** The maximum of members in an intersection of unions; above it, the type is wider. TypeScript fails at 100,000. */
const largestUnion = 5000;

const unknownType = plain('unknown');
const neverType: Expression = { ...plain('never'), size: 0 };
const openObject = '{ readonly [key: string]: unknown }';

/**
 * The TypeScript type of the values that a JSON Schema accepts. It is exact where TypeScript can express the schema, and
 * wider elsewhere: keywords that only narrow (`not`, `if`, ranges, formats) are ignored.
 */
export function typeExpression(schema: JsonSchema, find: FindSchema): Expression {
  return typeOf(schema, { find, implied: undefined });
}

/** A type that never needs parentheses. */
function plain(text: string): Expression {
  return { text, uses: [], loose: false, size: 1 };
}

/** A member of an object type, and the declarations that its type refers to. */
export interface ObjectMember extends InterfaceMember {
  readonly uses: readonly string[];
}

/** The members of an object type: its properties, then the index signature, if it needs one. */
export function objectMembers(schema: SchemaObject, find: FindSchema): ObjectMember[] {
  const context = { find, implied: undefined };
  const required = new Set(requiredOf(schema));
  const members = propertyNames(schema).map((name): ObjectMember => {
    const property = propertySchema(schema, name);
    const target =
      isSchemaObject(property) && typeof property.$ref === 'string' ? find(referredName(property.$ref)) : undefined;
    // Validators cannot check a property with this name, because JavaScript reserves it.
    const isHidden = name === '__proto__';
    const { text, uses } = isHidden ? unknownType : typeOf(property, context);
    return {
      name: propertyKey(name),
      doc: schemaDoc(property, { target, reserved: 2 }),
      optional: isHidden || !required.has(name),
      type: text,
      uses,
    };
  });
  const index = indexType(schema, context);
  return index === undefined
    ? members
    : [...members, { name: '[key: string]', doc: '', type: index.text, uses: index.uses }];
}

/** True for an object type with properties and no other constraint, which an interface can express completely. */
export function isPlainObject(schema: JsonSchema): schema is SchemaObject {
  if (typeof schema === 'boolean' || schema.type !== 'object') return false;
  return !hasAny(schema, [...completeKeywords, ...compositionKeywords]) && propertyNames(schema).length > 0;
}

interface TypeContext {
  readonly find: FindSchema;
  /** The types that the surrounding schema allows, for a branch without `type`. */
  readonly implied: readonly JsonType[] | undefined;
  /** Names of the schemas that are being inlined. */
  readonly expanded?: readonly string[];
}

function typeOf(schema: JsonSchema, context: TypeContext): Expression {
  if (schema === true) return unknownType;
  if (schema === false) return neverType;
  const own = typesOf(schema, context.find);
  const types = within(own, context.implied);
  if (schema.const !== undefined) return isOfGiven(schema, schema.const) ? literalType(schema.const) : neverType;
  if (Array.isArray(schema.enum))
    return union(schema.enum.filter((value) => isOfGiven(schema, value)).map(literalType));
  const inner = { ...context, implied: types };
  const parts: Expression[] = [];
  if (typeof schema.$ref === 'string') parts.push(reference(schema.$ref, inner));
  for (const branch of schemaList(schema.allOf)) parts.push(typeOf(branch, inner));
  for (const keyword of choiceKeywords) {
    const branches = schemaList(schema[keyword]);
    if (branches.length > 0) parts.push(union(branches.map((branch) => typeOf(branch, inner))));
  }
  const base = baseType(schema, types, context, parts.length > 0);
  return intersection(base === undefined ? parts : [base, ...parts]);
}

function reference(ref: string, { find, implied, expanded = [] }: TypeContext): Expression {
  const name = referredName(ref);
  const target = find(name);
  // A schema without a type accepts every type; next to a type it is inlined, restricted to that type.
  if (implied !== undefined && isUntyped(target, find) && !expanded.includes(name)) {
    return typeOf(target, { find, implied, expanded: [...expanded, name] });
  }
  const branches = isSchemaObject(target)
    ? Math.max(...[...choiceKeywords, 'enum'].map((each) => lengthOf(target[each])), 1)
    : 1;
  return { text: name, uses: [name], loose: false, size: branches };
}

function isUntyped(schema: JsonSchema | undefined, find: FindSchema): schema is SchemaObject {
  return isSchemaObject(schema) && hasAny(schema, typeKeywords) && typesOf(schema, find) === undefined;
}

function hasAny(schema: SchemaObject, keywords: readonly string[]): boolean {
  return keywords.some((keyword) => schema[keyword] !== undefined);
}

function lengthOf(value: JsonValue | undefined): number {
  return Array.isArray(value) ? value.length : 1;
}

function within(own: readonly JsonType[] | undefined, implied: readonly JsonType[] | undefined) {
  if (own === undefined || implied === undefined) return own ?? implied;
  return own.filter((type) => implied.includes(type) || (type === 'integer' && implied.includes('number')));
}

/** The type of `type` and the object and array keywords; undefined if it adds nothing to the other parts. */
function baseType(
  schema: SchemaObject,
  types: readonly JsonType[] | undefined,
  context: TypeContext,
  hasOthers: boolean,
): Expression | undefined {
  const hasShape = hasAny(schema, typeKeywords);
  const own = schema.type !== undefined;
  if (!hasShape && (!own || (hasOthers && types?.every((type) => type === 'object')))) return undefined;
  // Without a type, these keywords constrain objects or arrays only, and values of other types are valid.
  const all = types ?? jsonTypes.filter((type) => type !== 'integer');
  return union(
    all.filter((type) => type !== 'integer' || !all.includes('number')).map((type) => typeOfOne(type, schema, context)),
  );
}

function typeOfOne(type: JsonType, schema: SchemaObject, context: TypeContext): Expression {
  switch (type) {
    case 'object':
      return objectType(schema, context);
    case 'array':
      return arrayType(schema, context);
    case 'integer':
      return plain('number');
    default:
      return plain(type);
  }
}

function objectType(schema: SchemaObject, { find }: TypeContext): Expression {
  const members = objectMembers(schema, find);
  if (members.length === 0) return plain(openObject);
  const lines = printMembers(members);
  const flat = `{ ${lines.replaceAll(/\n\s*/g, ' ').replace(/;$/, '')} }`;
  const isFlat = flat.length <= 80 && members.every(({ doc, type }) => doc === '' && !type.includes('\n'));
  const uses = members.flatMap((member) => member.uses);
  return { ...plain(isFlat ? flat : `{\n${indent(lines)}\n}`), uses };
}

function indexType(schema: SchemaObject, context: TypeContext): Expression | undefined {
  const { additionalProperties } = schema;
  const names = propertyNames(schema);
  const patterns = Object.values(schemaMap(schema.patternProperties));
  if (additionalProperties === undefined && patterns.length === 0) return names.length === 0 ? unknownType : undefined;
  if (additionalProperties === undefined || additionalProperties === true) return unknownType;
  const rest = [...patterns, ...(isSchema(additionalProperties) ? [additionalProperties] : [])].filter(
    (other) => other !== false,
  );
  if (rest.length === 0) return names.length === 0 ? neverType : undefined;
  // TypeScript applies an index signature to every property, including the named ones.
  const all = [...rest, ...names.map((name) => (name === '__proto__' ? true : propertySchema(schema, name)))];
  const types = all.map((other) => typeOf(other, { ...context, implied: undefined }));
  const required = requiredOf(schema);
  if (names.some((name) => !required.includes(name))) types.push(plain('undefined'));
  return union(types);
}

function arrayType(schema: SchemaObject, context: TypeContext): Expression {
  const { prefixItems, items } = schema;
  const inner = { ...context, implied: undefined };
  if (Array.isArray(prefixItems)) {
    return tupleType(schemaList(prefixItems), items, Number(schema.minItems ?? 0), inner);
  }
  if (!isSchema(items)) return { ...plain('readonly unknown[]'), loose: true };
  if (items === false) return { ...plain('readonly []'), loose: true };
  const item = typeOf(items, inner);
  return { ...plain(`readonly ${tight(item)}[]`), uses: item.uses, loose: true };
}

function tupleType(
  items: readonly JsonSchema[],
  rest: JsonValue | undefined,
  minItems: number,
  context: TypeContext,
): Expression {
  const types = items.map((item) => typeOf(item, context));
  const elements = types.map((type, index) => (index < minItems ? type.text : `${tight(type)}?`));
  if (rest !== false) {
    const others = isSchema(rest) ? typeOf(rest, context) : unknownType;
    types.push(others);
    elements.push(`...${tight(others)}[]`);
  }
  return { ...plain(`readonly [${elements.join(', ')}]`), uses: types.flatMap(({ uses }) => uses), loose: true };
}

/** Whether a value has the type that the schema requires. */
function isOfGiven(schema: SchemaObject, value: JsonValue): boolean {
  const { type } = schema;
  const types = Array.isArray(type) ? type : typeof type === 'string' ? [type] : undefined;
  return (
    types === undefined ||
    isOfTypes(
      value,
      jsonTypes.filter((name) => types.includes(name)),
    )
  );
}

function literalType(value: JsonValue): Expression {
  const text = literalText(value);
  return { ...plain(text), loose: Array.isArray(value) };
}

function literalText(value: JsonValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return 'number';
  if (Array.isArray(value)) return `readonly [${value.map(literalText).join(', ')}]`;
  if (!isSchemaObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, item]) => `readonly ${propertyKey(key)}: ${literalText(item as JsonValue)}`,
  );
  return members.length === 0 ? '{ readonly [key: string]: never }' : `{ ${members.join('; ')} }`;
}

function union(all: readonly Expression[]): Expression {
  const parts = distinct(all.flatMap((part) => part.members ?? [part]).filter((part) => part.text !== 'never'));
  if (parts.some((part) => part.text === 'unknown')) return unknownType;
  const [first] = parts;
  if (first === undefined) return neverType;
  if (parts.length === 1) return first;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const uses = parts.flatMap((part) => part.uses);
  const texts = parts.map((part) => (part.mixed === true ? tight(part) : part.text));
  const flat = texts.join(' | ');
  if (flat.length <= lineWidth - 40 && !flat.includes('\n'))
    return { text: flat, uses, members: parts, loose: true, size };
  const text = texts.map((each) => `\n| ${each.replaceAll(/\n(?=.)/g, '\n  ')}`).join('');
  return { text, uses, members: parts, loose: true, size };
}

function intersection(all: readonly Expression[]): Expression {
  let parts = distinct(all.filter((part) => part.text !== 'unknown'));
  if (parts.some((part) => part.text === 'never')) return neverType;
  const sizeOf = (some: readonly Expression[]) => some.reduce((product, part) => product * Math.max(part.size, 1), 1);
  while (sizeOf(parts) > largestUnion && parts.length > 1) {
    const largest = Math.max(...parts.map((part) => part.size));
    parts = parts.filter((part) => part.size !== largest);
  }
  const [first] = parts;
  if (first === undefined) return unknownType;
  if (parts.length === 1) return first;
  const uses = parts.flatMap((part) => part.uses);
  return { text: parts.map(tight).join(' & '), uses, loose: true, mixed: true, size: sizeOf(parts) };
}

function distinct(parts: readonly Expression[]): Expression[] {
  return [...new Map(parts.map((part) => [part.text, part])).values()];
}

function tight(type: Expression): string {
  if (!type.loose) return type.text;
  return type.text.startsWith('\n') ? `(${indent(type.text)}\n)` : `(${type.text})`;
}
