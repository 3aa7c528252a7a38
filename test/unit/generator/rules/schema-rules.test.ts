import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../../../generator/index.js';
import { loadCatalog, readCatalog } from '../../../../generator/pipeline.js';
import { runRules } from '../../../../generator/rules/run-rules.js';
import { unsupportedSchemas } from '../../../../generator/rules/unsupported-schemas.js';
import { resolver, walkSchemas } from '../../../../generator/rules/walk-schema.js';
import { SourceFile } from '../../../../generator/source/source-file.js';
import { Cache } from '../../../../generator/support/cache.js';
import { GeneratorError, type Problem } from '../../../../generator/support/errors.js';
import { CompiledValidators } from '../../../../generator/validators/compile-validators.js';
import { createSchemaChecks } from '../../../../generator/validators/schema-checks.js';
import { writeTree } from '../../../support/catalogs/documents.js';
import { readTree, temporaryFolder } from '../../../support/catalogs/generator.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** A document with one event with this payload. */
function documentOf(payload: unknown, schemas: object = {}) {
  return {
    asyncapi: '3.0.0',
    info: { title: 'Library', version: '1.0.0' },
    components: { schemas },
    channels: { library: { address: 'library', messages: { BookLent: { name: 'library.book.lent', payload } } } },
  };
}

let count = 0;

async function problemsOf(document: object | string): Promise<readonly Problem[]> {
  count += 1;
  const file = `${count}.${typeof document === 'string' ? 'yaml' : 'json'}`;
  await writeTree(folder.path, { [file]: document });
  try {
    const built = await readCatalog({ catalog: join(folder.path, file) });
    const cache = new Cache();
    const refused = unsupportedSchemas(built, cache);
    if (refused.length > 0) return [...built.warnings, ...refused];
    const checks = createSchemaChecks(new CompiledValidators(built.model));
    const source = new SourceFile(file, typeof document === 'string' ? document : JSON.stringify(document));
    const visited = walkSchemas(built.model, cache);
    const more = { cache, visited, unusedSchemas: () => [], inexactNumbers: () => source.inexactNumbers() };
    return [...built.warnings, ...runRules({ ...built, ...checks, ...more, resolve: resolver(built.model) })];
  } catch (error) {
    if (error instanceof GeneratorError) return error.problems;
    throw error;
  }
}

