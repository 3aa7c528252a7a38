import { isMultipleOf } from '@hyvve-events/runtime/codegen';
import { boundOf, limitKeywords } from '../model/keywords.js';
import type { Shape } from '../model/shape.js';
import { type ChangeCode, type ChangeDetail, changeOf } from './change.js';
import { isCheckedFormat } from './scalar-inclusion.js';

/** Changes of ranges, lengths, patterns, formats and of keywords that are compared as text. */
export function compareLimits(old: Shape, now: Shape, path: string): ChangeDetail[] {
  return [
    ...compareBounds(old, now, path),
    ...compareCounts(old, now, path),
    ...compareSets('pattern', old.patterns, now.patterns, path),
    ...compareFormats(old.formats, now.formats, path),
    ...compareOpaque(old, now, path),
  ];
}

/** A bound: its value, and whether the value itself is excluded. */
interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

function compareBounds(old: Shape, now: Shape, path: string): ChangeDetail[] {
  const sides = [
    { inclusive: 'minimum', exclusive: 'exclusiveMinimum', sign: 1 },
    { inclusive: 'maximum', exclusive: 'exclusiveMaximum', sign: -1 },
  ];
  return sides.flatMap(({ inclusive, exclusive, sign }) => {
    const a = tighterBound(old.limits, inclusive, exclusive, sign);
    const b = tighterBound(now.limits, inclusive, exclusive, sign);
    const order = tightness(b, sign) - tightness(a, sign) || Number(b?.isExclusive ?? 0) - Number(a?.isExclusive ?? 0);
    return order === 0 || Number.isNaN(order) ? [] : [limitChange(order, inclusive, a?.value, b?.value, path)];
  });
}

/** The tighter of an inclusive and an exclusive bound. */
function tighterBound(limits: Shape['limits'], inclusive: string, exclusive: string, sign: number): Bound | undefined {
  const within = limits.get(inclusive);
  const beyond = limits.get(exclusive);
  if (beyond !== undefined && (within === undefined || sign * beyond >= sign * within)) {
    return { value: beyond, isExclusive: true };
  }
  return within === undefined ? undefined : { value: within, isExclusive: false };
}

function tightness(bound: Bound | undefined, sign: number): number {
  return bound === undefined ? Number.NEGATIVE_INFINITY : sign * bound.value;
}

/** Limits of lengths and counts: 1 if a larger number accepts fewer values, -1 if it accepts more. Lower limits come first. */
const counts = (['string', 'array', 'object'] as const)
  .flatMap(limitKeywords)
  .map((keyword) => [keyword, boundOf(keyword) === 'upper' ? -1 : 1] as const)
  .sort(([, a], [, b]) => b - a);

function compareCounts(old: Shape, now: Shape, path: string): ChangeDetail[] {
  const found = counts.flatMap(([keyword, sign]) => {
    const a = old.limits.get(keyword);
    const b = now.limits.get(keyword);
    if (a === b) return [];
    const order = a === undefined ? 1 : b === undefined ? -1 : sign * (b - a);
    return [limitChange(order, keyword, a, b, path)];
  });
  const a = old.limits.get('multipleOf');
  const b = now.limits.get('multipleOf');
  if (a === b) return found;
  if (a === undefined || b === undefined) {
    return [...found, limitChange(a === undefined ? 1 : -1, 'multipleOf', a, b, path)];
  }
  if (isMultipleOf(b, a) || isMultipleOf(a, b)) {
    return [...found, limitChange(isMultipleOf(b, a) ? 1 : -1, 'multipleOf', a, b, path)];
  }
  return [...found, changeOf('CONSTRAINT_CHANGED', `multipleOf ${a} became ${b}`, path)];
}

function limitChange(
  order: number,
  keyword: string,
  old: number | undefined,
  now: number | undefined,
  path: string,
): ChangeDetail {
  const code: ChangeCode = order > 0 ? 'CONSTRAINT_TIGHTENED' : 'CONSTRAINT_LOOSENED';
  const show = (value: number | undefined) => (value === undefined ? 'none' : String(value));
  return changeOf(code, `${keyword} ${show(old)} became ${show(now)}`, path);
}

function compareSets(keyword: string, old: readonly string[], now: readonly string[], path: string): ChangeDetail[] {
  const removed = old.filter((each) => !now.includes(each));
  const added = now.filter((each) => !old.includes(each));
  if (removed.length === 0 && added.length === 0) return [];
  const code: ChangeCode =
    removed.length === 0 ? 'CONSTRAINT_TIGHTENED' : added.length === 0 ? 'CONSTRAINT_LOOSENED' : 'CONSTRAINT_CHANGED';
  return [changeOf(code, `${keyword} ${removed.join(', ') || 'none'} became ${added.join(', ') || 'none'}`, path)];
}

/** Changes of formats. Formats that the validators do not check are ignored. */
function compareFormats(old: readonly string[], now: readonly string[], path: string): ChangeDetail[] {
  const removed = old.filter((each) => isCheckedFormat(each) && !now.includes(each));
  const added = now.filter((each) => isCheckedFormat(each) && !old.includes(each));
  if (removed.length === 0 && added.length === 0) return [];
  if (removed.length === 0) return [changeOf('FORMAT_ADDED', `the format ${added.join(', ')} is now required`, path)];
  if (added.length === 0)
    return [changeOf('FORMAT_REMOVED', `the format ${removed.join(', ')} is no longer required`, path)];
  // Every int32 is also an int64.
  if (removed.join() === 'int64' && added.join() === 'int32')
    return [changeOf('FORMAT_ADDED', 'the format int32 is now required', path)];
  if (removed.join() === 'int32' && added.join() === 'int64') {
    return [changeOf('FORMAT_REMOVED', 'the format int32 is no longer required', path)];
  }
  return [changeOf('FORMAT_CHANGED', `format ${removed.join(', ')} became ${added.join(', ')}`, path)];
}

/** Keywords that are compared as text: an added keyword is a tighter constraint, a removed one a looser constraint. */
function compareOpaque(old: Shape, now: Shape, path: string): ChangeDetail[] {
  const keywords = [...new Set([...old.opaque.keys(), ...now.opaque.keys()])];
  return keywords.flatMap((keyword) => {
    const isNew = !old.opaque.has(keyword);
    // The effect of a changed keyword is decided by `findInclusion`, which also follows references.
    if (!isNew && now.opaque.has(keyword)) return [];
    if (isNew) return [changeOf('CONSTRAINT_TIGHTENED', `${keyword} was added`, path)];
    return [changeOf('CONSTRAINT_LOOSENED', `${keyword} was removed`, path)];
  });
}
