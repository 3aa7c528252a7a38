import type { JsonValue } from '@hyvve-events/catalog-model';

/** Whether a value is the same after it was written as JSON and read again. A value with an object that occurs twice is not. */
export function isExactInJson(value: unknown, seen = new Set<object>()): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || seen.has(value)) return false;
  seen.add(value);
  // Array.from shows the holes of a sparse list.
  if (Array.isArray(value)) return Array.from<unknown>(value).every((item) => isExactInJson(item, seen));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((item) => isExactInJson(item, seen));
}