async function linesOf(document: object | string, ...codes: readonly string[]): Promise<string[]> {
  const found = (await problemsOf(document)).filter(({ code }) => codes.includes(code));
  return found.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

const keywordCodes = ['KEYWORD_UNKNOWN', 'KEYWORD_IDLE', 'KEYWORD_UNCHECKED', 'REF_SIBLINGS', 'NUMBER_INEXACT'];

describe('keywords', () => {
  it.each([
    ['require', 'required', { type: 'object', require: ['a'] }],
    ['additionalPropertys', 'additionalProperties', { type: 'object', additionalPropertys: false }],
    ['propertys', 'properties', { type: 'object', propertys: {} }],
    ['minLenght', 'minLength', { type: 'string', minLenght: 8 }],
    ['maxlength', 'maxLength', { type: 'string', maxlength: 8 }],
    ['enmu', 'enum', { type: 'string', enmu: ['a'] }],
    ['max', 'maximum', { type: 'number', max: 20 }],
    ['max', 'maxLength', { type: 'string', max: 20 }],
    ['uniqueitems', 'uniqueItems', { type: 'array', uniqueitems: true }],
    ['oneof', 'oneOf', { oneof: [true] }],
    ['patern', 'pattern', { type: 'string', patern: 'a' }],
    ['decription', 'description', { type: 'string', decription: 'a' }],
  ])('%s: unknown, with the suggestion %s', async (word, nearest, schema) => {
    const lines = await linesOf(documentOf({ type: 'object', properties: { a: schema } }), ...keywordCodes);
    expect(lines).toEqual([
      `warning KEYWORD_UNKNOWN: ${word} is not a keyword of JSON Schema, so it is not checked; did you mean ${nearest}?`,
    ]);
  });

  it.each([
    ['x-rename-from', 'x-renamed-from'],
    ['x-personaldata', 'x-personal-data'],
  ])('%s: a misspelt extension of the generator, %s', async (word, nearest) => {
    const schema = { type: 'object', properties: { a: { type: 'string', [word]: 'b' } } };
    expect(await linesOf(documentOf(schema), ...keywordCodes)).toEqual([
      `warning KEYWORD_UNKNOWN: nothing reads ${word}; did you mean ${nearest}?`,
    ]);
  });

  it('extensions and known keywords: no findings', async () => {
    const schema = {
      type: 'object',
      'x-owner': 'desk',
      $comment: 'c',
      deprecated: true,
      externalDocs: { url: 'https://example.com' },
      minProperties: 1,
    };
    expect(await linesOf(documentOf(schema), ...keywordCodes)).toEqual([]);
  });

  it.each([
    [{ type: 'string', minimum: 3 }, 'minimum has no effect: it does not apply to string'],
    [{ type: 'integer', maxLength: 3 }, 'maxLength has no effect: it does not apply to integer'],
    [{ type: 'integer', format: 'date' }, 'the format date has no effect: it does not apply to integer'],
    [{ type: 'array', properties: {} }, 'properties has no effect: it does not apply to array'],
    [JSON.parse('{"then": {"type": "string"}}') as object, 'then has no effect without if'],
    [{ type: 'array', minContains: 2 }, 'minContains has no effect without contains'],
    [{ type: 'string', nullable: true, enum: ['a'] }, '`nullable` has no effect here: the values do not include null'],
  ])('%j: KEYWORD_IDLE', async (schema, message) => {
    const lines = await linesOf(documentOf({ type: 'object', properties: { a: schema } }), ...keywordCodes);
    expect(lines).toEqual([`warning KEYWORD_IDLE: ${message}`]);
  });

  it('keywords and formats that are not checked: one finding each', async () => {
    const properties = {
      a: { type: 'string', format: 'idn-email' },
      b: { type: 'string', format: 'idn-email' },
      c: { type: 'string', contentEncoding: 'base64' },
      d: { type: 'number', format: 'float' },
    };
    expect(await linesOf(documentOf({ type: 'object', properties }), ...keywordCodes)).toEqual([
      'warning KEYWORD_UNCHECKED: the format idn-email is not checked (2 places)',
      'warning KEYWORD_UNCHECKED: contentEncoding is not checked',
    ]);
  });

  it('next to a reference: checked, with a warning; annotations without one', async () => {
    const ref = { $ref: '#/components/schemas/Name' };
    const properties = { a: { ...ref, maxLength: 3 }, b: { ...ref, description: 'a name' } };
    expect(
      await linesOf(documentOf({ type: 'object', properties }, { Name: { type: 'string' } }), ...keywordCodes),
    ).toEqual(['warning REF_SIBLINGS: maxLength next to $ref: it is checked here, but tools for draft 07 ignore it']);
  });
});

describe('numbers', () => {
  it('numbers that JavaScript cannot represent exactly: reported with the resulting number', async () => {
    const text = JSON.stringify(
      documentOf({
        type: 'object',
        properties: { a: { const: 1 }, b: { maximum: 2 }, c: { multipleOf: 3 }, d: { default: 4 } },
      }),
    )
      .replace('"const":1', '"const":9007199254740993')
      .replace('"maximum":2', '"maximum":9007199254740992')
      .replace('"multipleOf":3', '"multipleOf":0.12345678901234567891')
      .replace('"default":4', '"default":1e400');
    const found = (await linesOf(text, 'NUMBER_INEXACT')).map((line) =>
      /number (\S+): it becomes (\S+)/.exec(line)?.slice(1),
    );
    expect(found).toEqual([
      ['9007199254740993', '9007199254740992'],
      ['0.12345678901234567891', '0.12345678901234568'],
      ['1e400', 'Infinity'],
    ]);
  });
});

describe('references', () => {
  it.each([
    ['#', 'is the whole document'],
    ['#/info', 'is the field info of the document, not a schema'],
    ['#/components/schemas', 'is the field schemas of the document, not a schema'],
    ['#/channels/library/messages/BookLent', 'is the field BookLent of the document, not a schema'],
    ['#/components/schemas/Book/properties', 'is a map of schemas, not a schema'],
    ['#/components/schemas/Book/required', 'is a plain value or a list, not a schema'],
    ['#same', 'is ambiguous: 2 schemas have this anchor'],
  ])('to %s: REF_BROKEN with the reason', async ($ref, why) => {
    const schemas = {
      Book: { type: 'object', required: ['a'], properties: { a: { $anchor: 'same' } } },
      Other: { $anchor: 'same' },
    };
    const lines = await linesOf(documentOf({ type: 'object', properties: { a: { $ref } } }, schemas), 'REF_BROKEN');
    expect(lines).toEqual([`error REF_BROKEN: $ref ${$ref} ${why}`]);
  });

  it('to schemas at any place: no error', async () => {
    const schemas = {
      Book: { type: 'object', properties: { a: { type: 'string' } }, $defs: { Page: { type: 'integer' } } },
    };
    const properties = {
      a: { $ref: '#/components/schemas/Book/properties/a' },
      b: { $ref: '#/components/schemas/Book/$defs/Page' },
      c: { $ref: '#/channels/library/messages/BookLent/payload/properties/d' },
      d: { type: 'boolean' },
    };
    expect(await linesOf(documentOf({ type: 'object', properties }, schemas), 'REF_BROKEN')).toEqual([]);
  });
});

describe('unsatisfiable schemas', () => {
  const closed = (name: string) => ({
    type: 'object',
    additionalProperties: false,
    required: [name],
    properties: { [name]: { type: 'string' } },
  });
  it.each([
    [{ ...closed('a'), required: ['b'] }, 'b is required, and a closed part of the schema does not have it'],
    [{ allOf: [closed('a'), closed('b')] }, 'a is required, and a closed part of the schema does not have it'],
    [
      { type: 'object', required: ['a'], properties: { a: { type: 'integer', minimum: 10, maximum: 5 } } },
      'a is required: minimum 10 is above maximum 5',
    ],
    [
      { type: 'object', required: ['a'], properties: { a: { enum: ['x', 'y'], minLength: 2 } } },
      'a is required: none of x, y has 2 characters (minLength)',
    ],
    [
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'integer', exclusiveMinimum: 3, exclusiveMaximum: 4 } },
      },
      /a is required: no integer is/,
    ],
    [
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'number', multipleOf: 0.5, minimum: 0.6, maximum: 0.9 } },
      },
      /a is required: no multiple of 0.5 is/,
    ],
    [{ allOf: [{ type: 'object' }, { type: 'string' }] }, 'its parts contradict each other'],
    [{ type: 'array', minItems: 3, prefixItems: [true], items: false }, 'it must have 3 items and may have 1'],
    [{ $ref: '#/components/schemas/Endless' }, 'next is required: it contains itself without end'],
  ])('%j: %s', async (payload, why) => {
    const schemas = {
      Endless: { type: 'object', required: ['next'], properties: { next: { $ref: '#/components/schemas/Endless' } } },
    };
    const [line] = await linesOf(documentOf(payload, schemas), 'SCHEMA_UNSATISFIABLE');
    expect(line?.split('no data is valid for ')[1]?.split(/: (.*)/)[1]).toMatch(typeof why === 'string' ? why : why);
  });
});

