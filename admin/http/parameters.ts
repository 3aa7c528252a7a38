import { matchesPattern } from '@hyvve-events/runtime';
import type { Catalog } from '../catalog/catalog.js';
import { nearest } from '../catalog/nearest.js';
import { AdminError } from '../errors.js';

/**
 * Parses a time range.
 * @param fields Names of the two parameters in errors.
 * @throws AdminError `PARAMETER_INVALID`; `RANGE_INVALID` if it ends before it starts
 */
export function readRange(
  from: string | undefined,
  to: string | undefined,
  fields: readonly [from: string, to: string] = ['query.from', 'query.to'],
): { readonly from: Date | undefined; readonly to: Date | undefined } {
  const [fromField, toField] = fields;
  const range = { from: readTime(from, fromField), to: readTime(to, toField) };
  if (range.from !== undefined && range.to !== undefined && range.to < range.from) {
    const expected = `must not be before ${fromField}`;
    throw new AdminError('RANGE_INVALID', `${toField} ${expected}`, { field: toField, expected });
  }
  return range;
}

/** Parses a time. The schema has accepted it, but it may not exist: the 61st second of a minute, for example. */
function readTime(text: string | undefined, field: string): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new AdminError('PARAMETER_INVALID', `${field} must be a time`, {
    field,
    expected: 'must be an ISO 8601 time',
  });
}

/** Returns the type. @throws AdminError `TYPE_UNKNOWN` with similar types if the catalog does not contain it */
export function knownType(catalog: Catalog, type: string | undefined, field: string): string | undefined {
  if (type === undefined || catalog.events.has(type)) return type;
  throw unknownType(catalog, type, field);
}

/** Returns the type or pattern. @throws AdminError `TYPE_UNKNOWN` with similar types if it matches no type of the catalog */
export function knownPattern(catalog: Catalog, pattern: string, field: string): string {
  if (pattern === '*' || catalog.events.has(pattern)) return pattern;
  if (pattern.endsWith('.*')) {
    for (const type of catalog.events.keys()) if (matchesPattern(pattern, type)) return pattern;
  }
  throw unknownType(catalog, pattern, field);
}

function unknownType(catalog: Catalog, type: string, field: string): AdminError {
  const similar = nearest(type, catalog.events.keys());
  const hint = similar.length === 0 ? '' : `; did you mean ${similar.join(' or ')}?`;
  const expected = 'must be an event type of the catalog';
  return new AdminError('TYPE_UNKNOWN', `${field}: the catalog has no event type ${type}${hint}`, {
    field,
    expected,
    nearest: similar,
  });
}
