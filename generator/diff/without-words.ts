/** Keywords that validate nothing. */
const words = new Set(['title', 'description', 'examples', 'example', 'default', '$comment', 'externalDocs']);

/** A schema without what validates nothing. Names of properties are no keywords. */
export function withoutWords<T>(value: T, isMap = false): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutWords(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => isMap || !(words.has(key) || key.startsWith('x-')));
  const entries = kept.map(([key, inner]: [string, unknown]) => {
    if (!isMap && (key === 'enum' || key === 'const')) return [key, inner];
    return [key, withoutWords(inner, !isMap && (key === 'properties' || key === 'patternProperties'))];
  });
  return Object.fromEntries(entries) as T;
}
