import { isSchemaObject } from '../model/json-schema.js';
import { pointerOf } from '../source/document-store.js';
import type { Finding, Rule } from './rule.js';
import type { Resolve } from './walk-schema.js';

/** Descriptions become the JSDoc of the SDK and the event docs. */
export const descriptionMissing: Rule = {
  code: 'DESCRIPTION_MISSING',
  severity: 'warning',
  *check({ model, visited, resolve, placeOf }) {
    for (const { type, summary, description, key, source } of model.events) {
      if (summary !== undefined || description !== undefined) continue;
      yield {
        place: placeOf(source),
        message: `${key} has neither summary nor description`,
        hint: 'add a `summary` that states what happened',
        about: [type, key],
      };
    }
    for (const { schema, owner, source, pointer } of visited) {
      if (!isSchemaObject(schema.properties)) continue;
      const undescribed = Object.entries(schema.properties).filter(([, value]) => !isDescribed(resolve, value));
      const [first] = undescribed;
      if (first === undefined) continue;
      yield {
        place: placeOf(source, pointer + pointerOf(['properties', first[0]])),
        message: `${count(undescribed.length, 'property', 'properties')} of ${owner} without description: ${names(undescribed)}`,
        hint: 'add a `description` with the meaning of the value and its unit',
        about: [owner],
      };
    }
  },
};

/** Examples are shown in the docs, and they become the samples of the SDK. */
export const exampleMissing: Rule = {
  code: 'EXAMPLE_MISSING',
  severity: 'warning',
  *check({ model, placeOf }): Iterable<Finding> {
    for (const { type, key, examples, source, reply } of model.events) {
      if (examples.length > 0 || reply) continue;
      yield {
        place: placeOf(source),
        message: `${key} has no example`,
        hint: `add \`examples\` to the message; \`hyvve-events sample ${type}\` prints one to start from`,
        about: [type, key],
      };
    }
  },
};

function isDescribed(resolve: Resolve, value: unknown): boolean {
  if (!isSchemaObject(value)) return true;
  const { description, title, const: only } = value;
  return (description ?? title ?? only ?? resolve(value).description) !== undefined;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function names(entries: readonly (readonly [string, unknown])[]): string {
  const shown = entries.slice(0, 6).map(([name]) => name);
  return `${shown.join(', ')}${entries.length > shown.length ? ', …' : ''}`;
}
