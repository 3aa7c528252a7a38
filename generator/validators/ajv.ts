import {
  decimalOf,
  formats,
  isMultipleOf,
  isMultipleOfDecimal,
  patternOf,
  repeatedItems,
} from '@hyvve-events/runtime/codegen';
import {
  _,
  Ajv,
  type CodeKeywordDefinition,
  type ErrorObject,
  type KeywordCxt,
  Name,
  type Options,
  str,
  type ValidateFunction,
} from 'ajv';
import ajv2020 from 'ajv/dist/2020.js';
import { callValidateCode, usePattern } from 'ajv/dist/vocabularies/code.js';
import type { JsonSchema, JsonValue, SchemaModel } from '../model/event-model.js';
import { keysOf } from '../source/json-pointer.js';
import type { Cache } from '../support/cache.js';
import { isExactInJson } from '../support/exact-json.js';
import { isTrue } from '../support/memo.js';

export type { Ajv, ErrorObject, ValidateFunction };

const { Ajv2020 } = ajv2020;

/** Names in ajv's generated code that the custom keywords use. */
const names = { this: new Name('this'), vErrors: new Name('vErrors'), errors: new Name('errors') };

/** Replaces `additionalProperties: false` in compiled code: a check that a tolerant reader can switch off. */
export const closedKeyword = 'closed';

/** Replaces a `$ref` to a schema that another module checks: the name of its function there. */
export const externalKeyword = 'external';

/** Checks that an object has no property but those named, unless the validator is called with `this.tolerant`. */
const closed: CodeKeywordDefinition = {
  keyword: closedKeyword,
  type: 'object',
  schemaType: 'object',
  error: {
    message: 'must NOT have additional properties',
    params: ({ params }) => _`{additionalProperty: ${params.additionalProperty}}`,
  },
  code(cxt) {
    const { gen, data, schema } = cxt;
    const { properties, patterns } = schema as { properties: readonly string[]; patterns: readonly string[] };
    gen.if(_`!this.tolerant`, () => {
      gen.forIn('key', data, (key) => {
        const others = [
          ...properties.map((name) => _`${key} !== ${name}`),
          ...patterns.map((pattern) => _`!${usePattern(cxt, pattern)}.test(${key})`),
        ];
        gen.if(
          others.reduce((all, one) => _`${all} && ${one}`, _`true`),
          () => {
            cxt.setParams({ additionalProperty: key });
            cxt.error();
          },
        );
      });
    });
  },
};

/** Calls a function of another module in the same way as ajv calls its own functions. */
function externalOf(functionOf: (name: string) => unknown): CodeKeywordDefinition {
  return {
    keyword: externalKeyword,
    schemaType: 'string',
    code(cxt: KeywordCxt) {
      const { gen } = cxt;
      const name = String(cxt.schema);
      // Names of functions are ASCII in ajv's code; the printer of the module puts the name in place of this one.
      const code = _`${new Name(`external${Buffer.from(name).toString('hex')}`)}`;
      const check = gen.scopeValue('func', { key: name, ref: functionOf(name), code });
      gen.if(_`!${callValidateCode(cxt, check, names.this)}`, () => {
        const errors = _`${check}.errors`;
        gen.assign(names.vErrors, _`${names.vErrors} === null ? ${errors} : ${names.vErrors}.concat(${errors})`);
        gen.assign(names.errors, _`${names.vErrors}.length`);
      });
    },
  };
}

/** `multipleOf` in decimal arithmetic: ajv divides in binary, where 8.7 is not a multiple of 0.01. */
const multipleOf: CodeKeywordDefinition = {
  keyword: 'multipleOf',
  type: 'number',
  schemaType: 'number',
  error: {
    message: ({ schemaCode }) => str`must be multiple of ${schemaCode}`,
    params: ({ schemaCode }) => _`{multipleOf: ${schemaCode}}`,
  },
  code(cxt) {
    const { gen, data } = cxt;
    const step = cxt.schema as number;
    const { digits, scale } = decimalOf(step);
    if (scale === 1n) {
      cxt.fail(_`${data} % ${step} !== 0`);
    } else if (scale <= 10n ** 15n && digits <= BigInt(Number.MAX_SAFE_INTEGER)) {
      const check = helper(gen, { isMultipleOfDecimal });
      cxt.fail(_`!${check}(${data}, ${Number(digits)}, ${Number(scale)})`);
    } else {
      cxt.fail(_`!${helper(gen, { isMultipleOf })}(${data}, ${step})`);
    }
  },
};

/** `uniqueItems` in one pass: ajv compares every pair of items. */
const uniqueItems: CodeKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: {
    message: ({ params: { i, j } }) => str`must NOT have duplicate items (items ## ${j} and ${i} are identical)`,
    params: ({ params: { i, j } }) => _`{i: ${i}, j: ${j}}`,
  },
  code(cxt) {
    const { gen, data, schema } = cxt;
    if (schema !== true) return;
    const pair = gen.const('repeated', _`${helper(gen, { repeatedItems })}(${data})`);
    cxt.setParams({ i: _`${pair}[0]`, j: _`${pair}[1]` });
    cxt.fail(_`${pair} !== undefined`);
  },
};

