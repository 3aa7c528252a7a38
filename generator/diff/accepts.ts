import type { JsonSchema, JsonValue } from '../model/event-model.js';
import type { Definitions } from '../model/shape.js';
import { createCheckingAjv, type ValidateFunction } from '../validators/ajv.js';

/** Validates values with schemas. Compiles each schema once. The result is undefined if a schema cannot be compiled. */
export class Acceptance {
  readonly #definitions: Definitions;
  readonly #compiled = new Map<JsonSchema, ValidateFunction | undefined>();

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  accepts(schema: JsonSchema, value: JsonValue): boolean | undefined {
    if (typeof schema === 'boolean') return schema;
    if (!this.#compiled.has(schema)) this.#compiled.set(schema, this.#compile(schema));
    const validate = this.#compiled.get(schema);
    return validate === undefined ? undefined : validate(value) === true;
  }

  #compile(schema: Exclude<JsonSchema, boolean>): ValidateFunction | undefined {
    try {
      return createCheckingAjv().compile({ ...schema, $defs: Object.fromEntries(this.#definitions) });
    } catch {
      return undefined;
    }
  }
}
