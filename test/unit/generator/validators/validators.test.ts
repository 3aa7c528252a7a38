import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../../../generator/index.js';
import type { EventModel, JsonValue } from '../../../../generator/model/event-model.js';
import { jsonExpression } from '../../../../generator/print/text.js';
import { formats, isMultipleOf, type Validate } from '../../../../runtime/codegen.js';
import { compile, prepareProject, writeTree } from '../../../support/catalogs/documents.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';
import { type Definitions, dataFor } from '../../../support/catalogs/schema-arbitrary.js';

const fixtures = 'test/fixtures/documents';
const catalogs: readonly (readonly [name: string, catalog: string])[] = [
  ['platform', 'catalog/asyncapi.yaml'],
  ...(await readdir(fixtures)).map((file) => [basename(file, '.yaml'), join(fixtures, file)] as const),
];

interface Generated {
  readonly model: EventModel;
  readonly definitions: Definitions;
  readonly validators: ReadonlyMap<string, Validate<unknown>>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const generated = new Map<string, Generated>();

beforeAll(async () => {
  folder = await temporaryFolder();
  await prepareProject(folder.path);
  for (const [name, catalog] of catalogs) {
    const out = join(folder.path, name);
    const { model } = await generate({ catalog, out });
    const validators = new Map<string, Validate<unknown>>();
    await mkdir(join(out, 'validators'), { recursive: true });
    for (const file of (await readdir(join(out, 'validators'))).filter((each) => each.endsWith('.ts'))) {
      const module = (await import(pathToFileURL(resolve(out, 'validators', file)).href)) as object;
      for (const [key, value] of Object.entries(module)) validators.set(key, value as Validate<unknown>);
    }
    const definitions = new Map(model.schemas.map(({ name: each, schema }) => [each, schema]));
    generated.set(name, { model, definitions, validators });
  }
}, 120_000);
afterAll(() => folder.remove());

const options = { allErrors: true, strict: false, logger: false, validateFormats: true } as const;

/** Plain ajv with the draft of the model's schemas. */
function plainAjv(definitions: Definitions): Ajv {
  const ajv: Ajv = new ajv2020.Ajv2020({
    ...options,
    // JSON does not have the properties that every JavaScript object inherits.
    ownProperties: true,
    code: { regExp: Object.assign((pattern: string, flags: string) => regExp(pattern, flags), { code: 'new RegExp' }) },
  });
  addOwnChecks(ajv);
  ajv.addSchema({ $id: 'model', $defs: Object.fromEntries(definitions) });
  return ajv;
}

/** Checks that differ from plain ajv and have separate tests: formats and `multipleOf` in decimal arithmetic. */
function addOwnChecks(ajv: Ajv): void {
  for (const [name, format] of Object.entries(formats)) {
    ajv.addFormat(name, format.type === 'string' ? format.validate : format);
  }
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    validate: (step: number, value: number) => isMultipleOf(value, step),
  });
}

function regExp(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
}

/** Payloads of all events of a catalog, each once. */
function payloads({ model }: Generated): string[] {
  return [...new Set(model.events.map((event) => event.payload))];
}

