/** Replaces a value that a role must not see. */
export const mask = '•••';

/** JSON paths where data contains {@link mask}, because it was copied from a masked answer. */
export function maskedPaths(data: unknown, path = '$'): string[] {
  if (data === mask) return [path];
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) =>
    maskedPaths(value, Array.isArray(data) ? `${path}[${name}]` : `${path}.${name}`),
  );
}
