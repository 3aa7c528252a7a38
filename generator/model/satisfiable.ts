import { decimalOf, formats, patternOf, textLength } from '@hyvve-events/runtime/codegen';
import { slownessOf } from '../patterns/slow-pattern.js';
import type { Cache } from '../support/cache.js';
import type { JsonSchema, JsonValue } from './event-model.js';
import { isSchemaObject, referredName, requiredOf, type SchemaObject, schemaList, schemaMap } from './json-schema.js';
import { compositionKeywords, literalKeywords } from './keywords.js';
import type { Conjunction, Definitions, Shape } from './shape.js';
import { shapesOf } from './shapes-of.js';

/** Schemas below this depth are assumed to be satisfiable. */
const deepest = 60;

/**
 * Finds schemas for which no data is valid. A schema that cannot be decided counts as satisfiable, so a reported reason is
 * always correct.
 */
export class Satisfiability {
  readonly #definitions: Definitions;
  readonly #cache: Cache;
  readonly #known = new WeakMap<object, string | null>();
  readonly #open: object[] = [];
  /** Whether this result depends on an enclosing schema that is still being checked. */
  #isProvisional = false;

  constructor(definitions: Definitions, cache: Cache) {
    this.#definitions = definitions;
    this.#cache = cache;
  }

  /** The reason why no value is valid for all of the schemas; undefined if a valid value may exist. */
  why(schemas: Conjunction): string | undefined {
    const only = schemas.length === 1 && isSchemaObject(schemas[0]) ? this.#resolved(schemas[0]) : undefined;
    if (only === undefined) return this.#find(schemas);
    const known = this.#known.get(only);
    if (known !== undefined) return known ?? undefined;
    if (this.#open.includes(only)) {
      this.#isProvisional = true;
      return 'it contains itself without end';
    }
    const before = this.#isProvisional;
    this.#isProvisional = false;
    this.#open.push(only);
    const reason = this.#find([only]);
    this.#open.pop();
    if (reason === undefined || !this.#isProvisional || this.#open.length === 0) this.#known.set(only, reason ?? null);
    this.#isProvisional ||= before;
    return reason;
  }

  /** The target of a schema that is only a reference. */
  #resolved(schema: SchemaObject): SchemaObject {
    let at = schema;
    for (let hops = 0; hops < 20 && typeof at.$ref === 'string' && Object.keys(at).length === 1; hops += 1) {
      const target = this.#definitions.get(referredName(at.$ref));
      if (!isSchemaObject(target)) return at;
      at = target;
    }
    return at;
  }

