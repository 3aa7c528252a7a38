import type { JsonSchema, JsonValue, OlderVersionModel, SchemaObject, UpcastStep } from '@hyvve-events/catalog-model';
import type { AnyEventDefinition, OlderVersion, Validate, ValidationError } from '@hyvve-events/runtime';
import {
  defineEvent,
  formats,
  guard,
  guardUnevaluated,
  isMultipleOf,
  limited,
  patternOf,
  readKeyAt,
  repeatedItems,
} from '@hyvve-events/runtime/codegen';
import { type Ajv, str, type ValidateFunction } from 'ajv';
import ajv2020 from 'ajv/dist/2020.js';
import type { Catalog, CatalogEvent } from './catalog.js';
import { convertByStep } from './convert-by-step.js';

const strictly = 'catalog';
const tolerantly = 'tolerant';

/**
 * The catalog's events as definitions for the runtime. The schema of a type is compiled when it is first used. The validators
 * accept the same data as those of the SDK: formats, patterns, `multipleOf` and `uniqueItems` use the same functions.
 * @param sdk The definitions of the SDK, whose written conversions are used. Default: only derived conversions can run.
 */
export function eventDefinitions(
  catalog: Catalog,
  sdk: readonly AnyEventDefinition[] = [],
): readonly AnyEventDefinition[] {
  const hasUnevaluated = JSON.stringify([...catalog.schemas.values()]).includes('"unevaluated');
  const ajv = createAjv(catalog.patternCosts);
  ajv.opts.unevaluated = hasUnevaluated;
  for (const tolerant of [false, true]) {
    const definitions = [...catalog.schemas].map(([name, schema]) => [name, compiledSchema(schema, tolerant)] as const);
    ajv.addSchema({ $id: tolerant ? tolerantly : strictly, $defs: Object.fromEntries(definitions) });
  }
  const written = new Map(sdk.map((definition) => [definition.type, definition]));
  return [...catalog.events.values()].map((event) =>
    definitionOf(event, written.get(event.type), { ajv, guarded: hasUnevaluated ? guardUnevaluated : guard }),
  );
}

/** Appends the errors of an inner schema in place: a copy for each append would take quadratic time. */
const addedInPlace = '$1.reduce((all, error) => { all.push(error); return all; }, vErrors)';

function createAjv(costs: Catalog['patternCosts']): Ajv {
  const expressionOf = (pattern: string) => {
    const cost = costs.get(pattern);
    const expression = patternOf(pattern);
    return cost === undefined ? expression : limited(expression, cost.degree, cost.factor);
  };
  const ajv = new ajv2020.Ajv2020({
    allErrors: true,
    strict: false,
    validateSchema: false,
    logger: false,
    // Inherited properties, such as `constructor`, are not part of the JSON.
    ownProperties: true,
    code: {
      regExp: Object.assign(expressionOf, { code: 'new RegExp' }),
      process: (code) => code.replaceAll(/vErrors\.concat\((\w+\.errors)\)/g, addedInPlace),
    },
  });
  for (const [name, format] of Object.entries(formats)) {
    ajv.addFormat(name, format.type === 'string' ? format.validate : format);
  }
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isRequired: boolean, items: readonly unknown[]) => !isRequired || repeatedItems(items) === undefined,
    error: { message: 'must NOT have duplicate items' },
  });
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (step: number, value: number) => isMultipleOf(value, step),
    error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
  });
  return ajv;
}

function definitionOf(
  event: CatalogEvent,
  written: AnyEventDefinition | undefined,
  { ajv, guarded }: { readonly ajv: Ajv; readonly guarded: typeof guard },
): AnyEventDefinition {
  const { type, key, version, domain, payload, orderingKey, partitionBy } = event;
  const validatorOf = (name: string) => guarded(lazyCheck(name, ajv)) as Validate<unknown>;
  const older = event.older?.map(
    (from): OlderVersion => ({
      major: from.major,
      version: from.version,
      validate: validatorOf(from.payload),
      upcast: from.derived === undefined ? writtenStep(type, from, written) : derivedStep(from.derived),
    }),
  );
  return defineEvent({
    type,
    key,
    version,
    domain,
    validate: validatorOf(payload),
    ...(orderingKey === undefined ? {} : { orderingKey: readKeyAt(orderingKey), orderingKeyAt: orderingKey }),
    ...(partitionBy === undefined ? {} : { partitionBy }),
    ...(older === undefined ? {} : { older }),
  });
}

