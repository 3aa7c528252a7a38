import type { JsonValue, UpcastStep } from '@hyvve-events/catalog-model';

type JsonObject = Readonly<Record<string, JsonValue>>;

/** The data of the next version, by the steps of a derived conversion. */
export function convertByStep(data: JsonObject, steps: readonly UpcastStep[]): JsonObject {
  const entries = steps.flatMap((step): (readonly [string, JsonValue])[] => {
    if (step.do === 'drop') return [];
    if (step.do === 'set') return [[step.name, step.value]];
    const from = step.do === 'rename' ? step.from : step.name;
    const value = Object.hasOwn(data, from) ? data[from] : step.default;
    return value === undefined ? [] : [[step.name, value]];
  });
  return Object.fromEntries(entries);
}
