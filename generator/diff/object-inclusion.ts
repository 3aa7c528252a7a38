import type { JsonSchema } from '../model/event-model.js';
import { isSchemaObject, type SchemaObject, schemaMap } from '../model/json-schema.js';
import { type Conjunction, matches, type Shape } from '../model/shape.js';
import { areEmpty, propertyAt } from './emptiness.js';
import { firstOf, type Gap, type Prover, type Within } from './prover.js';

/** The first reason why an object of a shape may violate a schema. */
export function gapOfObject(proof: Prover, shape: Shape, outer: SchemaObject, at: Within): Gap | undefined {
  if (shape.type !== 'object') return undefined;
  const { path } = at;
  const missing = (Array.isArray(outer.required) ? outer.required : []).find(
    (name) => !shape.required.includes(String(name)),
  );
  if (missing !== undefined) return { path, reason: `${String(missing)} may be missing` };
  return (
    gapOfProperties(proof, shape, outer, at) ??
    gapOfPropertyCount(shape, outer, at) ??
    gapOfPropertyNames(proof, shape, outer, at) ??
    gapOfDependencies(proof, shape, outer, at)
  );
}

/** The first reason why a property of a shape may violate a schema: named, by pattern, or other. */
export function gapOfProperties(proof: Prover, shape: Shape, outer: SchemaObject, at: Within): Gap | undefined {
  const named = schemaMap(outer.properties);
  const patterns = Object.entries(schemaMap(outer.patternProperties));
  const others = outer.additionalProperties;
  const own = [...new Set([...shape.properties.keys(), ...shape.required])];
  const isOther = (name: string) =>
    !Object.hasOwn(named, name) && patterns.every(([pattern]) => matches(pattern, name) === false);
  return (
    firstOf(Object.entries(named), ([name, schema]) => gapOfProperty(proof, shape, name, schema, at)) ??
    firstOf(patterns, ([pattern, schema]) => gapOfPattern(proof, shape, pattern, schema, at)) ??
    (isSchemaObject(others) || others === false
      ? (firstOf(own.filter(isOther), (name) => gapOfProperty(proof, shape, name, others, at)) ??
        gapOfOthers(
          proof,
          shape,
          others,
          patterns.map(([pattern]) => pattern),
          at,
        ))
      : undefined)
  );
}

function gapOfProperty(proof: Prover, shape: Shape, name: string, outer: JsonSchema, at: Within): Gap | undefined {
  const schemas = propertyAt(shape, name);
  const path = `${at.path}.${name}`;
  if (schemas === undefined || outer === true) return undefined;
  const isUnmentioned = schemas.length === 0 && !at.mentioned.has(name) && shape.additional === undefined;
  if (isUnmentioned && proof.ignoresAdded && !areEmpty([outer], proof.definitions)) {
    proof.add({ path, reason: `${name} was added` });
    return undefined;
  }
  return proof.ofSchemas(schemas, outer, path);
}

/** Checks a pattern of the outer schema. Matching names may be described, match other patterns, or be other properties. */
function gapOfPattern(proof: Prover, shape: Shape, pattern: string, outer: JsonSchema, at: Within): Gap | undefined {
  const path = `${at.path}[/${pattern}/]`;
  const same = shape.patternProperties.get(pattern);
  if (same !== undefined) return proof.ofSchemas(same, outer, path);
  const described = [...shape.properties.keys()].filter((name) => matches(pattern, name) !== false);
  const gap =
    firstOf(described, (name) => gapOfProperty(proof, shape, name, outer, at)) ??
    firstOf([...shape.patternProperties.values()], (schemas) => proof.ofSchemas(schemas, outer, path));
  if (gap !== undefined || shape.additional?.includes(false) === true) return gap;
  const isForbidden = areEmpty([outer], proof.definitions);
  if (shape.additional !== undefined || !proof.ignoresAdded || isForbidden)
    return proof.ofSchemas(shape.additional ?? [], outer, path);
  proof.add({ path, reason: `the pattern property ${pattern} was added` });
  return undefined;
}

/** Checks the properties that the inner schema does not name. */
function gapOfOthers(
  proof: Prover,
  shape: Shape,
  outer: JsonSchema,
  patterns: readonly string[],
  { path }: Within,
): Gap | undefined {
  const open = [...shape.patternProperties].filter(([pattern]) => !patterns.includes(pattern));
  const gap = firstOf(open, ([pattern, schemas]) => proof.ofSchemas(schemas, outer, `${path}[/${pattern}/]`));
  if (gap !== undefined || shape.additional?.includes(false) === true) return gap;
  return proof.ofSchemas(shape.additional ?? [], outer, `${path}.*`);
}

function gapOfPropertyCount(
  { limits, required, ...shape }: Shape,
  outer: SchemaObject,
  { path }: Within,
): Gap | undefined {
  const { minProperties, maxProperties } = outer;
  const least = Math.max(limits.get('minProperties') ?? 0, required.length);
  if (typeof minProperties === 'number' && minProperties > least)
    return { path, reason: `minProperties ${minProperties}` };
  const isClosed = shape.additional?.includes(false) === true && shape.patternProperties.size === 0;
  const most = Math.min(limits.get('maxProperties') ?? Infinity, isClosed ? shape.properties.size : Infinity);
  if (typeof maxProperties === 'number' && maxProperties < most)
    return { path, reason: `maxProperties ${maxProperties}` };
  return undefined;
}

function gapOfPropertyNames(
  proof: Prover,
  shape: Shape,
  { propertyNames }: SchemaObject,
  { path }: Within,
): Gap | undefined {
  if (propertyNames === undefined || propertyNames === true) return undefined;
  const reason = 'names of properties are restricted';
  if (!isSchemaObject(propertyNames) && propertyNames !== false) return { path, reason };
  const given = shape.sources.flatMap(({ propertyNames: own }) => (own === undefined ? [] : [own as JsonSchema]));
  const text: Conjunction = [{ type: 'string' }, ...given];
  if (proof.ofSchemas(text, propertyNames, `${path}.*`) === undefined) return undefined;
  const isClosed = shape.additional?.includes(false) === true && shape.patternProperties.size === 0;
  const fits = [...shape.properties.keys()].every((name) => proof.acceptance.accepts(propertyNames, name) === true);
  return isClosed && fits ? undefined : { path, reason };
}

function gapOfDependencies(proof: Prover, shape: Shape, outer: SchemaObject, at: Within): Gap | undefined {
  const { path } = at;
  const names = isSchemaObject(outer.dependentRequired) ? Object.entries(outer.dependentRequired) : [];
  const cannotBe = (name: string) => propertyAt(shape, name) === undefined;
  return (
    firstOf(names, ([name, needed]) => {
      if (cannotBe(name) || !Array.isArray(needed)) return undefined;
      const given = shape.sources.flatMap(({ dependentRequired: own }) =>
        isSchemaObject(own) && Array.isArray(own[name]) ? own[name] : [],
      );
      const missing = needed.find((each) => !shape.required.includes(String(each)) && !given.includes(each));
      return missing === undefined ? undefined : { path, reason: `${name} requires ${String(missing)}` };
    }) ??
    firstOf(Object.entries(schemaMap(outer.dependentSchemas)), ([name, schema]) => {
      if (cannotBe(name)) return undefined;
      const given = shape.sources.flatMap(({ dependentSchemas: own }) => {
        const schema = schemaMap(own)[name];
        return schema === undefined ? [] : [schema];
      });
      return proof.ofNarrowed(shape, given, schema, at);
    })
  );
}
