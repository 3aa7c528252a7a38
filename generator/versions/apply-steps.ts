import type { JsonValue, UpcastStep } from '../model/event-model.js';
import { isSchemaObject } from '../model/json-schema.js';

/** Converts data by derived steps, as the generated function does. */
export function applySteps(steps: readonly UpcastStep[], data: JsonValue): JsonValue {
  const old = isSchemaObject(data) ? data : {};
  const entries = steps.flatMap((step): [string, JsonValue][] => {
    if (step.do === 'drop') return [];
    if (step.do === 'set') return [[step.name, step.value]];
    const from = step.do === 'rename' ? step.from : step.name;
    if (Object.hasOwn(old, from)) return [[step.name, old[from] ?? null]];
    return step.default === undefined ? [] : [[step.name, step.default]];
  });
  return Object.fromEntries(entries);
}
