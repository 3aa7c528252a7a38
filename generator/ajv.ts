import { _, Ajv, type CodeKeywordDefinition, type Options } from 'ajv';
import { fastFormats } from 'ajv-formats/dist/formats.js';
import type { JsonSchema, SchemaModel } from './model.js';

export type { Ajv };

/** What stands in for `additionalProperties: false` in compiled code: a check that a tolerant reader can switch off. */
export const closedKeyword = 'closed';

/** Checks that an object has no property but those listed, unless the validator is called with `this.tolerant`. */
const closed: CodeKeywordDefinition = {
  keyword: closedKeyword,
  type: 'object',
  schemaType: 'array',
  error: {
    message: 'must NOT have additional properties',
    params: ({ params }) => _`{additionalProperty: ${params.additionalProperty}}`,
  },
  code(cxt) {
    const { gen, data, schema } = cxt;
    gen.if(_`!this.tolerant`, () => {
      gen.forIn('key', data, (key) => {
        const known = (schema as string[]).map((name) => _`${key} !== ${name}`);
        const unknown = known.reduce((all, one) => _`${all} && ${one}`, _`true`);
        gen.if(unknown, () => {
          cxt.setParams({ additionalProperty: key });
          cxt.error();
        });
      });
    });
  },
};

/** Ajv as everything here uses it: every violation reported, formats as regular expressions, unknown keywords ignored. */
export function createAjv(options: Options = {}): Ajv {
  const ajv = new Ajv({
    ...{ allErrors: true, strict: false, validateSchema: false, addUsedSchema: false, unicodeRegExp: false },
    ...options,
  });
  for (const [name, format] of Object.entries(fastFormats)) {
    const check: unknown = typeof format === 'object' && !(format instanceof RegExp) ? format.validate : format;
    // Formats of numbers are functions, which compiled code cannot carry: `integer` and ranges say the same.
    ajv.addFormat(name, check instanceof RegExp ? check : true);
  }
  return ajv;
}

/** Ajv for compiled validators: {@link closedKeyword} in place of closed objects, passing on `this`. */
export function createStandaloneAjv(): Ajv {
  const ajv = createAjv({ passContext: true, inlineRefs: false, code: { source: true, esm: true, optimize: 2 } });
  ajv.addKeyword(closed);
  return ajv;
}

/** The schemas as one document whose `$defs` they are, so that their references resolve. */
export function definitionsOf(schemas: readonly SchemaModel[]): {
  readonly $defs: Readonly<Record<string, JsonSchema>>;
} {
  return { $defs: Object.fromEntries(schemas.map(({ name, schema }) => [name, schema])) };
}
