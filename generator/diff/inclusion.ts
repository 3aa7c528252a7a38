import type { JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, referredName, type SchemaObject, schemaList, schemaMap } from '../model/json-schema.js';
import { choiceKeywords } from '../model/keywords.js';
import { type Conjunction, canonical, type Definitions, type Shape } from '../model/shape.js';
import { narrow, waysOf } from '../model/shapes-of.js';
import { Acceptance } from './accepts.js';
import { gapOfArray } from './array-inclusion.js';
import { isDisjoint, isEmpty, propertyAt } from './emptiness.js';
import { gapOfObject, gapOfProperties } from './object-inclusion.js';
import { firstOf, type Gap, type Prover, type Within } from './prover.js';
import { isSameKeyword, isSameSchema } from './same-schema.js';
import { gapOfScalar, gapOfType } from './scalar-inclusion.js';
import { describedBy, mentionedNames, type Side } from './side.js';

/** The result of comparing two schemas. */
export interface Inclusion {
  /** Undefined if the second schema accepts every value that the first accepts. */
  readonly gap?: Gap;
  /**
   * Properties that only the second schema describes, while the first one allows any property. Data that was valid under the
   * first schema is assumed not to contain them.
   */
  readonly added: readonly Gap[];
}

/**
 * Searches for a proof that `outer` accepts every value that `inner` accepts. A proof is always correct, apart from the
 * assumption of {@link Inclusion.added}. The search may fail although no counterexample exists.
 */
export function findInclusion(inner: Side, outer: Side, path: string): Inclusion {
  const definitions = new Map([...inner.definitions, ...outer.definitions]);
  const proof = new Proof(definitions, true);
  const outside: JsonSchema = outer.schemas.length === 1 ? (outer.schemas[0] ?? true) : { allOf: outer.schemas };
  const gap = proof.ofSchemas(inner.schemas, outside, path);
  return { ...(gap === undefined ? {} : { gap }), added: proof.added };
}

/** Number of steps after which the search ends, so that every comparison terminates. */
const mostSteps = 200_000;

/** Largest depth of nested proofs. */
const deepestProof = 4;

/** Largest number of values of a discriminating property that are checked one by one. */
const mostCases = 50;

class Proof implements Prover {
  readonly definitions: Definitions;
  readonly acceptance: Acceptance;
  readonly ignoresAdded: boolean;
  /** Pairs that are being proven or were proven. Data is finite, so a proof may use its own claim one level deeper. */
  readonly #assumed = new Map<string, { readonly path: string; gap?: Gap }>();
  readonly #added = new Map<string, Gap>();
  /** Number of proofs around this one. */
  readonly #depth: number;
  #steps = 0;

  constructor(definitions: Definitions, ignoresAdded: boolean, acceptance = new Acceptance(definitions), depth = 0) {
    this.definitions = definitions;
    this.ignoresAdded = ignoresAdded;
    this.acceptance = acceptance;
    this.#depth = depth;
  }

