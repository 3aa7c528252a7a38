import type { JsonSchema, JsonValue } from '../model.js';
import { type Conjunction, canonical, type Definitions, type Shape, shapesOf } from '../shape.js';
import type { Random } from './random.js';
import { textFor, textOfFormat } from './strings.js';

/** A text that a regular expression matches; undefined where none can be made. */
export type TextMatching = (pattern: string, seed: number) => string | undefined;

export interface DrawOptions {
  readonly definitions: Definitions;
  readonly random: Random;
  readonly textMatching: TextMatching;
}

/** Deeper than this only what must be there is, so that a schema that refers to itself comes to an end. */
const deepest = 4;
/** Deeper than this nothing can be drawn: what must be there must be in itself. */
const bottomless = 40;

/** Thrown where a schema allows nothing that can be drawn. */
export class CannotDraw extends Error {}

/**
 * A random value of a schema. What shapes cannot say (`not`, `if`, `contains`, overlapping `oneOf`) it may break: hold it
 * against the schema, and draw again. @throws CannotDraw
 */
export function draw(schema: JsonSchema, options: DrawOptions): JsonValue {
  return new Drawing(options).value([schema], undefined, 0);
}

class Drawing {
  readonly #definitions: Definitions;
  readonly #random: Random;
  readonly #textMatching: TextMatching;

  constructor({ definitions, random, textMatching }: DrawOptions) {
    this.#definitions = definitions;
    this.#random = random;
    this.#textMatching = textMatching;
  }

  value(schemas: Conjunction, name: string | undefined, depth: number): JsonValue {
    if (depth > bottomless) throw new CannotDraw('the schema has no end');
    const written = schemas.flatMap(examplesOf);
    if (written.length > 0 && this.#random.chance(0.7)) return this.#random.pick(written);
    const shapes = shapesOf(schemas, this.#definitions);
    if (shapes.length === 0) throw new CannotDraw(`nothing is valid${name === undefined ? '' : ` for ${name}`}`);
    return this.#ofShape(this.#choose(shapes, depth), name, depth);
  }

  /** Of everything, a text; at depth, what goes no deeper. */
  #choose(shapes: readonly Shape[], depth: number): Shape {
    const isAnything = shapes.length === 6 && new Set(shapes.map(({ type }) => type)).size === 6;
    const [first] = shapes;
    if (isAnything && first !== undefined) return first;
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
    const step = limits.get('multipleOf') ?? (isInteger ? 1 : 0.01);
    const whole = isInteger && step % 1 !== 0 ? 1 : step;
    const beyond = limits.get('exclusiveMinimum');
    const below = limits.get('exclusiveMaximum');
    const lowest = Math.max(limits.get('minimum') ?? Number.NEGATIVE_INFINITY, beyond ?? Number.NEGATIVE_INFINITY);
    const highest = Math.min(limits.get('maximum') ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
    const from = Number.isFinite(lowest) ? lowest : Number.isFinite(highest) ? highest - 1000 * whole : 0;
    const to = Number.isFinite(highest) ? highest : from + 1000 * whole;
    let least = Math.ceil(round(from / whole));
    let most = Math.floor(round(to / whole));
    if (beyond === lowest && round(least * whole) <= lowest) least += 1;
    if (below === highest && round(most * whole) >= highest) most -= 1;
    // A range narrower than a step, such as 0.001 to 0.002, has its middle.
    if (least > most) return limits.has('multipleOf') || isInteger ? from : (from + to) / 2;
    return round(this.#random.integer(least, most) * whole);
  }

  #string({ limits, patterns, formats }: Shape, name: string | undefined): string {
    const [pattern] = patterns;
    if (pattern !== undefined) {
      const text = this.#textMatching(pattern, this.#random.integer(0, 2 ** 31 - 1));
      if (text !== undefined) return text;
    }
    const [format] = formats;
    const text = format === undefined ? undefined : textOfFormat(format, this.#random);
    return text ?? textFor(name, limits.get('minLength') ?? 0, limits.get('maxLength') ?? 60, this.#random);
  }

  #array({ limits, prefixItems, items }: Shape, name: string | undefined, depth: number): JsonValue[] {
    const least = limits.get('minItems') ?? 0;
    const most = limits.get('maxItems') ?? Number.POSITIVE_INFINITY;
    const isEnd = depth >= deepest || items?.includes(false) === true;
    const wished = isEnd ? prefixItems.length : Math.max(prefixItems.length, this.#random.integer(1, 2));
    const length = Math.min(Math.max(least, wished), most);
    const seen = new Set<string>();
    const found: JsonValue[] = [];
    for (let tries = 0; found.length < length && tries < length * 20; tries += 1) {
      const value = this.value(prefixItems[found.length] ?? items ?? [], name?.replace(/s$/, ''), depth + 1);
      const key = canonical(value);
      if (limits.has('uniqueItems') && seen.has(key)) continue;
      seen.add(key);
      found.push(value);
    }
    return found;
  }

  #object(shape: Shape, depth: number): JsonValue {
    const { properties, required, limits, additional, patternProperties } = shape;
    const optional = [...properties.keys()].filter((name) => !required.includes(name));
    const chosen = optional.filter(() => depth < deepest && this.#random.chance(0.7));
    const most = limits.get('maxProperties') ?? Number.POSITIVE_INFINITY;
    const names = [...required, ...chosen.slice(0, Math.max(0, most - required.length))];
    const ordered = [...properties.keys(), ...required].filter((name) => names.includes(name));
    const entries = new Map<string, JsonValue>();
    for (const name of new Set(ordered)) {
      const schemas = properties.get(name) ?? additional ?? [];
      // An optional property that nothing can satisfy is left out.
      if (!required.includes(name) && shapesOf(schemas, this.#definitions).length === 0) continue;
      entries.set(name, this.value(schemas, name, depth + 1));
    }
    const [[pattern, ofPattern] = []] = patternProperties;
    const least = limits.get('minProperties') ?? 0;
    for (let tries = 0; entries.size < least && tries < least * 20; tries += 1) {
      const left = optional.find((name) => !entries.has(name));
      const isOpen = additional?.includes(false) !== true;
      const made = isOpen ? textFor('key', 3, 20, this.#random).replaceAll(' ', '_') : '';
      const name = left ?? (isOpen || pattern === undefined ? made : this.#textMatching(pattern, tries)) ?? made;
      const schemas = properties.get(name) ?? (isOpen ? additional : ofPattern) ?? [];
      entries.set(name, this.value(schemas, name, depth + 1));
    }
    return Object.fromEntries(entries);
  }
}

/** Values that a schema gives as examples of itself. */
function examplesOf(schema: JsonSchema): readonly JsonValue[] {
  if (typeof schema === 'boolean') return [];
  const { examples, example, default: usual } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples;
  return [example, usual].filter((value) => value !== undefined);
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}
