import type { EventModelEntry, JsonValue } from '@hyvve-events/catalog-model';

/** A property of a JSON object; undefined if it has none with this name, even if every object of JavaScript has one: `toString`. */
export function ownValue(value: Readonly<Record<string, JsonValue>>, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The ordering key of an event with the data of its first example; undefined if it has none. */
export function exampleKey({ examples: [first], orderingKey }: EventModelEntry): string | undefined {
  if (orderingKey === undefined || first === undefined) return undefined;
  let value: JsonValue | undefined = first.data;
  for (const part of orderingKey.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = ownValue(value as Readonly<Record<string, JsonValue>>, part.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