  get added(): readonly Gap[] {
    return [...this.#added.values()];
  }

  add(gap: Gap): void {
    this.#added.set(gap.path, gap);
  }

  /** Proves inclusion for all values that satisfy every schema of `inner`. Each call must be for another part of the data. */
  ofSchemas(inner: Conjunction, outer: JsonSchema, path: string): Gap | undefined {
    if (outer === true || (isSchemaObject(outer) && Object.keys(outer).length === 0)) return undefined;
    const key = `${canonical(inner)} ${canonical(outer)}`;
    const known = this.#assumed.get(key);
    if (known !== undefined) return movedGap(known.gap, known.path, path);
    const entry: { readonly path: string; gap?: Gap } = { path };
    const before = this.#assumed.size;
    this.#assumed.set(key, entry);
    const ways = waysOf(inner, this.definitions).filter((shape) => !isEmpty(shape, this.definitions));
    const mentioned = mentionedNames(inner, this.definitions);
    const gap = firstOf(ways, (shape) => this.#ofShape(shape, outer, { path, mentioned, within: [] }));
    if (gap === undefined) return undefined;
    entry.gap = gap;
    // Later proofs may depend on the assumption that has just failed.
    for (const [other, { gap: found }] of [...this.#assumed].slice(before)) {
      if (found === undefined) this.#assumed.delete(other);
    }
    return gap;
  }

  #ofShape(shape: Shape, outer: JsonSchema, at: Within): Gap | undefined {
    this.#steps += 1;
    if (this.#steps > mostSteps)
      return { path: at.path, reason: 'the schemas are too large to be compared completely' };
    if (outer === true) return undefined;
    if (outer === false) return { path: at.path, reason: 'nothing is valid here' };
    if (shape.sources.some((source) => isSameSchema(source, outer, this.definitions))) return undefined;
    if (shape.values !== undefined) return this.#ofValues(shape, shape.values, outer, at);
    return (
      this.#ofReference(shape, outer, at) ??
      asGap(gapOfType(shape, outer) ?? gapOfScalar(shape, outer), at) ??
      gapOfObject(this, shape, outer, at) ??
      gapOfArray(this, shape, outer, at) ??
      firstOf(schemaList(outer.allOf), (part) => this.#ofShape(shape, part, at)) ??
      this.#ofAlternatives(shape, outer, at) ??
      this.#ofNot(shape, outer, at) ??
      this.#ofCondition(shape, outer, at) ??
      this.#ofUnevaluated(shape, outer, at)
    );
  }

  #ofValues(shape: Shape, values: readonly JsonValue[], outer: SchemaObject, { path }: Within): Gap | undefined {
    return firstOf(values, (value) => {
      if (this.acceptance.accepts(outer, value) === true) return undefined;
      // A value that the inner schema refuses for another reason is not a counterexample.
      if (shape.sources.some((source) => this.acceptance.accepts(source, value) === false)) return undefined;
      return { path, reason: `${JSON.stringify(value)} is not valid` };
    });
  }

  #ofReference(shape: Shape, { $ref }: SchemaObject, at: Within): Gap | undefined {
    if (typeof $ref !== 'string') return undefined;
    const name = referredName($ref);
    const target = this.definitions.get(name);
    if (target === undefined || at.within.includes(name)) return { path: at.path, reason: `${$ref} refers to itself` };
    return this.#ofShape(shape, target, { ...at, within: [...at.within, name] });
  }

  /** Proves inclusion for the values of a shape that also satisfy further schemas. */
  ofNarrowed(shape: Shape, further: Conjunction, outer: JsonSchema, at: Within): Gap | undefined {
    const ways = further.reduce<readonly Shape[]>(
      (shapes, schema) => shapes.flatMap((each) => narrow(each, schema, this.definitions)),
      [shape],
    );
    const possible = ways.filter((each) => !isEmpty(each, this.definitions));
    return firstOf(possible, (each) => this.#ofShape(each, outer, at));
  }

  #ofAlternatives(shape: Shape, outer: SchemaObject, at: Within): Gap | undefined {
    for (const keyword of choiceKeywords) {
      const value = outer[keyword];
      if (value === undefined) continue;
      if (shape.sources.some((source) => isSameKeyword(keyword, source[keyword], value, this.definitions))) continue;
      const branches = schemaList(value);
      const gap = keyword === 'anyOf' ? this.#ofAny(shape, branches, at) : this.#ofExactlyOne(shape, branches, at);
      if (gap === undefined) continue;
      const cases = this.#casesOf(shape);
      const isProven =
        cases.length > 0 && cases.every((each) => this.#ofShape(each, { [keyword]: value }, at) === undefined);
      if (!isProven) return gap;
    }
    return undefined;
  }

  #ofAny(shape: Shape, branches: readonly JsonSchema[], at: Within): Gap | undefined {
    const gaps: Gap[] = [];
    for (const branch of branches) {
      const gap = this.#ofShape(shape, branch, at);
      if (gap === undefined) return undefined;
      // The alternative that fits best has the deepest gap.
      if (!isDisjoint(shape, branch, this.definitions)) gaps.push(gap);
    }
    const [best] = gaps.sort((a, b) => b.path.length - a.path.length);
    return best ?? { path: at.path, reason: 'it may match none of the alternatives' };
  }

  #ofExactlyOne(shape: Shape, branches: readonly JsonSchema[], at: Within): Gap | undefined {
    const fitting = branches.find((branch) => this.#ofShape(shape, branch, at) === undefined);
    if (fitting === undefined) return this.#ofAny(shape, branches, at);
    const overlapping = branches.find((branch) => branch !== fitting && !this.#cannotBe(shape, branch));
    return overlapping === undefined ? undefined : { path: at.path, reason: 'it may match two of the alternatives' };
  }

  /** True if it is certain that no value of a shape satisfies a schema, directly or because another `oneOf` branch excludes it. */
  #cannotBe(shape: Shape, schema: JsonSchema): boolean {
    if (isDisjoint(shape, schema, this.definitions)) return true;
    return shape.picks.some(({ alternatives, index }) =>
      alternatives.some((other, at) => at !== index && this.includes(other, schema)),
    );
  }

  /** The shape once for each value of a required property with few values, because such a property often selects the alternative. */
  #casesOf(shape: Shape): readonly Shape[] {
    if (shape.type !== 'object') return [];
    for (const name of shape.required) {
      const ways = waysOf(propertyAt(shape, name) ?? [], this.definitions);
      const all = ways.flatMap((way) => way.values ?? (way.type === 'boolean' ? [true, false] : []));
      const values = [...new Map(all.map((value) => [canonical(value), value])).values()];
      const areAll = ways.every((way) => way.values !== undefined || way.type === 'boolean');
      if (!areAll || values.length < 2 || values.length > mostCases) continue;
      return values.flatMap((value) => narrow(shape, { properties: { [name]: { const: value } } }, this.definitions));
    }
    return [];
  }

  #ofNot(shape: Shape, { not }: SchemaObject, { path }: Within): Gap | undefined {
    if (not === undefined || !(isSchemaObject(not) || typeof not === 'boolean')) return undefined;
    if (isDisjoint(shape, not, this.definitions)) return undefined;
    const isGiven = shape.sources.some(
      (source) => source.not !== undefined && this.includes(source.not as JsonSchema, not),
    );
    return isGiven ? undefined : { path, reason: 'the excluded values (`not`) changed' };
  }