describe('examples within schemas', () => {
  it('examples and defaults at any place are validated', async () => {
    const schemas = {
      Shelf: {
        type: 'object',
        properties: { room: { type: 'integer', minimum: 1 } },
        examples: [{ room: 1 }, { room: 0 }],
      },
    };
    const payload = {
      type: 'object',
      properties: {
        copies: { type: 'integer', default: 'many', examples: [3, 'three'] },
        due: { type: 'string', format: 'date', example: 'tomorrow' },
        shelf: { $ref: '#/components/schemas/Shelf' },
      },
    };
    const lines = await linesOf(documentOf(payload, schemas), 'EXAMPLE_INVALID');
    expect(lines.map((line) => line.split('EXAMPLE_INVALID: ')[1]).sort()).toEqual([
      'example 2 of BookLentPayload/properties/copies breaks its schema: it must be integer',
      'example 2 of Shelf breaks its schema: /room must be >= 1',
      'the default of BookLentPayload/properties/copies breaks its schema: it must be integer',
      'the example of BookLentPayload/properties/due breaks its schema: it must match format "date"',
    ]);
  });
});

describe('headers of examples', () => {
  it('are validated against their schema, also in traits', async () => {
    const headers = { type: 'object', required: ['tenant'], properties: { tenant: { type: 'string', minLength: 2 } } };
    const payload = { type: 'object', properties: { a: { type: 'string' } } };
    const examples = [
      { payload: { a: 'x' }, headers: { tenant: 'ab' } },
      { name: 'short', headers: { tenant: 'a' } },
      { payload: { a: 'x' }, headers: {} },
    ];
    const lines = async (message: object) => {
      const document = {
        asyncapi: '3.0.0',
        info: { title: 'Library', version: '1.0.0' },
        channels: {
          library: { address: 'library', messages: { BookLent: { name: 'library.book.lent', payload, ...message } } },
        },
      };
      return (await linesOf(document, 'EXAMPLE_INVALID')).map((line) => line.split('EXAMPLE_INVALID: ')[1]);
    };
    const expected = [
      expect.stringMatching(
        /^the headers of example short of BookLent break their schema \w+: \/tenant must NOT have fewer/,
      ),
      expect.stringMatching(
        /^the headers of example 3 of BookLent break their schema \w+: they must have required property/,
      ),
    ];
    expect(await lines({ headers, examples })).toEqual(expected);
    expect(await lines({ examples, traits: [{ headers }] })).toEqual(expected);
    expect(await lines({ traits: [{ headers, examples }] })).toEqual(expected);
    expect(await lines({ headers, examples: examples.slice(0, 1) })).toEqual([]);
  });
});

