import { formats, isEqual, isMultipleOf, patternOf, textLength } from '@hyvve-events/runtime/codegen';
import type { JsonSchema, JsonValue } from '../model/event-model.js';
import {
  isSchemaObject,
  referredName,
  requiredOf,
  type SchemaObject,
  schemaList,
  schemaMap,
} from '../model/json-schema.js';
import { pointerOf } from '../source/json-pointer.js';

/** One reason why a value is not valid. */
export interface Violation {
  /** JSON pointer in the value. */
  readonly pointer: string;
  readonly message: string;
}

/** Returns the schema with this name in the model. */
type Find = (name: string) => JsonSchema | undefined;

/**
 * Validates a value against a schema of the model without compiling it, for the few values inside the schemas of a catalog.
 * It accepts the same values as the compiled validators, but ignores `unevaluatedProperties` and `unevaluatedItems`.
 */
export function violationsOf(value: JsonValue, schema: JsonSchema, find: Find): readonly Violation[] {
  return evaluate(value, schema, { find, keys: [], open: [] });
}

interface Context {
  readonly find: Find;
  readonly keys: readonly string[];
  /** Names of the schemas that are being applied to the same value. */
  readonly open: readonly string[];
}

function evaluate(value: JsonValue, schema: JsonSchema, context: Context): Violation[] {
  if (schema === true) return [];
  if (schema === false) return [violation(context, 'is not allowed')];
  const found: Violation[] = [];
  const add = (isFine: boolean, message: string) => {
    if (!isFine) found.push(violation(context, message));
  };
  const { $ref } = schema;
  if (typeof $ref === 'string' && !context.open.includes($ref)) {
    const target = context.find(referredName($ref)) ?? true;
    found.push(...evaluate(value, target, { ...context, open: [...context.open, $ref] }));
  }
  const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? undefined : [schema.type];
  add(types?.some((type) => isOfType(value, String(type))) !== false, `must be ${types?.join(' or ')}`);
  if (schema.const !== undefined) add(isEqual(value, schema.const), `must be ${JSON.stringify(schema.const)}`);
  if (Array.isArray(schema.enum)) {
    add(
      schema.enum.some((each) => isEqual(value, each)),
      `must be one of ${schema.enum.map((each) => JSON.stringify(each)).join(', ')}`,
    );
  }
  if (typeof value === 'number') checkNumber(value, schema, add);
  else if (typeof value === 'string') checkText(value, schema, add);
  else if (Array.isArray(value)) found.push(...checkList(value, schema, context));
  else if (isSchemaObject(value)) found.push(...checkObject(value, schema, context));
  return [...found, ...checkParts(value, schema, context)];
}

function violation({ keys }: Context, message: string): Violation {
  return { pointer: pointerOf(keys), message };
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isSchemaObject(value);
  return typeof value === type;
}

type Add = (isFine: boolean, message: string) => void;

function limitOf(schema: SchemaObject, keyword: string): number | undefined {
  const limit = schema[keyword];
  return typeof limit === 'number' ? limit : undefined;
}

function checkNumber(value: number, schema: SchemaObject, add: Add): void {
  const [minimum, maximum] = [limitOf(schema, 'minimum'), limitOf(schema, 'maximum')];
  const [above, below] = [limitOf(schema, 'exclusiveMinimum'), limitOf(schema, 'exclusiveMaximum')];
  const step = limitOf(schema, 'multipleOf');
  if (minimum !== undefined) add(value >= minimum, `must be >= ${minimum}`);
  if (maximum !== undefined) add(value <= maximum, `must be <= ${maximum}`);
  if (above !== undefined) add(value > above, `must be > ${above}`);
  if (below !== undefined) add(value < below, `must be < ${below}`);
  if (step !== undefined) add(isMultipleOf(value, step), `must be multiple of ${step}`);
  const format = formatOf(schema);
  if (format?.type === 'number') add(format.validate(value), `must match format "${String(schema.format)}"`);
}

function checkText(value: string, schema: SchemaObject, add: Add): void {
  const [least, most] = [limitOf(schema, 'minLength'), limitOf(schema, 'maxLength')];
  if (least !== undefined) add(textLength(value) >= least, `must NOT have fewer than ${least} characters`);
  if (most !== undefined) add(textLength(value) <= most, `must NOT have more than ${most} characters`);
  if (typeof schema.pattern === 'string') {
    add(patternOf(schema.pattern).test(value), `must match pattern "${schema.pattern}"`);
  }
  const format = formatOf(schema);
  if (format?.type === 'string') add(format.validate(value), `must match format "${String(schema.format)}"`);
}

function formatOf({ format }: SchemaObject) {
  return typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
}

