import { createAjv, definitionsOf } from './ajv.js';
import type { Problem } from './errors.js';
import type { EventModel } from './model.js';

/** What is wrong with a model that could be built: schemas that are none, examples that break their schema. */
export function checkModel(model: EventModel): Problem[] {
  const problems: Problem[] = [];
  const ajv = createAjv();
  ajv.addSchema({ $id: 'catalog', ...definitionsOf(model.schemas) });
  for (const event of model.events) {
    const at = { severity: 'error', file: event.source.file, line: event.source.line, column: 1 } as const;
    try {
      const validate = ajv.getSchema(`catalog#/$defs/${event.payload}`);
      event.examples.forEach((example, index) => {
        if (validate === undefined || validate(example.data) === true) return;
        const which = example.name ?? `number ${index + 1}`;
        const errors = validate.errors?.map((error) => `${error.instancePath || '(root)'} ${error.message}`).join('; ');
        const message = `example ${which} of ${event.key} breaks its schema: ${errors}`;
        problems.push({ ...at, code: 'EXAMPLE_INVALID', message, hint: 'mend the example or the schema' });
      });
    } catch (error) {
      const message = `the payload of ${event.key} is no JSON Schema: ${error instanceof Error ? error.message : error}`;
      problems.push({ ...at, code: 'SCHEMA_INVALID', message, hint: 'mend the schema' });
    }
  }
  return problems;
}
