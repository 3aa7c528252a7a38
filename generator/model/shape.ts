import { decimalOf, patternOf } from '@hyvve-events/runtime/codegen';
import type { JsonSchema, JsonValue } from './event-model.js';
import type { SchemaObject } from './json-schema.js';
import { type JsonType, jsonTypes } from './json-types.js';
import { boundOf } from './keywords.js';

/** The type of a shape: integers have the type `number`. */
export type ShapeType = Exclude<JsonType, 'integer'>;

export const shapeTypes: readonly ShapeType[] = jsonTypes.filter((type) => type !== 'integer');

/** Schemas that all apply to one value: the parts of an `allOf`, or the schemas of a property in several parts. */
export type Conjunction = readonly JsonSchema[];

/**
 * One alternative of a schema: a JSON type with all its constraints, collected from `$ref`, `allOf`, `anyOf` and `oneOf`.
 * A schema is a union of shapes, so that two schemas can be compared even if they are written differently.
 */
export interface Shape {
  readonly type: ShapeType;
  readonly isInteger: boolean;
  /** The allowed values, from `enum` and `const`. */
  readonly values?: readonly JsonValue[];
  /** Numbers and flags by keyword: `minLength`, `uniqueItems`. */
  readonly limits: ReadonlyMap<string, number>;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  readonly properties: ReadonlyMap<string, Conjunction>;
  readonly required: readonly string[];
  readonly patternProperties: ReadonlyMap<string, Conjunction>;
  /** The schemas of other properties; undefined: every value is valid. `[false]`: no other properties. */
  readonly additional?: Conjunction;
  readonly prefixItems: readonly Conjunction[];
  /** The schemas of other items; undefined: every value is valid. */
  readonly items?: Conjunction;
  /** Keywords that are compared literally: `not`, `if`, `contains`. */
  readonly opaque: ReadonlyMap<string, JsonValue>;
  /** Its label for messages: the name of its schema, or its discriminating value. */
  readonly label?: string;
  /** Every schema object that applies to it, unchanged, with the constraints that the other fields do not express. */
  readonly sources: readonly SchemaObject[];
  /** The alternative of a `oneOf` that it belongs to: its values match none of the others. */
  readonly picks: readonly Pick[];
}

/** An alternative of a `oneOf`. */
export interface Pick {
  readonly alternatives: readonly JsonSchema[];
  readonly index: number;
}

export type Definitions = ReadonlyMap<string, JsonSchema>;

/** Every value of a type. */
export function anyOfType(type: ShapeType): Shape {
  const none = { properties: new Map(), patternProperties: new Map(), opaque: new Map(), limits: new Map() };
  const lists = { patterns: [], formats: [], required: [], prefixItems: [], sources: [], picks: [] };
  return { type, isInteger: false, ...none, ...lists };
}

/** The intersections of all pairs of shapes that are satisfiable; undefined if there would be too many. */
export function intersect(left: readonly Shape[], right: readonly Shape[], most: number): readonly Shape[] | undefined {
  if (left.length * right.length > most * shapeTypes.length) return undefined;
  const found = left.flatMap((a) => right.flatMap((b) => (a.type === b.type ? (mergeShapes(a, b) ?? []) : [])));
  return found.length > most ? undefined : found;
}

/** The intersection of two shapes; undefined if it is empty. */
export function mergeShapes(a: Shape, b: Shape): Shape | undefined {
  const values = mergeValues(a.values, b.values);
  if (values?.length === 0) return undefined;
  const label = a.label ?? b.label;
  const required = [...new Set([...a.required, ...b.required])];
  const additional = mergeConjunctions(a.additional, b.additional);
  const items = mergeConjunctions(a.items, b.items);
  const length = Math.max(a.prefixItems.length, b.prefixItems.length);
  const itemAt = (shape: Shape, index: number) => shape.prefixItems[index] ?? shape.items ?? [];
  return {
    type: a.type,
    isInteger: a.isInteger || b.isInteger,
    ...(values === undefined ? {} : { values }),
    limits: mergeLimits(a.limits, b.limits),
    patterns: [...new Set([...a.patterns, ...b.patterns])].sort(),
    formats: [...new Set([...a.formats, ...b.formats])].sort(),
    properties: mergeProperties(a, b),
    required,
    patternProperties: mergeMaps(a.patternProperties, b.patternProperties),
    ...(additional === undefined ? {} : { additional }),
    prefixItems: Array.from({ length }, (_, index) => unique([...itemAt(a, index), ...itemAt(b, index)])),
    ...(items === undefined ? {} : { items }),
    opaque: mergeOpaque(a.opaque, b.opaque),
    sources: [...new Set([...a.sources, ...b.sources])],
    picks: [...a.picks, ...b.picks],
    ...(label === undefined ? {} : { label }),
  };
}