  #find(schemas: Conjunction): string | undefined {
    if (schemas.includes(false)) return 'it is forbidden';
    if (schemas.length === 1 && this.#isPlain(schemas[0] ?? true)) return undefined;
    if (this.#open.length > deepest) return undefined;
    const shapes = shapesOf(schemas, this.#definitions);
    if (shapes.length === 0) return this.#contradiction(schemas);
    let first: string | undefined;
    for (const shape of shapes) {
      const reason = this.#whyNot(shape);
      if (reason === undefined) return undefined;
      first ??= reason;
    }
    return first;
  }

  readonly #plain = new WeakMap<object, boolean>();

  /** A fast test for satisfiable schemas, which are nearly all. Computing shapes is slower. */
  #isPlain(schema: JsonSchema): boolean {
    if (!isSchemaObject(schema)) return schema;
    let isPlain = this.#plain.get(schema);
    if (isPlain === undefined) {
      // A recursive schema needs the full check.
      this.#plain.set(schema, false);
      isPlain = this.#findPlain(schema);
      this.#plain.set(schema, isPlain);
    }
    return isPlain;
  }

  #findPlain(schema: SchemaObject): boolean {
    const has = (...keywords: readonly string[]) => keywords.some((keyword) => schema[keyword] !== undefined);
    const { $ref, properties, items } = schema;
    if (typeof $ref === 'string') {
      return Object.keys(schema).length === 1 && this.#isPlain(this.#definitions.get(referredName($ref)) ?? false);
    }
    if (has(...compositionKeywords, ...literalKeywords)) return false;
    if (has('minProperties', 'maxProperties', 'uniqueItems', 'prefixItems', 'patternProperties')) return false;
    if (contradictionOf(schema) !== undefined) return false;
    const isBounded = has('minimum', 'exclusiveMinimum') && has('maximum', 'exclusiveMaximum');
    const areWhole = Number.isInteger(schema.minimum) && Number.isInteger(schema.maximum);
    const isOdd = has('multipleOf', 'exclusiveMinimum', 'exclusiveMaximum') || (schema.type === 'integer' && !areWhole);
    if (isBounded && isOdd) return false;
    if (has('const', 'enum'))
      return !has('pattern', 'format', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf');
    if (has('minItems') && items !== undefined && !this.#isPlain(items as JsonSchema)) return false;
    const named = schemaMap(properties);
    return requiredOf(schema).every((name) => {
      const own = Object.hasOwn(named, name) ? named[name] : schema.additionalProperties;
      return own === undefined || this.#isPlain(own as JsonSchema);
    });
  }

  /** The reason why no value has one of the shapes. */
  #contradiction(schemas: Conjunction): string {
    const all = schemas.flatMap((schema) => this.#partsOf(schema, 0));
    for (const part of all) {
      const own = contradictionOf(part);
      if (own !== undefined) return own;
    }
    const merged = contradictionOf(Object.assign({}, ...all) as SchemaObject);
    return merged ?? 'its parts contradict each other';
  }

  #partsOf(schema: JsonSchema, depth: number): SchemaObject[] {
    if (!isSchemaObject(schema) || depth > 8) return [];
    const target = typeof schema.$ref === 'string' ? this.#definitions.get(referredName(schema.$ref)) : undefined;
    const parts = [...schemaList(schema.allOf), ...(target === undefined ? [] : [target])];
    return [schema, ...parts.flatMap((part) => this.#partsOf(part, depth + 1))];
  }

  #whyNot(shape: Shape): string | undefined {
    const { opaque } = shape;
    const never = opaque.get('not');
    if (never === true || (isSchemaObject(never) && Object.keys(never).length === 0))
      return '`not` forbids every value';
    if (shape.values !== undefined) {
      const fitting = shape.values.filter((value) => typeof value !== 'string' || fitsText(value, shape, this.#cache));
      return fitting.length > 0 ? undefined : `none of ${list(shape.values)} fits its pattern or format`;
    }
    switch (shape.type) {
      case 'number':
        return whyNoNumber(shape);
      case 'string':
        return crossed(shape, 'minLength', 'maxLength');
      case 'array':
        return this.#whyNoList(shape);
      case 'object':
        return this.#whyNoObject(shape);
      default:
        return undefined;
    }
  }

  #whyNoList(shape: Shape): string | undefined {
    const limits = crossed(shape, 'minItems', 'maxItems');
    if (limits !== undefined) return limits;
    const least = shape.limits.get('minItems') ?? 0;
    const { prefixItems, items } = shape;
    for (const [index, schemas] of prefixItems.slice(0, least).entries()) {
      const reason = this.why(schemas);
      if (reason !== undefined) return `item ${index + 1}: ${reason}`;
    }
    const reason = least > prefixItems.length && items !== undefined ? this.why(items) : undefined;
    return (
      reason &&
      (items?.includes(false)
        ? `it must have ${least} items and may have ${prefixItems.length}`
        : `its items: ${reason}`)
    );
  }

  #whyNoObject(shape: Shape): string | undefined {
    const { properties, required, additional, patternProperties, limits } = shape;
    const most = limits.get('maxProperties') ?? Number.POSITIVE_INFINITY;
    const reason = crossed(shape, 'minProperties', 'maxProperties');
    if (reason !== undefined) return reason;
    if (required.length > most) return `${required.length} properties are required, and maxProperties is ${most}`;
    // Names that match a pattern are allowed in addition to the listed ones.
    if (patternProperties.size > 0) return undefined;
    const isClosed = additional?.includes(false) === true;
    for (const name of required) {
      const schemas = properties.get(name) ?? additional ?? [];
      if (schemas.includes(false)) {
        return properties.has(name) && !isClosed
          ? `${name} is required, and forbidden`
          : `${name} is required, and a closed part of the schema does not have it`;
      }
      const inner = schemas.length === 0 ? undefined : this.why(schemas);
      if (inner !== undefined) return `${name} is required: ${inner}`;
    }
    const least = limits.get('minProperties') ?? 0;
    const names = [...properties.values()].filter((schemas) => !schemas.includes(false)).length;
    return isClosed && names < least ? `minProperties is ${least}, and a closed object has ${names}` : undefined;
  }
}

/** The reason why the keywords of a schema contradict each other, without other schemas; undefined if they do not. */
export function contradictionOf(schema: SchemaObject): string | undefined {
  const number = (keyword: string) => (typeof schema[keyword] === 'number' ? schema[keyword] : undefined);
  for (const [least, most] of [
    ['minimum', 'maximum'],
    ['minLength', 'maxLength'],
    ['minItems', 'maxItems'],
    ['minProperties', 'maxProperties'],
    ['minContains', 'maxContains'],
  ] as const) {
    const [from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY] = [number(least), number(most)];
    if (from > to) return `${least} ${from} is above ${most} ${to}`;
  }
  const values = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
  if (values === undefined) return undefined;
  const least = number('minLength') ?? 0;
  const most = number('maxLength') ?? Number.POSITIVE_INFINITY;
  const isText = (value: JsonValue): value is string => typeof value === 'string';
  if (values.length > 0 && values.every(isText)) {
    if (values.every((value) => textLength(value) < least))
      return `none of ${list(values)} has ${least} characters (minLength)`;
    if (values.every((value) => textLength(value) > most))
      return `each of ${list(values)} has more than ${most} characters (maxLength)`;
  }
  const types = (Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]).map(String);
  if (types.length > 0 && values.every((value) => !types.some((type) => isOf(value, type)))) {
    return `none of ${list(values)} is ${types.join(' or ')}`;
  }
  return undefined;
}

function isOf(value: JsonValue, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isSchemaObject(value);
  return ['string', 'number', 'boolean'].includes(type) && typeof value === type;
}

function list(values: readonly JsonValue[]): string {
  const shown = values.slice(0, 4).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return shown.join(', ') + (values.length > shown.length ? ', …' : '');
}

function crossed({ limits }: Shape, least: string, most: string): string | undefined {
  const [from = 0, to = Number.POSITIVE_INFINITY] = [limits.get(least), limits.get(most)];
  return from > to ? `${least} ${from} is above ${most} ${to}` : undefined;
}

function fitsText(value: string, { patterns, formats: names }: Shape, cache: Cache): boolean {
  const isOfFormat = (name: string) => {
    const check = Object.hasOwn(formats, name) ? formats[name] : undefined;
    return check?.type !== 'string' || check.validate(value);
  };
  return (
    names.every(isOfFormat) &&
    patterns.every((pattern) => slownessOf(pattern, cache) !== undefined || patternOf(pattern).test(value))
  );
}

function whyNoNumber({ limits, isInteger }: Shape): string | undefined {
  const at = (keyword: string) => limits.get(keyword);
  const from = Math.max(at('minimum') ?? Number.NEGATIVE_INFINITY, at('exclusiveMinimum') ?? Number.NEGATIVE_INFINITY);
  const to = Math.min(at('maximum') ?? Number.POSITIVE_INFINITY, at('exclusiveMaximum') ?? Number.POSITIVE_INFINITY);
  const isExclusive = at('exclusiveMinimum') === from || at('exclusiveMaximum') === to;
  const range = `at least ${from} and at most ${to}`;
  if (from > to) {
    const [least, most] = [
      at('minimum') === from ? 'minimum' : 'exclusiveMinimum',
      at('maximum') === to ? 'maximum' : 'exclusiveMaximum',
    ];
    return `${least} ${from} is above ${most} ${to}`;
  }
  if (from === to && isExclusive) return `no number is above ${from} and below ${to}`;
  const step = at('multipleOf');
  if (!(Number.isFinite(from) && Number.isFinite(to)) || (step === undefined && !isInteger)) return undefined;
  const first = firstMultiple(from, step ?? 1, at('exclusiveMinimum') === from);
  const isBeyond = first > to || (first === to && at('exclusiveMaximum') === to);
  return isBeyond ? `no ${step === undefined ? 'integer' : `multiple of ${step}`} is ${range}` : undefined;
}

/** The first multiple of a step that is not below a number, or above it. */
function firstMultiple(from: number, step: number, isAbove: boolean): number {
  const [own, other] = [decimalOf(from), decimalOf(step)];
  const scale = own.scale * other.scale;
  const start = own.digits * (scale / own.scale);
  const width = other.digits * (scale / other.scale);
  const below = start / width;
  // The division of big integers rounds towards zero.
  let count = below * width < start ? below + 1n : below;
  if (isAbove && count * width === start) count += 1n;
  return Number(count * width) / Number(scale);
}
