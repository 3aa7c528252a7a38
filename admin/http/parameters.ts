import { matchesPattern } from '@hyvve-events/runtime';
import type { Catalog } from '../catalog/catalog.js';
import { nearest } from '../catalog/nearest.js';
import { AdminError } from '../errors.js';

/**
 * Reads the times of a range.
 * @param place Of the parameters, `query` or `body`.
 * @throws AdminError `RANGE_INVALID` when it ends before it starts
 */
export function readRange(
  from: string | undefined,
  to: string | undefined,
  [fromField, toField]: readonly [string, string] = ['query.from', 'query.to'],
): { readonly from: Date | undefined; readonly to: Date | undefined } {
  const range = { from: readTime(from, fromField), to: readTime(to, toField) };
  if (range.from !== undefined && range.to !== undefined && range.to < range.from) {
    const expected = `must not be before ${fromField}`;
    throw new AdminError('RANGE_INVALID', `${toField} ${expected}`, { field: toField, expected });
  }
  return range;
}

/** A time the schema has passed; it may still be none, such as the 61st second of a minute. */
function readTime(text: string | undefined, field: string): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new AdminError('PARAMETER_INVALID', `${field} must be a time`, {
    field,
    expected: 'must be a time of ISO 8601',
  });
}

/** A type as the catalog has it. @throws AdminError `TYPE_UNKNOWN` with the nearest ones */
export function knownType(catalog: Catalog, type: string | undefined, field: string): string | undefined {
  if (type === undefined || catalog.events.has(type)) return type;
  throw unknownType(catalog, type, field);
}

/** A type, or a pattern that at least one type fits. @throws AdminError `TYPE_UNKNOWN` with the nearest ones */
export function knownPattern(catalog: Catalog, pattern: string, field: string): string {
  if (pattern === '*' || catalog.events.has(pattern)) return pattern;
  if (pattern.endsWith('.*')) {
    for (const type of catalog.events.keys()) if (matchesPattern(pattern, type)) return pattern;
  }
  throw unknownType(catalog, pattern, field);
}

function unknownType(catalog: Catalog, type: string, field: string): AdminError {
  const near = nearest(type, catalog.events.keys());
  const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
  const expected = "must be a type of the catalog's";
  return new AdminError('TYPE_UNKNOWN', `${field}: the catalog has no event ${type}${hint}`, {
    field,
    expected,
    nearest: near,
  });
}
