/** Keywords that validate nothing. */
const annotations = new Set([
  ...['title', 'description', 'examples', 'example', 'default', '$comment', 'externalDocs', 'deprecated'],
  ...['readOnly', 'writeOnly', 'contentEncoding', 'contentMediaType', 'contentSchema'],
]);

/** Whether a keyword validates nothing. */
export function isAnnotation(keyword: string): boolean {
  return annotations.has(keyword) || keyword.startsWith('x-');
}

/** A schema without what validates nothing. Names of properties are no keywords. */
export function withoutAnnotations<T>(value: T, isMap = false): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutAnnotations(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const remaining = Object.entries(value).filter(([key]) => isMap || !isAnnotation(key));
  const entries = remaining.map(([key, inner]: [string, unknown]) => {
    if (!isMap && (key === 'enum' || key === 'const')) return [key, inner];
    return [key, withoutAnnotations(inner, !isMap && namesSchemas.has(key))];
  });
  return Object.fromEntries(entries) as T;
}

const namesSchemas: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas']);
