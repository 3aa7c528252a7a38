import { createAjv, definitionsOf } from './ajv.js';
import type { BuiltModel } from './build-model.js';
import type { Problem } from './errors.js';
import type { EventModel } from './model.js';

/** What is wrong with a model that could be built: schemas that are none, examples that break their schema. */
export function checkModel(model: EventModel, placeInExample: BuiltModel['placeInExample']): Problem[] {
  const problems: Problem[] = [];
  const ajv = createAjv();
  ajv.addSchema({ $id: 'catalog', ...definitionsOf(model.schemas) });
  for (const event of model.events) {
    try {
      const validate = ajv.getSchema(`catalog#/$defs/${event.payload}`);
      event.examples.forEach((example, index) => {
        if (validate === undefined || validate(example.data) === true) return;
        const which = example.name === undefined ? `example ${index + 1}` : `example ${example.name}`;
        for (const { instancePath, message = 'is wrong', params } of validate.errors ?? []) {
          const place = placeInExample(event.type, index, instancePath);
          const what = `${instancePath || 'it'} ${message}${detailOf(params)}`;
          problems.push({
            ...{ code: 'EXAMPLE_INVALID', severity: 'error', ...place },
            message: `${which} of ${event.key} breaks its schema ${event.payload}: ${what}`,
            hint: 'mend the example or the schema',
          });
        }
      });
    } catch (error) {
      const message = `the payload of ${event.key} is no JSON Schema: ${error instanceof Error ? error.message : error}`;
      const { file, line } = event.source;
      problems.push({
        code: 'SCHEMA_INVALID',
        severity: 'error',
        file,
        line,
        column: 1,
        message,
        hint: 'mend the schema',
      });
    }
  }
  return problems;
}

/** What ajv's message leaves out: which values were allowed, which property was too much. */
function detailOf(params: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(params.allowedValues)) return ` (${params.allowedValues.map(String).join(', ')})`;
  if (typeof params.additionalProperty === 'string') return ` (${params.additionalProperty})`;
  return '';
}