describe('schemas without a correct validator', () => {
  it('exponential patterns and uncertain unevaluatedItems: refused before any validator runs', async () => {
    const text = 'averyveryverylongtitlewithoutspacesinit!';
    const payload = {
      type: 'object',
      properties: { title: { type: 'string', pattern: '^(\\w+ ?)+$', examples: [text] } },
    };
    expect(await linesOf(documentOf(payload), 'PATTERN_SLOW')).toHaveLength(1);
    const items = { type: 'array', contains: { type: 'string' }, unevaluatedItems: false };
    expect(await linesOf(documentOf(items), 'SCHEMA_INVALID')).toEqual([
      expect.stringContaining('unevaluatedItems cannot be checked'),
    ]);
    expect(
      await linesOf(documentOf({ ...items, contains: undefined, prefixItems: [{ type: 'string' }] }), 'SCHEMA_INVALID'),
    ).toEqual([]);
  });
});

describe('patterns whose time grows with the square of a text’s length', () => {
  it('are reported unless maxLength limits the text', async () => {
    const of = (more: object) =>
      documentOf({ type: 'object', properties: { a: { type: 'string', pattern: '[a-z]+$', ...more } } });
    expect(await linesOf(of({}), 'PATTERN_LIMITED')).toEqual([
      expect.stringMatching(/with the square of a text's length: texts of more than 4207 characters are refused/),
    ]);
    expect(await linesOf(of({ maxLength: 4_208 }), 'PATTERN_LIMITED')).toHaveLength(1);
    expect(await linesOf(of({ maxLength: 4_207 }), 'PATTERN_LIMITED')).toEqual([]);
    const names = { type: 'object', patternProperties: { '.*a.*b': { type: 'string' }, '^x-': true } };
    expect(await linesOf(documentOf(names), 'PATTERN_LIMITED')).toHaveLength(1);
  });
});

describe('samples', () => {
  it.each([
    ['many items', { type: 'array', minItems: 400_000_000, items: { type: 'integer' } }],
    ['a long text', { type: 'string', minLength: 400_000_000 }],
    ['many properties', { type: 'object', minProperties: 400_000_000 }],
    [
      'lists in lists',
      { type: 'array', minItems: 60, items: { type: 'array', minItems: 60, items: { type: 'boolean' } } },
    ],
  ])('%s: no sample, with a warning', async (_name, inner) => {
    await writeTree(folder.path, {
      'large.json': documentOf({ type: 'object', required: ['a'], properties: { a: inner } }),
    });
    // `check` and `generate` report it, once each.
    const catalog = join(folder.path, 'large.json');
    const loaded = await loadCatalog({ catalog });
    const written = await generate({ catalog, out: join(folder.path, 'large') });
    const [checked, generated] = [loaded, written].map(({ warnings }) =>
      warnings.filter(({ code }) => code === 'SAMPLE_MISSING'),
    );
    expect(generated).toEqual(checked);
    expect(checked?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/library\.book\.lent.*would have more than/),
    ]);
  });

  it('a payload of an allOf of objects: the sample function accepts overrides', async () => {
    const base = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
    const payload = {
      allOf: [
        { $ref: '#/components/schemas/Base' },
        { type: 'object', required: ['b'], properties: { b: { type: 'integer' } } },
      ],
    };
    await writeTree(folder.path, { 'extension.json': documentOf(payload, { Base: base }) });
    await generate({ catalog: join(folder.path, 'extension.json'), out: join(folder.path, 'extension') });
    const files = await readTree(join(folder.path, 'extension'));
    expect(files.get('samples/library.ts')).toContain('sampleBookLent(overrides?: Partial<BookLentPayload>)');
  });
});

describe('names', () => {
  it('names and the order of declarations do not depend on the folder of the catalog', async () => {
    const payload = {
      type: 'object',
      properties: {
        a: { $ref: '#/components/schemas/Date' },
        b: { $ref: '#/components/schemas/date' },
        c: { $ref: '../shared/date.yaml' },
      },
    };
    const object = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string' } } });
    const made = [];
    for (const name of ['amber', 'zebra']) {
      const root = join(folder.path, name, 'catalog');
      await mkdir(root, { recursive: true });
      await writeTree(join(folder.path, name), {
        'shared/date.yaml': object('shared'),
        'catalog/asyncapi.json': documentOf(payload, { Date: object('upper'), date: object('lower') }),
      });
      const { model } = await readCatalog({ catalog: join(root, 'asyncapi.json'), root: join(folder.path, name) });
      made.push(
        model.schemas.map(({ name: own, schema }) => [own, Object.keys((schema as { properties: object }).properties)]),
      );
    }
    expect(made[0]).toEqual(made[1]);
    expect(made[0]?.map(([name]) => name)).toContain('LibraryDate');
  });
});

it('a document with schemas and without messages: EVENTS_MISSING', async () => {
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Alone', version: '1.0.0' },
    channels: {},
    components: { schemas: { Book: { type: 'object' } } },
  };
  expect(await linesOf(document, 'EVENTS_MISSING')).toHaveLength(1);
});