/** The check of a payload, which is compiled when it is first used. */
function lazyCheck(payload: string, ajv: Ajv) {
  const functions = new Map<string, ValidateFunction>();
  const functionOf = (root: string) => {
    const known = functions.get(root) ?? ajv.compile({ $ref: `${root}#/$defs/${encodeURIComponent(payload)}` });
    functions.set(root, known);
    return known;
  };
  const check = function check(this: { readonly tolerant: boolean }, data: unknown): boolean {
    const compiled = functionOf(this.tolerant ? tolerantly : strictly);
    const valid = compiled(data);
    check.errors = (compiled.errors ?? null) as readonly ValidationError[] | null;
    return valid;
  };
  check.errors = null as readonly ValidationError[] | null;
  return check;
}

function derivedStep(steps: readonly UpcastStep[]): OlderVersion['upcast'] {
  return (data: unknown) => convertByStep(data as Readonly<Record<string, JsonValue>>, steps);
}

/** The function of the SDK. Without the SDK, or with one of another catalog, a function that throws. */
function writtenStep(
  type: string,
  { major, step }: OlderVersionModel,
  written: AnyEventDefinition | undefined,
): OlderVersion['upcast'] {
  const found = written?.older?.find((older) => older.major === major);
  if (found !== undefined) return found.upcast;
  return () => {
    throw new Error(
      `${type}: the conversion ${step} is a written function of the SDK, and the option \`sdk\` names no SDK with it`,
    );
  };
}

const maps = ['properties', 'patternProperties', 'dependentSchemas'];
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const singles = [
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'not',
  'if',
  'then',
  'else',
];

/** The schema in the form that Ajv compiles. @param tolerant Whether properties that the schema does not name are valid. */
function compiledSchema(schema: JsonSchema, tolerant: boolean): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const inner = (value: JsonValue) => compiledSchema(value as JsonSchema, tolerant);
  const innerOf = (keyword: string, value: JsonValue): JsonValue => {
    if (singles.includes(keyword)) return inner(value);
    if (lists.includes(keyword)) return (value as readonly JsonValue[]).map(inner);
    if (!maps.includes(keyword)) return value;
    return Object.fromEntries(Object.entries(value as SchemaObject).map(([name, each]) => [name, inner(each)]));
  };
  const result = new Map(Object.entries(schema).map(([keyword, value]) => [keyword, innerOf(keyword, value)]));
  if (tolerant && schema.additionalProperties === false) result.delete('additionalProperties');
  const condition = result.get('if');
  if (condition !== undefined) {
    // Ajv counts what a condition evaluates as evaluated even if the condition is not met.
    const met = { allOf: [condition, result.get('then') ?? true] };
    const unmet = { allOf: [{ not: condition }, result.get('else') ?? true] };
    for (const keyword of ['if', 'then', 'else']) result.delete(keyword);
    result.set('allOf', [...((result.get('allOf') ?? []) as readonly JsonValue[]), { anyOf: [met, unmet] }]);
  }
  const properties = Object.entries((result.get('properties') ?? {}) as SchemaObject);
  const hidden = properties.find(([name]) => name === '__proto__');
  // Ajv ignores a property of this name, but not a pattern that matches it.
  if (hidden !== undefined) {
    const patterns = (result.get('patternProperties') ?? {}) as SchemaObject;
    result.set('patternProperties', { ...patterns, '^__proto__$': hidden[1] });
  }
  return Object.fromEntries(result);
}