  #ofCondition(shape: Shape, outer: SchemaObject, at: Within): Gap | undefined {
    const condition = outer.if;
    if (!isSchemaObject(condition) && typeof condition !== 'boolean') return undefined;
    const positive = (outer.then ?? true) as JsonSchema;
    const negative = (outer.else ?? true) as JsonSchema;
    const given = shape.sources.find((source) => isSameKeyword('if', source.if, condition, this.definitions));
    const then = given?.then === undefined ? [] : [given.then as JsonSchema];
    const otherwise = given?.else === undefined ? [] : [given.else as JsonSchema];
    return (
      this.ofNarrowed(shape, [condition, ...then], positive, at) ??
      // `else` does not apply to values that certainly satisfy the condition.
      (negative !== true && this.#ofShape(shape, condition, at) !== undefined
        ? this.ofNarrowed(shape, otherwise, negative, at)
        : undefined)
    );
  }

  /** `unevaluated…` restricts at most properties and items that the schema, its parts and its references do not describe. */
  #ofUnevaluated(shape: Shape, outer: SchemaObject, at: Within): Gap | undefined {
    const { unevaluatedProperties: others, unevaluatedItems: items } = outer;
    if (shape.type === 'array' && items !== undefined && items !== true) {
      return { path: at.path, reason: 'items that no other keyword describes (`unevaluatedItems`) are restricted' };
    }
    if (shape.type !== 'object' || others === undefined || others === true) return undefined;
    const parts = this.#partsOf(outer);
    const properties = Object.fromEntries(parts.flatMap(describedBy).map((name) => [name, true]));
    const patterns = parts.flatMap((part) =>
      Object.keys(schemaMap(part.patternProperties)).map((name) => [name, true]),
    );
    if (parts.some((part) => part.additionalProperties !== undefined)) return undefined;
    const restricted = { properties, patternProperties: Object.fromEntries(patterns), additionalProperties: others };
    return gapOfProperties(this, shape, restricted, at);
  }

  /** A schema with those that always apply with it. */
  #partsOf(schema: JsonSchema, seen: ReadonlySet<JsonSchema> = new Set()): readonly SchemaObject[] {
    if (!isSchemaObject(schema) || seen.has(schema)) return [];
    const further = new Set([...seen, schema]);
    const target = typeof schema.$ref === 'string' ? this.definitions.get(referredName(schema.$ref)) : undefined;
    const parts = [...schemaList(schema.allOf), ...(target === undefined ? [] : [target])];
    return [schema, ...parts.flatMap((part) => this.#partsOf(part, further))];
  }

  /** True if `inner` is certainly included in `outer`. Used within a proof; no property is assumed to be absent. */
  includes(outer: JsonSchema, inner: JsonSchema): boolean {
    if (this.#depth >= deepestProof) return false;
    const proof = new Proof(this.definitions, false, this.acceptance, this.#depth + 1);
    proof.#steps = this.#steps;
    const isIncluded = proof.ofSchemas([inner], outer, '$') === undefined;
    this.#steps = proof.#steps;
    return isIncluded;
  }
}

function asGap(reason: string | undefined, { path }: Within): Gap | undefined {
  return reason === undefined ? undefined : { path, reason };
}

/** A gap that was found before for the same schemas, moved to another path. */
function movedGap(gap: Gap | undefined, from: string, to: string): Gap | undefined {
  if (gap === undefined || !gap.path.startsWith(from)) return gap;
  return { ...gap, path: `${to}${gap.path.slice(from.length)}` };
}
