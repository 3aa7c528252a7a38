import type { CompiledValidators, SchemaCheck } from './compile-validators.js';

/** The checks of a model's payloads, each compiled once, when it is first needed. */
export interface SchemaChecks {
  /** The check of a payload; undefined if it is not a JSON Schema. */
  readonly validatorOf: (name: string) => SchemaCheck | undefined;
  /** The error in the schema of a payload; undefined if it is valid. */
  readonly errorOf: (name: string) => string | undefined;
}

/** Makes the checks of a model's payloads. */
export function createSchemaChecks(validators: CompiledValidators): SchemaChecks {
  const compiled = new Map<string, SchemaCheck | string>();
  const compile = (name: string): SchemaCheck | string => {
    let result = compiled.get(name);
    if (result === undefined) {
      try {
        result = validators.checkOf(name) ?? `there is no schema ${name}`;
      } catch (error) {
        result = error instanceof Error ? error.message : String(error);
      }
      compiled.set(name, result);
    }
    return result;
  };
  return {
    validatorOf: (name) => {
      const result = compile(name);
      return typeof result === 'string' ? undefined : result;
    },
    errorOf: (name) => {
      const result = compile(name);
      return typeof result === 'string' ? result : undefined;
    },
  };
}
