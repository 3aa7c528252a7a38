/** The files of a document that is too long to be written manually, with `asyncapi.json` as root. */
type Files = Readonly<Record<string, unknown>>;

const count = (length: number) => [...new Array(length).keys()];
const info = { title: 'Made by a test', version: '1.0.0' };
const schema = (fields: object) => ({ type: 'object', properties: fields });

/** AsyncAPI 2 with messages without names, most of them on one channel. */
function anonymousMessages(): Files {
  const payload = (index: number) => schema({ [`field${index}`]: { type: 'string' } });
  const channels = Object.fromEntries(
    count(35).map((index) => [`room/{id}/topic${index}`, { publish: { message: { payload: payload(index) } } }]),
  );
  const all = {
    subscribe: {
      message: { oneOf: count(100).map((index) => ({ title: `Field ${index}`, payload: payload(index) })) },
    },
  };
  return { 'asyncapi.json': { asyncapi: '2.3.0', info, channels: { ...channels, 'room/all': all } } };
}

/** Files of JSON Schema that refer to each other by path, by `$id` and by definition, and four operations that use them. */
function externalSchemas(): Files {
  const file = (index: number) => ({
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `https://example.com/schemas/entity-${index}.json`,
    title: `Entity ${index}`,
    type: 'object',
    definitions: {
      id: { type: 'string' },
      address: schema({ street: { type: 'string' }, number: { $ref: '#/definitions/id' } }),
    },
    properties: {
      id: { $ref: '#/definitions/id' },
      address: { $ref: '#/definitions/address' },
      next: { $ref: `./entity-${(index + 1) % 90}.json` },
      other: { $ref: `entity-${(index + 7) % 90}.json#/definitions/address` },
      byId: { $ref: `https://example.com/schemas/entity-${(index + 1) % 90}.json#/definitions/id` },
    },
  });
  const files = count(90).map((index) => [`schemas/entity-${index}.json`, file(index)] as const);
  const message = (index: number) => ({ payload: { $ref: `./schemas/entity-${index}.json` } });
  const channels = Object.fromEntries(
    count(2).map((index) => [
      `entity${index}`,
      {
        publish: { operationId: `p${index}`, message: message(index) },
        subscribe: { operationId: `s${index}`, message: message(index + 9) },
      },
    ]),
  );
  return { 'asyncapi.json': { asyncapi: '2.6.0', info, channels }, ...Object.fromEntries(files) };
}

/** A payload whose property names contain dots. */
function dottedNames(): Files {
  const names = count(116).map((index) => `device.${index % 4}.sensor-${index}.value`);
  const payload = {
    ...schema(Object.fromEntries(names.map((name) => [name, schema({ 'a.b': { type: 'number' } })]))),
    required: names.slice(0, 50),
  };
  return {
    'asyncapi.json': { asyncapi: '3.0.0', info, channels: { metrics: { messages: { Measured: { payload } } } } },
  };
}

/** Schemas that each refer to the next one twice: without references they would be 2^24 schemas. */
function diamond(): Files {
  const schemas = count(24).map((index) => [
    `S${index}`,
    schema(
      index === 23
        ? {}
        : {
            left: { $ref: `#/components/schemas/S${index + 1}` },
            right: { $ref: `#/components/schemas/S${index + 1}` },
          },
    ),
  ]);
  const channels = { top: { messages: { Top: { payload: { $ref: '#/components/schemas/S0' } } } } };
  return {
    'asyncapi.json': { asyncapi: '3.0.0', info, channels, components: { schemas: Object.fromEntries(schemas) } },
  };
}

/** Operations with one message of the same channel each. AsyncAPI's parser processes the product of both numbers. */
function manyOperations(): Files {
  const messages = Object.fromEntries(
    count(300).map((index) => [`M${index}`, { payload: schema({ a: { type: 'string' } }) }]),
  );
  const operations = Object.fromEntries(
    count(300).map((index) => [
      `op${index}`,
      {
        action: 'send',
        channel: { $ref: '#/channels/all' },
        messages: [{ $ref: `#/channels/all/messages/M${index}` }],
      },
    ]),
  );
  return { 'asyncapi.json': { asyncapi: '3.0.0', info, channels: { all: { address: 'all', messages } }, operations } };
}

/** Nested objects, none of which has a name. */
function deepNesting(): Files {
  const payload = count(200).reduce<object>((inner) => schema({ a: inner }), { type: 'string' });
  return { 'asyncapi.json': { asyncapi: '3.1.0', info, channels: { deep: { messages: { Deep: { payload } } } } } };
}