describe.each(catalogs.map(([name]) => name))('the validators of %s', (name) => {
  it('report the same errors as plain ajv, for valid and invalid data', () => {
    const found = generated.get(name) as Generated;
    const ajv = plainAjv(found.definitions);
    const seen = { valid: 0, broken: 0 };
    for (const payload of payloads(found)) {
      const plain = ajv.getSchema(`model#/$defs/${encodeURIComponent(payload)}`);
      const validate = found.validators.get(`validate${payload}`);
      if (plain === undefined || validate === undefined) throw new Error(`no validator of ${payload}`);
      fc.assert(
        fc.property(dataFor(found.definitions.get(payload) ?? true, found.definitions, 4), (data) => {
          const expected = plain(data) === true;
          seen[expected ? 'valid' : 'broken'] += 1;
          expect(validate(data), `${payload}: ${JSON.stringify(plain.errors)}`).toBe(expected);
          expect(validate.errors === null).toBe(expected);
          const places = (
            errors: readonly { readonly instancePath: string; readonly keyword: string }[] | null | undefined,
          ) =>
            [
              ...new Set(
                (errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${olderName[keyword] ?? keyword}`),
              ),
            ].sort();
          expect(places(validate.errors)).toEqual(places(plain.errors));
          // Valid data is also valid for a tolerant reader.
          if (expected) expect(validate(data, true)).toBe(true);
        }),
        { numRuns: name === 'platform' ? 60 : 150 },
      );
    }
    expect(Math.min(seen.valid, seen.broken)).toBeGreaterThan(3);
  });
});

/** The name of a check in draft 07, by its name in draft 2020-12. */
const olderName: Readonly<Record<string, string>> = { dependentRequired: 'dependencies' };

describe('the types', () => {
  it('accept all data that is valid for the validators', async () => {
    const lines: string[] = [];
    let count = 0;
    for (const [name, found] of generated) {
      for (const payload of payloads(found)) {
        const validate = found.validators.get(`validate${payload}`);
        const drawn = fc.sample(dataFor(found.definitions.get(payload) ?? true, found.definitions, 0), {
          numRuns: 40,
          seed: 7,
        });
        const valid = [...new Set(drawn.filter((data) => validate?.(data)).map((data) => JSON.stringify(data)))].slice(
          0,
          6,
        );
        for (const json of valid) {
          count += 1;
          const text = jsonExpression(JSON.parse(json) as JsonValue, 20);
          lines.push(`const value${count} = ${text}${/^[[{"'\d-]|^true|^false/.test(text) ? ' as const' : ''};`);
          lines.push(`export const checked${count}: import('./${name}/index.js').${payload} = value${count};`);
        }
      }
    }
    expect(count).toBeGreaterThan(150);
    await writeTree(folder.path, { 'values.ts': `${lines.join('\n')}\n` });
    expect(await compile(folder.path)).toBe('');
  }, 120_000);
});

describe('the validators of the platform', () => {
  it('have at most 0.5 kB for each event, compressed', async () => {
    const modules = (await readdir('generated/validators')).filter((file) => file.endsWith('.ts'));
    const sizes = await Promise.all(
      modules.map(async (file) => gzipSync(await readFile(join('generated/validators', file)), { level: 9 }).length),
    );
    const events = generated.get('platform')?.model.events.length ?? 0;
    expect(events).toBe(51);
    expect(sizes.reduce((sum, size) => sum + size, 0) / events).toBeLessThan(500);
  });
});

describe('validators of schemas in draft 07', () => {
  const raw: readonly (readonly [name: string, schema: object])[] = [
    ['ranges of draft 07', { type: 'number', exclusiveMinimum: 0, maximum: 10, multipleOf: 0.5 }],
    ['tuples', { type: 'array', items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false }],
    [
      'dependencies',
      { type: 'object', properties: { a: {}, b: {} }, dependencies: { a: ['b'], b: { required: ['c'] } } },
    ],
    [
      'nullable',
      {
        type: 'object',
        properties: { a: { type: 'string', nullable: true }, b: { type: 'integer', nullable: true, enum: [1, null] } },
      },
    ],
    [
      'closed with patterns',
      {
        type: 'object',
        properties: { a: { type: 'string' } },
        patternProperties: { '^x-': { type: 'number' } },
        additionalProperties: false,
      },
    ],
    ['siblings of $ref', { definitions: { a: { type: 'string' } }, $ref: '#/definitions/a', minLength: 2 }],
    [
      'one of several closed objects',
      {
        oneOf: [
          { type: 'object', additionalProperties: false, properties: { a: {} } },
          { type: 'object', additionalProperties: false, properties: { b: {} } },
        ],
      },
    ],
    [
      'keywords without a type',
      { properties: { a: { type: 'string' } }, required: ['a'], items: { type: 'number' }, minLength: 3 },
    ],
    [
      'conditions',
      JSON.parse('{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}') as object,
    ],
    ['enums of anything', { enum: [1, '1', null, [], {}, [1, 'a'], true] }],
    ['unique items', { type: 'array', uniqueItems: true, minItems: 1, maxItems: 3, items: {} }],
    [
      'formats',
      {
        anyOf: [
          'date-time',
          'date',
          'time',
          'uri',
          'email',
          'ipv4',
          'ipv6',
          'uuid',
          'cuid2',
          'duration',
          'hostname',
          'regex',
          'byte',
        ].map((format) => ({ type: 'string', format })),
      },
    ],
    [
      'formats, each',
      {
        type: 'object',
        properties: Object.fromEntries(
          ['date-time', 'date', 'time', 'uri', 'uri-reference', 'email', 'byte', 'regex', 'int32', 'unheard-of'].map(
            (format) => [format, { format }],
          ),
        ),
      },
    ],
  ];

  it.each(raw)('%s: accept the same data as plain ajv', async (name, schema) => {
    const out = join(folder.path, `raw-${name.replaceAll(/\W+/g, '-')}`);
    const root = {
      asyncapi: '3.0.0',
      info: { title: 'raw', version: '1' },
      channels: {
        raw: {
          messages: {
            Raw: {
              payload: { schemaFormat: 'application/schema+json;version=draft-07', schema: { $id: 'raw', ...schema } },
            },
          },
        },
      },
    };
    await writeTree(out, { 'asyncapi.json': root });
    const { model } = await generate({ catalog: join(out, 'asyncapi.json'), out: join(out, 'sdk') });
    const definitions: Definitions = new Map(model.schemas.map((each) => [each.name, each.schema]));
    const module = (await import(pathToFileURL(join(out, 'sdk/validators/raw.ts')).href)) as Record<
      string,
      Validate<unknown>
    >;
    const payload = model.events[0]?.payload ?? '';
    const validate = module[`validate${payload}`] as Validate<unknown>;
    const ajv = new Ajv(options);
    addOwnChecks(ajv);
    const plain = ajv.compile(schema);
    const seen = { valid: 0, broken: 0 };
    fc.assert(
      fc.property(dataFor(definitions.get(payload) ?? true, definitions, 15), (data) => {
        const expected = plain(data) === true;
        seen[expected ? 'valid' : 'broken'] += 1;
        expect(validate(data), JSON.stringify(plain.errors)).toBe(expected);
        if (expected) expect(validate(data, true)).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(Math.min(seen.valid, seen.broken)).toBeGreaterThan(3);
  });
});
