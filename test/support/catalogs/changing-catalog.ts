import { stringify } from 'yaml';
import type { GenerateOptions } from '../../../generator/pipeline.js';

/** Edits of the catalog below. Each can be made and reverted independently of the others. */
export const edits = [
  ...[
    'description in a domain',
    'description in a shared schema',
    'comment above',
    'summary removed',
    'title of the document',
  ],
  ...['property in a domain', 'property in a shared schema', 'type in a separate file', 'closed', 'draft 2020-12'],
  ...['key renamed', 'type renamed', 'domain removed', 'event added', 'used by another domain', 'schema unused'],
  ...[
    'file renamed',
    'circular',
    'tag in another schema',
    '$id that takes precedence',
    'sender added',
    'unsupported pattern',
  ],
  'base of a payload may be null',
  ...['names of the config', 'envelope of the config', 'package of the config'],
] as const;

/** Edits after which nothing is generated. */
export const invalidEdits = [
  ...[
    'example invalid',
    'broken reference',
    'invalid schema',
    'file missing',
    'message of another channel',
    'invalid section',
  ],
  ...['rules of the config', 'too many warnings'],
] as const;

export type Edit = (typeof edits | typeof invalidEdits)[number];

/** A catalog of three domains that share schemas, after some edits: its files, and the options of its config. */
export function changingCatalog(done: ReadonlySet<Edit>): {
  readonly files: Readonly<Record<string, string>>;
  readonly options: Partial<GenerateOptions>;
} {
  const is = (edit: Edit) => done.has(edit);
  const textAfter = (edit: Edit, text: string) => (is(edit) ? `${text} Edited.` : text);
  const ref = ($ref: string) => ({ $ref });
  const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
  const closed = { additionalProperties: !is('closed') };
  const channel = (...keys: string[]) => ({
    address: 'events',
    messages: Object.fromEntries(keys.map((key) => [key, ref(`#/messages/${key}`)])),
  });
  const ordersFile = is('file renamed') ? 'sales' : 'orders';
  const placed = is('key renamed') ? 'OrderTaken' : 'OrderPlaced';
  const orders = {
    channels: { orders: channel(placed, 'OrderGone', ...(is('event added') ? ['OrderHeld'] : [])) },
    messages: {
      [placed]: {
        name: is('type renamed') ? 'orders.order.taken' : 'orders.order.placed',
        ...(is('summary removed') ? {} : { summary: 'An order was placed.' }),
        payload: ref('#/schemas/Order'),
        examples: [{ payload: { id: is('example invalid') ? 7 : 'o1', total: { amount: 1 }, lines: [{ sku: 'a' }] } }],
      },
      OrderGone: {
        name: 'orders.order.gone',
        payload: object({ why: { enum: ['a', 'b'] }, order: ref('#/schemas/Order') }),
      },
      OrderHeld: {
        name: 'orders.order.held',
        payload: ref(is('broken reference') ? '#/schemas/Ordre' : '#/schemas/Order'),
      },
    },
    schemas: {
      Order: object(
        {
          id: { type: 'string', description: textAfter('description in a domain', 'Its id.'), minLength: 1 },
          total: ref('../shared/common.yaml#/schemas/Money'),
          lines: { type: 'array', items: ref('../parts/line.json') },
          payer: {
            discriminator: 'kind',
            oneOf: [ref('../shared/common.yaml#/schemas/Person'), ref('../shared/common.yaml#/schemas/Firm')],
          },
          ...(is('property in a domain')
            ? { note: { type: ['string', 'null'] }, at: object({ x: { type: 'number' } }) }
            : {}),
          ...(is('circular') ? { before: ref('#/schemas/Order'), same: { anyOf: [ref('#/schemas/Loop')] } } : {}),
        },
        { required: ['id', 'total'], ...closed },
      ),
      Loop: { anyOf: [ref('#/schemas/Loop'), { type: 'string' }] },
    },
  };
  const stock = {
    channels: { stock: channel('StockLow') },
    messages: {
      StockLow: {
        name: 'stock.item.low',
        summary: 'Nearly none left.',
        payload: object({
          item: ref('https://example.org/item'),
          ...(is('used by another domain') ? { order: ref(`./${ordersFile}.yaml#/schemas/Order`) } : {}),
          code: { type: 'string', pattern: is('unsupported pattern') ? '(?i)^a' : '^a' },
        }),
      },
    },
    schemas: {
      Item: {
        $id: 'https://example.org/item',
        ...object({ sku: { type: is('invalid schema') ? 'float' : 'string' } }),
      },
      Unused: object({ a: {} }),
    },
  };
  const people = {
    channels: { people: channel('PersonMet', 'PersonLeft') },
    messages: {
      PersonMet: {
        name: 'people.person.met',
        payload: is('schema unused') ? { type: 'string' } : ref('../shared/common.yaml#/schemas/Person'),
      },
      PersonLeft: {
        name: 'people.person.left',
        payload: { allOf: [ref('#/schemas/Visit')] },
        examples: [{ payload: { rooms: 2 } }],
      },
    },
    schemas: {
      Visit: {
        ...object({ rooms: { type: 'integer' } }),
        type: is('base of a payload may be null') ? ['object', 'null'] : 'object',
      },
    },
  };
  const common = {
    schemas: {
      Money: object(
        {
          amount: { type: 'number', description: textAfter('description in a shared schema', 'In cents.') },
          ...(is('property in a shared schema') ? { currency: { type: 'string', default: 'EUR' } } : {}),
        },
        is('draft 2020-12') ? { unevaluatedProperties: false } : {},
      ),
      Person: object({
        email: { type: 'string' },
        ...(is('tag in another schema') ? { kind: { const: 'human' } } : {}),
      }),
      Firm: object({ name: { type: 'string' }, seat: ref('#/schemas/Money') }),
    },
  };
  const line = object({ sku: { type: is('type in a separate file') ? 'integer' : 'string' } });
  const takesOver = { $id: 'https://example.org/item', ...object({ taken: { type: 'boolean' } }) };
  const domains = ['orders', 'stock', ...(is('domain removed') ? [] : ['people'])];
  const root = {
    asyncapi: '3.0.0',
    info: { title: is('title of the document') ? 'Another' : 'Changing', version: '1.0.0' },
    ...(is('invalid section') ? { servers: 7 } : {}),
    channels: Object.fromEntries(
      domains.map((name) => [name, ref(`./domains/${name === 'orders' ? ordersFile : name}.yaml#/channels/${name}`)]),
    ),
    operations: {
      send: {
        action: 'send',
        'x-service': 'shop',
        channel: ref('#/channels/orders'),
        ...(is('message of another channel') ? { messages: [ref('#/channels/stock/messages/StockLow')] } : {}),
      },
      ...(is('sender added')
        ? { more: { action: 'receive', 'x-service': 'store', channel: ref('#/channels/stock') } }
        : {}),
    },
    components: { schemas: is('$id that takes precedence') ? { Aaa: takesOver } : {} },
  };
  const above = is('comment above') ? '# One line\n# and another.\n' : '';
  return {
    files: {
      'asyncapi.yaml': stringify(root),
      [`domains/${ordersFile}.yaml`]: above + stringify(orders),
      'domains/stock.yaml': stringify(stock),
      'domains/people.yaml': stringify(people),
      'shared/common.yaml': above + stringify(common),
      ...(is('file missing') ? {} : { 'parts/line.json': JSON.stringify(line) }),
    },
    options: {
      ...(is('names of the config')
        ? { names: { events: { 'stock.item.low': 'Short' }, schemas: { Money: 'Cash' } } }
        : {}),
      ...(is('envelope of the config') ? { envelope: { tenantId: 'optional', userId: 'required' } } : {}),
      ...(is('rules of the config') ? { rules: { DESCRIPTION_MISSING: 'off', OPEN_OBJECT: 'error' } } : {}),
      ...(is('package of the config') ? { package: { name: 'x', version: '1.0.0' } } : {}),
      ...(is('too many warnings') ? { maxWarnings: 3 } : {}),
    },
  };
}