/** A function that the compiled module imports by its name. The name is a key, because a bundler may rename functions. */
function helper(gen: KeywordCxt['gen'], functions: Readonly<Record<string, unknown>>): Name {
  const [[name, ref] = ['', undefined]] = Object.entries(functions);
  return gen.scopeValue('func', { key: name, ref, code: new Name(name) });
}

/** Puts the names of schemas in place of their codes in compiled code with {@link externalKeyword}. */
export function withExternalNames(code: string, nameOf: (schema: string) => string): string {
  return code.replaceAll(/\bexternal((?:[0-9a-f]{2})+)\b/g, (_match, hex: string) =>
    nameOf(Buffer.from(hex, 'hex').toString()),
  );
}

/** Patterns with the `u` flag, as JSON Schema requires, if they are valid with it. */
const regExp = Object.assign(patternOf, { code: 'new RegExp' });

const common: Options = {
  allErrors: true,
  strict: false,
  validateSchema: false,
  addUsedSchema: false,
  logger: false,
  code: { regExp },
};

export interface StandaloneOptions {
  /** Whether schemas have keywords that only the newest draft has; makes every validator larger. */
  readonly draft2020: boolean;
  /** Whether a schema has `unevaluatedProperties` or `unevaluatedItems`: only then ajv must track what is evaluated. */
  readonly unevaluated: boolean;
  /** Whether only own properties of the data count; makes every validator larger. */
  readonly ownProperties: boolean;
  /** The function that checks a schema of another module. */
  readonly functionOf: (schema: string) => unknown;
}

/** Ajv for compiled validators: with {@link closedKeyword} and {@link externalKeyword}, passing on `this`. */
export function createStandaloneAjv(standalone: StandaloneOptions): Ajv {
  const { draft2020, unevaluated, ownProperties, functionOf } = standalone;
  const options: Options = {
    ...common,
    passContext: true,
    inlineRefs: false,
    ownProperties,
    code: { regExp, source: true, esm: true, lines: false, optimize: 1, formats: _`formats` },
  };
  const ajv: Ajv = draft2020 ? new Ajv2020(options) : new Ajv(options);
  ajv.opts.unevaluated = unevaluated;
  ajv.addKeyword(closed);
  ajv.addKeyword(externalOf(functionOf));
  return withChecks(ajv);
}

/** Adds this project's formats, decimal arithmetic and comparison of items. */
function withChecks(ajv: Ajv): Ajv {
  for (const keyword of [multipleOf, uniqueItems]) {
    ajv.removeKeyword(String(keyword.keyword));
    ajv.addKeyword(keyword);
  }
  for (const [name, format] of Object.entries(formats)) {
    ajv.addFormat(name, format.type === 'string' ? format.validate : format);
  }
  return ajv;
}

/** Ajv for validators that are run in this process, with every keyword and format of compiled validators. */
export function createCheckingAjv(): Ajv {
  return withChecks(new Ajv2020(common));
}

/** One document with the schemas as its `$defs`, so that their references resolve. */
export function schemaDefinitions(schemas: readonly SchemaModel[]): {
  readonly $defs: Readonly<Record<string, JsonSchema>>;
} {
  return { $defs: Object.fromEntries(schemas.map(({ name, schema }) => [name, schema])) };
}

/** The reason why a value is not a JSON Schema. */
export interface SchemaError {
  /** Keys from the schema to the invalid value. */
  readonly keys: readonly string[];
  readonly message: string;
}

/** Checks a value against the meta schema, each object once. Notations of earlier drafts are accepted. */
export function schemaErrors(value: unknown, cache: Cache): readonly SchemaError[] {
  const find = () => {
    const text = isExactInJson(value) ? JSON.stringify(value) : undefined;
    if (text !== undefined && cache.memo.find('check-schema', text, isTrue) === true) return [];
    const errors = errorsOf(value, metaSchema(cache));
    if (text !== undefined && errors.length === 0) cache.memo.store('check-schema', text, true);
    return errors;
  };
  return typeof value === 'object' && value !== null ? cache.derive('check-schema', value, [], find) : find();
}

function metaSchema(cache: Cache): ReturnType<Ajv['getSchema']> {
  return cache.derive('compile-meta-schema', 'draft-07', [], () =>
    new Ajv({ allErrors: true, strict: false, validateFormats: false }).getSchema(
      'http://json-schema.org/draft-07/schema',
    ),
  );
}

function errorsOf(value: unknown, metaSchema: ReturnType<Ajv['getSchema']>): SchemaError[] {
  if (metaSchema === undefined || metaSchema(value) === true) return [];
  const found = new Map<string, SchemaError>();
  for (const { instancePath, keyword, message = 'is wrong', params } of metaSchema.errors ?? []) {
    const keys = keysOf(instancePath);
    const last = keys.at(-1) ?? '';
    const isOlder = /^exclusive(Minimum|Maximum)$/.test(last) && typeof valueAt(value, keys) === 'boolean';
    // The error of `anyOf` only repeats that the branches failed, and their errors are reported, too.
    if (isOlder || keyword === 'anyOf' || (found.has(instancePath) && keyword !== 'enum')) continue;
    const allowed = keyword === 'enum' ? `: ${(params.allowedValues as JsonValue[]).map(String).join(', ')}` : '';
    const text = `the schema${keys.length === 0 ? '' : `'s ${keys.join('.')}`} ${message}${allowed}`;
    found.set(instancePath, { keys, message: text });
  }
  return [...found.values()];
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}
