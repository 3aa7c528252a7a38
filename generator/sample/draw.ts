import { patternOf } from '@hyvve-events/runtime/codegen';
import type { JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, referredName, schemaList } from '../model/json-schema.js';
import { type Conjunction, canonical, type Definitions, type Shape } from '../model/shape.js';
import { shapesOf } from '../model/shapes-of.js';
import type { Cache } from '../support/cache.js';
import type { Random } from './random.js';
import { textFor } from './strings.js';
import { drawText } from './texts.js';

export interface DrawOptions {
  readonly definitions: Definitions;
  readonly random: Random;
  /** From 0. Later attempts choose other values. */
  readonly attempt: number;
  readonly cache: Cache;
}

/** Below this depth only required values are drawn, so that a recursive schema ends. */
const deepest = 4;
/** Below this depth drawing fails: the schema requires an endless value. */
const bottomless = 40;
/** The limits of a sample: its number of values, and the total number of characters of its texts. */
const mostValues = 2_000;
const mostCharacters = 40_000;

/** Thrown if no value can be drawn for a schema. */
export class CannotDraw extends Error {}

/**
 * A random value of a schema. It may violate keywords that shapes cannot express (`not`, overlapping `oneOf`), so validate
 * it, and draw again if it is invalid. @throws CannotDraw
 */
export function draw(schema: JsonSchema, options: DrawOptions): JsonValue {
  return new Drawing(options).value([schema], undefined, 0);
}

class Drawing {
  readonly #definitions: Definitions;
  readonly #random: Random;
  readonly #attempt: number;
  readonly #cache: Cache;
  #values = 0;
  #characters = 0;

  constructor({ definitions, random, attempt, cache }: DrawOptions) {
    this.#definitions = definitions;
    this.#random = random;
    this.#attempt = attempt;
    this.#cache = cache;
  }

  value(schemas: Conjunction, name: string | undefined, depth: number): JsonValue {
    if (depth > bottomless) throw new CannotDraw('the schema requires endlessly nested values');
    this.#values += 1;
    this.#refuseSize(this.#values, mostValues, 'values');
    // Not in every attempt: an example that violates the enclosing schema would always be chosen.
    const written = this.#attempt < 30 ? schemas.flatMap(examplesOf) : [];
    if (written.length > 0 && this.#random.chance(0.7)) return this.#random.pick(written);
    const shapes = this.#shapesOf(this.#withBranches(schemas, 0));
    if (shapes.length === 0) throw new CannotDraw(`nothing is valid${name === undefined ? '' : ` for ${name}`}`);
    return this.#ofShape(this.#choose(shapes, depth), name, depth);
  }

  #refuseSize(size: number, most: number, unit: string): void {
    if (size > most) throw new CannotDraw(`it would have more than ${most} ${unit}`);
  }

  #shapesOf(schemas: Conjunction): readonly Shape[] {
    const [only] = schemas;
    if (schemas.length !== 1 || !isSchemaObject(only)) return shapesOf(schemas, this.#definitions);
    return this.#cache.derive('find-shapes', only, [this.#definitions], () => shapesOf(schemas, this.#definitions));
  }

