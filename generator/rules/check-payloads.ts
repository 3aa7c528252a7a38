import type { BuiltModel } from '../build/build-model.js';
import type { Problem } from '../support/errors.js';
import type { SchemaChecks } from '../validators/schema-checks.js';

/** Payloads that are not a valid JSON Schema, so that no validator can be compiled. */
export function checkSchemas(
  { model, placeOf }: Pick<BuiltModel, 'model' | 'placeOf'>,
  checks: SchemaChecks,
): Problem[] {
  return model.events.flatMap(({ payload, key, source }) => {
    const reason = checks.errorOf(payload);
    if (reason === undefined) return [];
    const message = `the payload of ${key} is not a JSON Schema: ${reason}`;
    return [
      { code: 'SCHEMA_INVALID', severity: 'error', ...placeOf(source), message, hint: 'correct the schema' } as const,
    ];
  });
}