/** Names that the generated code uses for something else: its own names, names of JavaScript, and names of domains. */
function reservedNames(): Files {
  const names = ['class', 'Object', 'Promise', 'string', 'Envelope', 'Publish', 'publish', 'default', 'eval', 'Event'];
  const more = ['EventTypes', 'catalogHash', 'subscribe', 'constructor', 'aB', 'a_b', '1st', '$x', 'index', 'shared'];
  const all = [...names, ...more, 'C', 'CHandlers', 'cHandlers', 'Größe', '日本語', '😀'];
  const referring = (name: string) => [name, { payload: { $ref: `#/components/schemas/${encodeURIComponent(name)}` } }];
  const described = (name: string) => [name, schema({ [name]: { const: `'*/\`\${${name}}\\\u2028` }, '': {} })];
  return {
    'asyncapi.json': {
      asyncapi: '3.0.0',
      info,
      channels: { c: { messages: Object.fromEntries(all.map(referring)) } },
      components: { schemas: Object.fromEntries(all.map(described)) },
    },
  };
}

/** Optional properties that every object inherits, of another type: of the data, and of an object in it. */
function inheritedNames(): Files {
  const inherited = schema({ constructor: { type: 'string' }, valueOf: { type: 'number' }, toString: {} });
  const inner = { $ref: '#/components/schemas/Inner' };
  const payloads = { Own: inherited, Inside: { ...schema({ inner }), required: ['inner'] }, List: { items: inner } };
  const examples = { Own: {}, Inside: { inner: {} }, List: [{}] };
  const messages = Object.entries(payloads).map(([name, payload]) => {
    return [name, { payload, examples: [{ payload: examples[name as keyof typeof examples] }] }] as const;
  });
  const channels = { c: { messages: Object.fromEntries(messages) } };
  return { 'asyncapi.json': { asyncapi: '3.0.0', info, channels, components: { schemas: { Inner: inherited } } } };
}

/** Schemas that refer to themselves at the same value, by every keyword that allows it. */
function circularSchemas(): Files {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const schemas = {
    All: { allOf: [ref('All'), schema({ a: ref('All') })] },
    Any: { anyOf: [ref('Any'), { type: 'string' }, { type: 'array', items: ref('Any') }] },
    Not: { not: ref('Not') },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    If: { if: ref('If'), then: { not: ref('If') }, else: ref('Any') },
    Dependent: { ...schema({ a: {} }), dependentSchemas: { a: ref('Dependent'), b: ref('Not') } },
    True: true,
    False: { allOf: [false, ref('True')] },
  };
  const messages = Object.fromEntries(Object.keys(schemas).map((name) => [name, { payload: ref(name) }]));
  return { 'asyncapi.json': { asyncapi: '3.0.0', info, channels: { c: { messages } }, components: { schemas } } };
}

/** A byte order mark, Windows line endings, anchors, merge keys, keys that are not texts, and paths with spaces. */
function oddTexts(): Files {
  const root = `asyncapi: 3.0.0
info: { title: Odd texts, version: 1.0.0 }
x-base: &base { type: object, properties: &own { id: { type: string, description: "two\\r\\nlines" } } }
channels:
  c:
    messages:
      1: { payload: { <<: *base, required: [id] } }
      Two:
        summary: |
          Ends */ here.
          And continues.
        payload: { <<: [*base, { description: more }], properties: { <<: *own, 3: {}, true: {}, null: {} } }
      Three: { payload: { $ref: './my%20schemas/100%.json#/definitions/x y' } }
      Four: { payload: *base }
`;
  const file = { definitions: { 'x y': schema({ again: { $ref: '#/definitions/x%20y' } }) } };
  return { 'asyncapi.json': `\ufeff${root.replaceAll('\n', '\r\n')}`, 'my schemas/100%.json': file };
}

export const hardDocuments: Readonly<Record<string, Files>> = {
  'anonymous-messages': anonymousMessages(),
  'external-schemas': externalSchemas(),
  'dotted-names': dottedNames(),
  diamond: diamond(),
  'many-operations': manyOperations(),
  'deep-nesting': deepNesting(),
  'reserved-names': reservedNames(),
  'inherited-names': inheritedNames(),
  'circular-schemas': circularSchemas(),
  'odd-texts': oddTexts(),
};
