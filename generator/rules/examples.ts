import type { Finding, Rule } from './rule.js';

/** An example that breaks its schema teaches the wrong thing; either of the two is mistaken. */
export const exampleInvalid: Rule = {
  code: 'EXAMPLE_INVALID',
  severity: 'error',
  *check({ model, placeInExample, validatorOf }): Iterable<Finding> {
    for (const { type, key, payload, examples, guessed } of model.events) {
      // A document that was written for other tools is read all the same.
      const isForeign = guessed.includes('type') || !type.includes('.');
      if (examples.length === 0) continue;
      const validate = validatorOf(payload);
      for (const [index, example] of examples.entries()) {
        if (validate === undefined || validate(example.data) === true) continue;
        const which = example.name === undefined ? `example ${index + 1}` : `example ${example.name}`;
        for (const { instancePath, message = 'is wrong', params } of validate.errors ?? []) {
          const what = `${instancePath || 'it'} ${message}${detailOf(params)}`;
          yield {
            place: placeInExample(type, index, instancePath),
            message: `${which} of ${key} breaks its schema ${payload}: ${what}`,
            hint: 'mend the example or the schema',
            about: [type, key, payload],
            ...(isForeign ? { severity: 'warning' as const } : {}),
          };
        }
      }
    }
  },
};

/** What ajv's message leaves out: which values were allowed, which property was too much. */
function detailOf(params: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(params.allowedValues)) return ` (${params.allowedValues.map(String).join(', ')})`;
  if (typeof params.additionalProperty === 'string') return ` (${params.additionalProperty})`;
  return '';
}
