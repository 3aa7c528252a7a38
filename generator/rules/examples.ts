import type { EventModelEntry, JsonValue } from '../model/event-model.js';
import { violationsOf } from '../validators/evaluate.js';
import type { CheckedCatalog, Finding, Rule } from './rule.js';

/** If an example does not match its schema, one of the two is wrong. */
export const exampleInvalid: Rule = {
  code: 'EXAMPLE_INVALID',
  severity: 'error',
  *check(catalog): Iterable<Finding> {
    const { model, placeInExample, validatorOf } = catalog;
    for (const { type, key, payload, examples, guessed } of model.events) {
      if (examples.length === 0) continue;
      const validate = validatorOf(payload);
      for (const [index, example] of examples.entries()) {
        if (validate === undefined || validate(example.data) === true) continue;
        const which = example.name === undefined ? `example ${index + 1}` : `example ${example.name}`;
        for (const { instancePath, message = 'is wrong', params } of validate.errors ?? []) {
          const problem = `${instancePath || 'it'} ${message}${detailOf(params)}`;
          yield {
            place: placeInExample(type, index, instancePath),
            message: `${which} of ${key} breaks its schema ${payload}: ${problem}`,
            hint: 'correct the example or the schema',
            about: [type, key, payload],
            ...(isForeign({ type, guessed }) ? { severity: 'warning' as const } : {}),
          };
        }
      }
    }
    yield* ofHeaders(catalog);
    yield* withinSchemas(catalog);
  },
};

/** Accepts documents that were written for other tools. */
function isForeign({ type, guessed }: Pick<EventModelEntry, 'type' | 'guessed'>): boolean {
  return guessed.includes('type') || !type.includes('.');
}

/** The headers of messages' examples. */
function* ofHeaders({ model, headerExamples }: CheckedCatalog): Iterable<Finding> {
  const schemas = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  for (const { event, schema, which, value, placeOf } of headerExamples()) {
    for (const { pointer, message } of violationsOf(value, schemas.get(schema) ?? true, (name) => schemas.get(name))) {
      yield {
        place: placeOf(pointer),
        message: `the headers of ${which} of ${event.key} break their schema ${schema}: ${pointer || 'they'} ${message}`,
        hint: 'correct the example or the schema',
        about: [event.type, event.key, schema],
        ...(isForeign(event) ? { severity: 'warning' as const } : {}),
      };
    }
  }
}

/** The `examples`, the `example` and the `default` of schemas, wherever they are. */
function* withinSchemas({ model, visited, placeOf }: CheckedCatalog): Iterable<Finding> {
  const schemas = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const areForeign = model.events.every(isForeign);
  for (const { schema, owner, source, pointer } of visited) {
    const { examples, example, default: usual } = schema;
    const written: (readonly [name: string, at: string, value: JsonValue])[] = [];
    if (Array.isArray(examples)) {
      written.push(...examples.map((value, index) => [`example ${index + 1}`, `examples/${index}`, value] as const));
    }
    if (example !== undefined) written.push(['the example', 'example', example]);
    if (usual !== undefined) written.push(['the default', 'default', usual]);
    for (const [name, at, value] of written) {
      for (const { pointer: within, message } of violationsOf(value, schema, (name) => schemas.get(name))) {
        const where = pointer === '' ? owner : `${owner}${pointer}`;
        yield {
          place: placeOf(source, `${pointer}/${at}${within}`),
          message: `${name} of ${where} breaks its schema: ${within || 'it'} ${message}`,
          hint: 'correct the example or the schema',
          about: [owner],
          ...(areForeign ? { severity: 'warning' as const } : {}),
        };
      }
    }
  }
}

/** Details that ajv's message omits: the allowed values, the additional property. */
function detailOf(params: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(params.allowedValues)) return ` (${params.allowedValues.map(String).join(', ')})`;
  if (typeof params.additionalProperty === 'string') return ` (${params.additionalProperty})`;
  return '';
}