/** A property that only one side lists must match the schema that the other side has for further properties. */
function mergeProperties(a: Shape, b: Shape): ReadonlyMap<string, Conjunction> {
  const names = new Set([...a.properties.keys(), ...b.properties.keys()]);
  const at = (shape: Shape, name: string) => shape.properties.get(name) ?? othersAt(shape, name);
  return new Map([...names].map((name) => [name, unique([...at(a, name), ...at(b, name)])] as const));
}

/** The schemas of a shape for a property that it does not list, in addition to those of matching patterns. */
function othersAt({ patternProperties, additional }: Shape, name: string): Conjunction {
  const isMatched = [...patternProperties.keys()].some((pattern) => matches(pattern, name) !== false);
  return isMatched ? [] : (additional ?? []);
}

/** Whether a pattern matches a name; undefined if the pattern cannot be compiled. */
export function matches(pattern: string, name: string): boolean | undefined {
  try {
    return patternOf(pattern).test(name);
  } catch {
    return undefined;
  }
}

function mergeMaps(
  a: ReadonlyMap<string, Conjunction>,
  b: ReadonlyMap<string, Conjunction>,
): ReadonlyMap<string, Conjunction> {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => [name, unique([...(a.get(name) ?? []), ...(b.get(name) ?? [])])]));
}

function mergeConjunctions(a: Conjunction | undefined, b: Conjunction | undefined): Conjunction | undefined {
  return a === undefined ? b : b === undefined ? a : unique([...a, ...b]);
}

function mergeValues(a: readonly JsonValue[] | undefined, b: readonly JsonValue[] | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  const known = new Set(b.map(canonical));
  return a.filter((value) => known.has(canonical(value)));
}

function mergeLimits(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const result = new Map(a);
  for (const [keyword, value] of b) {
    const known = result.get(keyword);
    if (known === undefined) result.set(keyword, value);
    else if (boundOf(keyword) === 'upper') result.set(keyword, Math.min(known, value));
    else if (keyword === 'multipleOf') result.set(keyword, leastCommon(known, value));
    else result.set(keyword, Math.max(known, value));
  }
  return result;
}

function mergeOpaque(
  a: ReadonlyMap<string, JsonValue>,
  b: ReadonlyMap<string, JsonValue>,
): ReadonlyMap<string, JsonValue> {
  const result = new Map(a);
  for (const [keyword, value] of b) {
    const known = result.get(keyword);
    const both = known === undefined || canonical(known) === canonical(value) ? value : [known, value];
    result.set(keyword, both);
  }
  return result;
}

/** The least common multiple of two numbers; one of them if it cannot be calculated exactly. */
function leastCommon(a: number, b: number): number {
  const [one, other] = [decimalOf(a), decimalOf(b)];
  let { scale } = one;
  if (other.scale > scale) scale = other.scale;
  const [x, y] = [one.digits * (scale / one.scale), other.digits * (scale / other.scale)];
  if (x === 0n || y === 0n) return a;
  const common = (x / greatestCommon(x, y)) * y;
  return common <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(common) / Number(scale) : a;
}

function greatestCommon(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommon(b, a % b);
}

/** Removes duplicate values. */
export function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [canonical(item), item])).values()];
}

/** JSON with sorted keys: equal texts are equal values, maps and objects alike. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    const plain = inner instanceof Map ? Object.fromEntries(inner) : inner;
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain;
    return Object.fromEntries(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
