import type { AnyEventDefinition, Validate, ValidationError } from '@hyvve-events/runtime';
import { Ajv, type ValidateFunction } from 'ajv';
import { fastFormats } from 'ajv-formats/dist/formats.js';
import type { Catalog, CatalogEvent } from './catalog.js';

const root = 'catalog';

/** What a reader that is older than its publisher lets pass. */
const unknownProperties = new Set(['additionalProperties', 'unevaluatedProperties']);

/** The catalog's events as the runtime takes them; a type's schema is compiled when it is first needed. */
export function definitionsOf(catalog: Catalog): readonly AnyEventDefinition[] {
  const ajv = new Ajv({ allErrors: true, strict: false, validateSchema: false, unicodeRegExp: false });
  for (const [name, format] of Object.entries(fastFormats)) ajv.addFormat(name, format);
  ajv.addSchema({ $id: root, $defs: Object.fromEntries(catalog.schemas) });
  return [...catalog.events.values()].map((event) => definitionOf(event, ajv));
}

function definitionOf({ type, key, version, domain, payload }: CatalogEvent, ajv: Ajv): AnyEventDefinition {
  let compiled: ValidateFunction | undefined;
  const validate = ((data: unknown, tolerant = false): data is unknown => {
    compiled ??= ajv.compile({ $ref: `${root}#/$defs/${payload}` });
    const passed = compiled(data);
    const found = (compiled.errors ?? []).filter(({ keyword }) => !tolerant || !unknownProperties.has(keyword));
    validate.errors = passed || found.length === 0 ? null : (found as readonly ValidationError[]);
    return validate.errors === null;
  }) as Validate<unknown>;
  validate.errors = null;
  return { type, key, version, domain, validate };
}
