import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

/** The schema that editors use for the YAML files of a catalog. It is part of the generator's package. */
export const catalogSchemaFile = resolve('generator/schemas/catalog.schema.json');

const require = createRequire(import.meta.url);

/** The `x-` words that the generator reads, by the definition of the AsyncAPI schema to which they belong. */
const ownWords: Readonly<Record<string, JsonObject>> = {
  document: {
    'x-services': {
      description: 'The services that send and receive events, by name: those that `x-service` of an operation names.',
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { description: { description: 'What the service does.', type: 'string' } },
      },
    },
  },
  operation: {
    'x-service': {
      description: 'The name of the service that sends or receives the messages. Default: the title of the document.',
      type: 'string',
      minLength: 1,
    },
  },
  messageObject: {
    'x-event-version': {
      description:
        'Version of the schema of the payload, major.minor.patch. A change that breaks consumers or producers needs a new major version. Default: 1.0.0.',
      type: 'string',
      pattern: '^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$',
      default: '1.0.0',
    },
    'x-upcast': {
      description:
        'How data of the previous major version is converted. derive: by the steps that follow from the schemas; code: by a function in upcasters/<domain>.ts; same: the data means what it did before. `hyvve-events upcaster <type>` shows the steps and writes this word. With its major version, `{ "3": derive }`, if the version before had a word too.',
      oneOf: [
        { type: 'string', enum: ['derive', 'code', 'same'] },
        {
          type: 'object',
          patternProperties: { '^(0|[1-9][0-9]*)$': { type: 'string', enum: ['derive', 'code', 'same'] } },
          additionalProperties: false,
        },
      ],
    },
    'x-versions': {
      description: 'Older major versions of the event, by their number: what the history of releases does not know.',
      type: 'object',
      patternProperties: {
        '^(0|[1-9][0-9]*)$': {
          type: 'object',
          properties: {
            sunset: {
              description:
                'The date from which no publisher should use this version. `hyvve-events check` warns when it has passed.',
              type: 'string',
              format: 'date',
            },
            retired: {
              description: 'The date on which it was retired. The SDK refuses its events.',
              type: 'string',
              format: 'date',
            },
            payload: {
              description: 'The schema of its payload, if no release of it is in the history.',
              $ref: '#/definitions/anySchema',
            },
          },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
    'x-ordering-key': {
      description:
        "JSON pointer to the ordering key in the payload: a required property of type string or integer, such as /orderId. With `order: 'key'`, a handler gets the events of one tenant and key one after another. A change of it breaks consumers and producers. Default: the tenant is the key.",
      type: 'string',
      pattern: '^(/([^~/]|~[01])*)+$',
    },
    'x-partition-by': {
      description:
        'ordering-key: the ordering key of the event determines its partition, for types with tenants that are too large for one partition. All events of a batch then have the same ordering key. Needs x-ordering-key. Default: the tenant determines the partition.',
      type: 'string',
      enum: ['ordering-key'],
    },
    'x-deprecated': { description: 'Whether the event should not be used any more.', type: 'boolean' },
  },
  schema: {
    'x-personal-data': {
      description:
        'true: the value is personal data that may be in events; logs and the admin service hide it. false: it is not personal data, although its name suggests it.',
      type: 'boolean',
    },
    'x-renamed-from': {
      description: 'The name that this property of a payload had in the previous major version of the event.',
      type: 'string',
      minLength: 1,
    },
  },
};

/** Descriptions that say more about an event catalog than those of AsyncAPI. */
const messageName: JsonObject = {
  description: 'Type of the event: `domain.entity.action`, such as `order.order.placed`. Its first word is the domain.',
  type: 'string',
};

/**
 * The JSON Schema of the YAML files of a catalog: AsyncAPI 3, with the generator's `x-` words. A file with `asyncapi` is a
 * document; every other file is a part of one, with the sections that `components` of a document has.
 */
export function catalogSchema(): JsonObject {
  const source = require('@asyncapi/specs/schemas/3.1.0-without-$id.json') as JsonObject;
  const { definitions, properties, required, patternProperties } = withoutExamples(source) as Record<
    string,
    JsonObject
  >;
  const document: JsonObject = {
    type: 'object',
    required: required ?? [],
    properties: {
      ...properties,
      asyncapi: { description: 'Version of AsyncAPI.', type: 'string', enum: ['3.0.0', '3.1.0'] },
    },
    patternProperties: patternProperties ?? {},
    additionalProperties: false,
  };
  const all: Record<string, JsonObject> = { ...(definitions as Record<string, JsonObject>), document };
  for (const [name, words] of Object.entries(ownWords)) all[name] = withProperties(all[name] ?? {}, words);
  all.messageObject = withProperties(all.messageObject ?? {}, { name: messageName });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment:
      'Written by scripts/catalog-schema.ts from the schema of AsyncAPI 3.1.0 (Apache-2.0, the AsyncAPI Initiative).',
    if: { required: ['asyncapi'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits this object.
    then: { $ref: '#/definitions/document' },
    else: { $ref: '#/definitions/components' },
    definitions: all,
  };
}

/** Adds properties to the schema of an object; the Schema Object of AsyncAPI has its own properties in `allOf`. */
function withProperties(schema: JsonObject, words: JsonObject): JsonObject {
  const { allOf } = schema;
  if (!Array.isArray(allOf)) return { ...schema, properties: { ...(schema.properties as JsonObject), ...words } };
  const parts = allOf as readonly JsonObject[];
  const last = parts.at(-1) ?? {};
  return { ...schema, allOf: [...parts.slice(0, -1), withProperties(last, words)] };
}

/** Long examples of the specification would be half of the file. */
function withoutExamples(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutExamples(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, inner]) => !(key === 'examples' && Array.isArray(inner)));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutExamples(inner)]));
}

/** The text of the file. */
export function catalogSchemaText(): string {
  return `${JSON.stringify(catalogSchema(), undefined, 1)}\n`;
}

function main(isCheck: boolean): number {
  const text = catalogSchemaText();
  if (isCheck && readFileSync(catalogSchemaFile, 'utf8') !== text) {
    console.error('generator/schemas/catalog.schema.json is out of date; fix: run `npm run catalog-schema`');
    return 1;
  }
  if (!isCheck) writeFileSync(catalogSchemaFile, text);
  return 0;
}

if (process.argv[1]?.endsWith('catalog-schema.ts')) process.exitCode = main(process.argv.includes('--check'));
