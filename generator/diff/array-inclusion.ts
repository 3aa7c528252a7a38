import type { JsonSchema } from '../model/event-model.js';
import { isSchemaObject, type SchemaObject, schemaList } from '../model/json-schema.js';
import type { Conjunction, Shape } from '../model/shape.js';
import { areEmpty, itemAt } from './emptiness.js';
import { firstOf, type Gap, type Prover, type Within } from './prover.js';
import { isSameKeyword } from './same-schema.js';
import { numberOf } from './scalar-inclusion.js';

/** The first reason why an array of a shape may violate a schema. */
export function gapOfArray(proof: Prover, shape: Shape, outer: SchemaObject, { path }: Within): Gap | undefined {
  if (shape.type !== 'array') return undefined;
  const { minItems, maxItems, uniqueItems } = outer;
  const least = shape.limits.get('minItems') ?? 0;
  const most = shape.limits.get('maxItems') ?? Infinity;
  if (typeof minItems === 'number' && minItems > least) return { path, reason: `minItems ${minItems}` };
  if (typeof maxItems === 'number' && maxItems < most) return { path, reason: `maxItems ${maxItems}` };
  if (uniqueItems === true && most > 1 && !shape.limits.has('uniqueItems')) {
    return { path, reason: 'items must be unique' };
  }
  const tuple = schemaList(outer.prefixItems);
  const items = isSchemaObject(outer.items) || outer.items === false ? outer.items : true;
  const length = Math.min(most, Math.max(tuple.length, shape.prefixItems.length));
  const indexes = Array.from({ length }, (_, index) => index);
  return (
    firstOf(indexes, (index) => gapOfItem(proof, itemAt(shape, index), tuple[index] ?? items, `${path}[${index}]`)) ??
    (most <= length ? undefined : gapOfItem(proof, shape.items ?? [], items, `${path}[*]`)) ??
    gapOfContains(proof, shape, outer, path)
  );
}

function gapOfItem(proof: Prover, inner: Conjunction, outer: JsonSchema, path: string): Gap | undefined {
  if (areEmpty(inner, proof.definitions)) return undefined;
  return proof.ofSchemas(inner, outer, path);
}

function gapOfContains(proof: Prover, { sources }: Shape, outer: SchemaObject, path: string): Gap | undefined {
  const { contains } = outer;
  if (contains === undefined || !(isSchemaObject(contains) || typeof contains === 'boolean')) return undefined;
  const least = numberOf(outer.minContains) ?? 1;
  const most = numberOf(outer.maxContains) ?? Infinity;
  if (least === 0 && most === Infinity) return undefined;
  const isGiven = sources.some((source) => {
    if (source.contains === undefined) return false;
    const isSame = isSameKeyword('contains', source.contains, contains, proof.definitions);
    const isEnough = least === 0 || (numberOf(source.minContains) ?? 1) >= least;
    const isFewEnough = most === Infinity || (isSame && (numberOf(source.maxContains) ?? Infinity) <= most);
    if (!isEnough || !isFewEnough) return false;
    return isSame || proof.includes(contains, source.contains as JsonSchema);
  });
  return isGiven ? undefined : { path, reason: 'the required items (`contains`) changed' };
}
