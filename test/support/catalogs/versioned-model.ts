import type {
  ChangesFile,
  EventModel,
  EventModelEntry,
  JsonSchema,
  OlderVersionModel,
} from '@hyvve-events/catalog-model';

const source = { file: 'catalog/asyncapi.yaml', pointer: '/channels/shop' };
const text = (description: string): JsonSchema => ({ type: 'string', description });
const closed = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const older: readonly OlderVersionModel[] = [
  {
    major: 1,
    version: '1.2.0',
    payload: 'OrderV1',
    next: 'OrderV2',
    step: 'v1ToV2',
    upcast: 'derive',
    sunset: '2027-02-01',
    derived: [
      { do: 'keep', name: 'orderId' },
      { do: 'rename', name: 'customerName', from: 'customer' },
      { do: 'set', name: 'currency', value: 'EUR' },
      { do: 'keep', name: 'total' },
      { do: 'drop', name: 'note' },
    ],
  },
  { major: 2, version: '2.0.0', payload: 'OrderV2', next: 'Order', step: 'v2ToV3', upcast: 'code' },
];

/** The event of the model: three major versions are read, and one is retired. */
export const versionedEvent: EventModelEntry = {
  type: 'shop.order.placed',
  key: 'OrderPlaced',
  constant: 'ORDER_PLACED',
  typeName: 'OrderPlacedEvent',
  publisher: 'publishOrderPlaced',
  handler: 'onOrderPlaced',
  version: '3.0.0',
  domain: 'shop',
  summary: 'A customer placed an order.',
  deprecated: false,
  tags: [],
  stream: 'events',
  senders: ['shop'],
  receivers: ['mails'],
  payload: 'Order',
  reply: false,
  guessed: [],
  examples: [{ data: { orderId: 'ord_1', customerName: 'Ada', currency: 'EUR', totalCents: 1250 } }],
  upcast: 'code',
  older,
  retired: [{ major: 0, retired: '2026-03-02' }],
  source,
};

/** A second event, whose one older version is converted by derived steps alone. */
export const derivedEvent: EventModelEntry = {
  ...versionedEvent,
  type: 'shop.order.sent',
  key: 'OrderSent',
  constant: 'ORDER_SENT',
  typeName: 'OrderSentEvent',
  publisher: 'publishOrderSent',
  handler: 'onOrderSent',
  version: '2.0.0',
  summary: 'An order was sent.',
  payload: 'OrderV2',
  examples: [],
  upcast: 'derive',
  older: older.slice(0, 1),
  retired: [],
};

const order = {
  orderId: text('Id of the order.'),
  customerName: { ...(text('Who ordered.') as object), 'x-personal-data': true },
};
const currency: JsonSchema = { type: 'string', default: 'EUR' };

/** A model with older versions of its events, as the generator makes it from a recorded history. */
export const versionedModel: EventModel = {
  modelVersion: 1,
  catalog: { title: 'Shop', version: '3.0.0', asyncapi: '3.0.0', hash: '0123456789abcdef' },
  domains: [{ name: 'shop', typeName: 'Shop', fileName: 'shop', source }],
  events: [versionedEvent, derivedEvent],
  schemas: [
    ...[
      {
        name: 'Order',
        schema: closed({ ...order, currency, totalCents: { type: 'integer' } }, [
          'orderId',
          'customerName',
          'currency',
          'totalCents',
        ]),
      },
      {
        name: 'OrderV1',
        schema: closed(
          {
            orderId: text('Id of the order.'),
            customer: { type: 'string', 'x-personal-data': true },
            total: { type: 'number' },
            note: text('A remark.'),
          },
          ['orderId', 'customer', 'total'],
        ),
      },
      {
        name: 'OrderV2',
        schema: closed({ ...order, currency, total: { type: 'number' } }, [
          'orderId',
          'customerName',
          'currency',
          'total',
        ]),
      },
    ].map((schema) => ({ ...schema, domain: 'shop', uses: [], source })),
  ],
  services: [
    { name: 'mails', sends: [], receives: [versionedEvent.type, derivedEvent.type] },
    { name: 'shop', sends: [versionedEvent.type, derivedEvent.type], receives: [] },
  ],
};

const changed = {
  type: versionedEvent.type,
  key: 'OrderPlaced',
  domain: 'shop',
  kind: 'changed',
  isAnnounced: true,
} as const;
const both = ['backward', 'forward'] as const;

/** The recorded changes of {@link versionedModel}. */
export const versionedChanges: ChangesFile = {
  changesVersion: 1,
  unreleased: [],
  releases: [
    {
      version: '3.0.0',
      recordedAt: '2026-11-20',
      hash: '0123456789abcdef',
      events: [
        {
          ...changed,
          from: '2.0.0',
          to: '3.0.0',
          impact: 'breaking for both',
          against: both,
          changes: [
            { code: 'VERSION_RAISED', message: 'version 2.0.0 became 3.0.0', breaks: [], against: [] },
            { code: 'PROPERTY_REMOVED', path: '$.total', message: 'was removed', breaks: ['consumers'], against: both },
          ],
        },
      ],
    },
    {
      version: '2.0.0',
      recordedAt: '2026-06-20',
      hash: '1123456789abcdef',
      events: [
        {
          ...changed,
          from: '1.2.0',
          to: '2.0.0',
          impact: 'breaking for both',
          against: both,
          changes: [
            {
              code: 'PROPERTY_REMOVED',
              path: '$.customer',
              message: 'was removed',
              breaks: ['consumers'],
              against: both,
            },
          ],
        },
      ],
    },
  ],
};