function checkList(value: readonly JsonValue[], schema: SchemaObject, context: Context): Violation[] {
  const found: Violation[] = [];
  const add: Add = (isFine, message) => {
    if (!isFine) found.push(violation(context, message));
  };
  const [least, most] = [limitOf(schema, 'minItems'), limitOf(schema, 'maxItems')];
  if (least !== undefined) add(value.length >= least, `must NOT have fewer than ${least} items`);
  if (most !== undefined) add(value.length <= most, `must NOT have more than ${most} items`);
  if (schema.uniqueItems === true) {
    const isTwice = value.some((item, index) => value.slice(0, index).some((before) => isEqual(before, item)));
    add(!isTwice, 'must NOT have duplicate items');
  }
  const tuple = schemaList(schema.prefixItems);
  for (const [index, item] of value.entries()) {
    const own = tuple[index] ?? (index < tuple.length ? true : schema.items);
    if (own !== undefined) found.push(...evaluate(item, own as JsonSchema, inner(context, String(index))));
  }
  const { contains } = schema;
  if (contains !== undefined) {
    const count = value.filter((item) => isValid(item, contains as JsonSchema, context)).length;
    const [from, to] = [limitOf(schema, 'minContains') ?? 1, limitOf(schema, 'maxContains')];
    add(count >= from, `must contain at least ${from} valid item(s)`);
    if (to !== undefined) add(count <= to, `must contain at most ${to} valid item(s)`);
  }
  return found;
}

function checkObject(value: SchemaObject, schema: SchemaObject, context: Context): Violation[] {
  const found: Violation[] = [];
  const add: Add = (isFine, message) => {
    if (!isFine) found.push(violation(context, message));
  };
  const names = Object.keys(value);
  const [least, most] = [limitOf(schema, 'minProperties'), limitOf(schema, 'maxProperties')];
  if (least !== undefined) add(names.length >= least, `must NOT have fewer than ${least} properties`);
  if (most !== undefined) add(names.length <= most, `must NOT have more than ${most} properties`);
  for (const name of requiredOf(schema)) add(Object.hasOwn(value, name), `must have required property '${name}'`);
  for (const [name, others] of Object.entries(schemaMap(schema.dependentRequired))) {
    if (!Object.hasOwn(value, name) || !Array.isArray(others)) continue;
    for (const other of others)
      add(Object.hasOwn(value, String(other)), `must have property ${other} when property ${name} is present`);
  }
  for (const [name, own] of Object.entries(schemaMap(schema.dependentSchemas))) {
    if (Object.hasOwn(value, name)) found.push(...evaluate(value, own, context));
  }
  const properties = schemaMap(schema.properties);
  const patterns = Object.entries(schemaMap(schema.patternProperties)).map(
    ([key, own]) => [patternOf(key), own] as const,
  );
  const { additionalProperties: rest, propertyNames } = schema;
  for (const name of names) {
    const within = inner(context, name);
    const item = value[name] ?? null;
    const matching = patterns.filter(([pattern]) => pattern.test(name)).map(([, own]) => own);
    const isNamed = Object.hasOwn(properties, name);
    if (isNamed) matching.push(properties[name] ?? true);
    for (const own of matching) found.push(...evaluate(item, own, within));
    if (matching.length === 0 && rest !== undefined) {
      if (rest === false) add(false, `must NOT have additional properties (${name})`);
      else found.push(...evaluate(item, rest as JsonSchema, within));
    }
    if (propertyNames !== undefined && !isValid(name, propertyNames as JsonSchema, context))
      add(false, `property name ${name} is not allowed`);
  }
  return found;
}

/** The violations of other schemas that apply to the same value. */
function checkParts(value: JsonValue, schema: SchemaObject, context: Context): Violation[] {
  const found = schemaList(schema.allOf).flatMap((part) => evaluate(value, part, context));
  if (Array.isArray(schema.anyOf) && !schemaList(schema.anyOf).some((branch) => isValid(value, branch, context))) {
    found.push(violation(context, 'must match a schema in anyOf'));
  }
  if (Array.isArray(schema.oneOf)) {
    const count = schemaList(schema.oneOf).filter((branch) => isValid(value, branch, context)).length;
    if (count !== 1) found.push(violation(context, `must match exactly one schema in oneOf, and matches ${count}`));
  }
  const { not, if: condition } = schema;
  if (not !== undefined && isValid(value, not as JsonSchema, context))
    found.push(violation(context, 'must NOT be valid'));
  if (condition !== undefined) {
    const branch = isValid(value, condition as JsonSchema, context) ? schema.then : schema.else;
    if (branch !== undefined) found.push(...evaluate(value, branch as JsonSchema, context));
  }
  return found;
}

function isValid(value: JsonValue, schema: JsonSchema, context: Context): boolean {
  return evaluate(value, schema, context).length === 0;
}

function inner(context: Context, key: string): Context {
  return { ...context, keys: [...context.keys, key], open: [] };
}