  /** The schemas, with one branch chosen for each condition. */
  #withBranches(schemas: Conjunction, depth: number): Conjunction {
    const added = schemas.flatMap((schema): JsonSchema[] => {
      if (!isSchemaObject(schema) || depth > 8) return [];
      const { $ref, if: condition, then: met, else: unmet } = schema;
      const target = typeof $ref === 'string' ? this.#definitions.get(referredName($ref)) : undefined;
      const parts = [...schemaList(schema.allOf), ...(target === undefined ? [] : [target])];
      const within = this.#withBranches(parts, depth + 1).slice(parts.length);
      if (condition === undefined) return [...within];
      const branch = this.#random.chance(0.5) ? [condition, met ?? true] : [unmet ?? true];
      return [...within, ...(branch as JsonSchema[])];
    });
    return added.length === 0 ? schemas : [...schemas, ...added];
  }

  /** Chooses a type: a text if every type is allowed; at depth, one without nested values. */
  #choose(shapes: readonly Shape[], depth: number): Shape {
    const isAnything = shapes.length === 6 && new Set(shapes.map(({ type }) => type)).size === 6;
    const [first] = shapes;
    if (isAnything && first !== undefined && this.#attempt < 10) return first;
    const flat = shapes.filter(
      ({ type, required }) => type !== 'array' && (type !== 'object' || required.length === 0),
    );
    if (depth >= deepest && flat.length > 0) return this.#random.pick(flat);
    return this.#random.pick(shapes);
  }

  #ofShape(shape: Shape, name: string | undefined, depth: number): JsonValue {
    if (shape.values !== undefined) return this.#random.pick(shape.values);
    switch (shape.type) {
      case 'null':
        return null;
      case 'boolean':
        return this.#random.chance(0.5);
      case 'number':
        return this.#number(shape);
      case 'string':
        return this.#string(shape, name);
      case 'array':
        return this.#array(shape, name, depth);
      case 'object':
        return this.#object(shape, depth);
    }
  }

  #number({ limits, isInteger }: Shape): number {
    // The limits do not contain integer formats, so every other attempt draws a value of the format.
    const isWhole = isInteger || this.#attempt % 2 === 1;
    const step = limits.get('multipleOf') ?? (isWhole ? 1 : 0.01);
    const whole = isInteger && step % 1 !== 0 ? 1 : step;
    const beyond = limits.get('exclusiveMinimum');
    const below = limits.get('exclusiveMaximum');
    const lowest = Math.max(limits.get('minimum') ?? Number.NEGATIVE_INFINITY, beyond ?? Number.NEGATIVE_INFINITY);
    const highest = Math.min(limits.get('maximum') ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
    const from = Number.isFinite(lowest) ? lowest : Number.isFinite(highest) ? highest - 1000 * whole : 0;
    const to = Number.isFinite(highest) ? Math.min(highest, from + 1e9 * whole) : from + 1000 * whole;
    let least = Math.ceil(round(from / whole));
    let most = Math.floor(round(to / whole));
    if (beyond === lowest && round(least * whole) <= lowest) least += 1;
    if (below === highest && round(most * whole) >= highest) most -= 1;
    // If a range is narrower than a step, such as 0.001 to 0.002, its middle is used.
    if (least > most) return limits.has('multipleOf') || isInteger ? from : (from + to) / 2;
    const drawn = this.#random.integer(least, most) * whole;
    return Number.isInteger(whole) ? drawn : round(drawn);
  }

  #string({ limits, patterns, formats }: Shape, name: string | undefined): string {
    const least = limits.get('minLength') ?? 0;
    this.#characters += least;
    this.#refuseSize(this.#characters, mostCharacters, 'characters');
    const most = Math.min(limits.get('maxLength') ?? Number.POSITIVE_INFINITY, mostCharacters);
    const text = drawText({ least, most, patterns, formats }, name, { random: this.#random, cache: this.#cache });
    if (text === undefined) throw new CannotDraw(`no text was found${name === undefined ? '' : ` for ${name}`}`);
    return text;
  }

  #array(shape: Shape, name: string | undefined, depth: number): JsonValue[] {
    const { limits, prefixItems, items, opaque } = shape;
    const least = Math.max(limits.get('minItems') ?? 0, 0);
    this.#refuseSize(this.#values + least, mostValues, 'values');
    const most = limits.get('maxItems') ?? Number.POSITIVE_INFINITY;
    const isEnd = depth >= deepest || items?.includes(false) === true;
    const preferred = isEnd ? prefixItems.length : Math.max(prefixItems.length, this.#random.integer(1, 2));
    const contained = schemasIn(opaque.get('contains'));
    const times = Math.min(largestOf(opaque.get('minContains') ?? 1), mostValues);
    const wanted = contained.flatMap((schema) => new Array<JsonSchema>(times).fill(schema));
    const length = Math.min(Math.max(least, preferred, prefixItems.length > 0 ? 0 : wanted.length), most);
    const seen = new Set<string>();
    const found: JsonValue[] = [];
    for (let tries = 0; found.length < length && tries < length * 20; tries += 1) {
      const also = wanted[found.length];
      const schemas = [...(prefixItems[found.length] ?? items ?? []), ...(also === undefined ? [] : [also])];
      const value = this.value(schemas, name?.replace(/s$/, ''), depth + 1);
      const key = canonical(value);
      if (limits.has('uniqueItems') && seen.has(key)) continue;
      seen.add(key);
      found.push(value);
    }
    return found;
  }

  #object(shape: Shape, depth: number): JsonValue {
    const { properties, limits, opaque } = shape;
    const required = [...shape.required];
    const optional = [...properties.keys()].filter((name) => !required.includes(name));
    const likely = this.#attempt < 20 ? 0.7 : this.#random.pick([0, 0.3, 0.7, 1]);
    const chosen = optional.filter(() => depth < deepest && this.#random.chance(likely));
    const most = limits.get('maxProperties') ?? Number.POSITIVE_INFINITY;
    const names = [...required, ...chosen.slice(0, Math.max(0, most - required.length))];
    const ordered = [...properties.keys(), ...required].filter((name) => names.includes(name));
    const entries = new Map<string, JsonValue>();
    const add = (name: string): void => {
      if (entries.has(name)) return;
      const schemas = schemasFor(shape, name);
      // An optional property that nothing can satisfy is left out.
      if (!required.includes(name) && this.#shapesOf(schemas).length === 0) return;
      entries.set(name, this.value(schemas, name, depth + 1));
      for (const other of dependentNames(opaque.get('dependentRequired'), name)) {
        required.push(other);
        add(other);
      }
    };
    for (const name of new Set(ordered)) add(name);
    const least = limits.get('minProperties') ?? 0;
    this.#refuseSize(this.#values + least, mostValues, 'values');
    for (let tries = 0; entries.size < least && tries < least * 20; tries += 1) {
      const left = optional.find((name) => !entries.has(name));
      const name = left ?? this.#nameFor(shape);
      if (name !== undefined) add(name);
    }
    return Object.fromEntries(entries);
  }

  /** A name for a property that a shape does not list; undefined if it allows none. */
  #nameFor({ additional, patternProperties, opaque }: Shape): string | undefined {
    const named = schemasIn(opaque.get('propertyNames'));
    if (named.length > 0) {
      const shapes = shapesOf([{ type: 'string' }, ...named], this.#definitions);
      const [shape] = shapes;
      const drawn = shape === undefined ? undefined : this.#ofShape(shape, 'key', 0);
      return typeof drawn === 'string' ? drawn : undefined;
    }
    if (additional?.includes(false) !== true) return textFor('key', 3, 20, this.#random).replaceAll(' ', '_');
    const patterns = [...patternProperties.keys()];
    if (patterns.length === 0) return undefined;
    return drawText({ least: 0, most: 40, patterns: [this.#random.pick(patterns)], formats: [] }, undefined, {
      random: this.#random,
      cache: this.#cache,
    });
  }
}

/** The schemas that a property of this name must match. */
function schemasFor({ properties, patternProperties, additional }: Shape, name: string): Conjunction {
  const own = properties.get(name) ?? [];
  const matching = [...patternProperties].filter(([pattern]) => patternOf(pattern).test(name));
  if (!properties.has(name) && matching.length === 0) return additional ?? [];
  return [...own, ...matching.flatMap(([, schemas]) => schemas)];
}

/** The schemas of an opaque keyword. Several parts may each have one. */
function schemasIn(value: JsonValue | undefined): JsonSchema[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? schemaList(value) : [value as JsonSchema];
}

/** The largest of the numbers that the parts have for a keyword. */
function largestOf(value: JsonValue): number {
  const all = Array.isArray(value) ? value.flat(8) : [value];
  return Math.max(0, ...all.map(Number).filter(Number.isFinite));
}

function dependentNames(value: JsonValue | undefined, name: string): string[] {
  const maps: readonly unknown[] = Array.isArray(value) ? value : [value];
  return maps.flatMap((map) => {
    const names = isSchemaObject(map) && Object.hasOwn(map, name) ? map[name] : undefined;
    return Array.isArray(names) ? names.map(String) : [];
  });
}

/** The example values in a schema. */
function examplesOf(schema: JsonSchema): readonly JsonValue[] {
  if (typeof schema === 'boolean') return [];
  const { examples, example, default: usual } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples;
  return [example, usual].filter((value) => value !== undefined);
}

function round(value: number): number {
  return Math.abs(value) > 1e12 ? value : Number(value.toPrecision(12));
}
