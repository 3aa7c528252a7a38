import { holdsInModel, isAnnotation } from '../model/keywords.js';

/** A schema of the model without its annotations. Names of properties are not keywords. */
export function withoutAnnotations<T>(value: T, isMap = false): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutAnnotations(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const remaining = Object.entries(value).filter(([key]) => isMap || !isAnnotation(key));
  const entries = remaining.map(([key, inner]: [string, unknown]) => {
    const kind = isMap ? 'schema' : holdsInModel(key);
    return [key, kind === 'data' ? inner : withoutAnnotations(inner, kind === 'map')];
  });
  return Object.fromEntries(entries) as T;
}
