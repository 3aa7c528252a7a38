import type { JsonValue } from '@hyvve-events/catalog-model';

/** A property of a JSON object; undefined if it has none with this name, even if every object of JavaScript has one: `toString`. */
export function ownValue(value: Readonly<Record<string, JsonValue>>, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
