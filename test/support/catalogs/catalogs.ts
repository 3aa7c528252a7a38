import type { EventModel, EventModelEntry, SchemaModel } from '@hyvve-events/catalog-model';

const source = { file: 'catalog/asyncapi.yaml', pointer: '' };

/** The fields of an event that a test sets. The others get default values. */
export type EventInput = Partial<EventModelEntry> & Pick<EventModelEntry, 'type' | 'key'>;

/** An event with all required fields. */
export function eventOf(input: EventInput): EventModelEntry {
  const { type, key } = input;
  return {
    constant: key.toUpperCase(),
    typeName: `${key}Event`,
    publisher: `publish${key}`,
    handler: `on${key}`,
    version: '1.0.0',
    domain: type.split('.')[0] ?? type,
    deprecated: false,
    tags: [],
    stream: 'hyvve:events',
    senders: [],
    receivers: [],
    payload: `${key}Payload`,
    reply: false,
    guessed: [],
    examples: [],
    source,
    ...input,
  };
}

/** A catalog of events, with their domains and services. */
export function catalogOf(events: readonly EventModelEntry[], schemas: readonly SchemaModel[]): EventModel {
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  const domains = unique(events.map(({ domain }) => domain));
  const services = unique(events.flatMap(({ senders, receivers }) => [...senders, ...receivers]));
  return {
    modelVersion: 1,
    catalog: { title: 'Shop', version: '2.0.0', asyncapi: '3.0.0', hash: '0123456789abcdef' },
    domains: domains.map((name) => ({ name, typeName: name, fileName: name, source })),
    events: [...events].sort((a, b) => (a.type < b.type ? -1 : 1)),
    schemas: [...schemas].sort((a, b) => (a.name < b.name ? -1 : 1)),
    services: services.map((name) => ({
      name,
      sends: events.filter(({ senders }) => senders.includes(name)).map(({ type }) => type),
      receives: events.filter(({ receivers }) => receivers.includes(name)).map(({ type }) => type),
    })),
  };
}

/** A schema with a name. */
export function schemaOf(name: string, schema: SchemaModel['schema'], uses: readonly string[] = []): SchemaModel {
  return { name, schema, uses, source };
}

/** A catalog of a thousand events in 25 domains, each with eight fields, sent and received by 40 services. */
export function largeCatalog(): EventModel {
  const entities = ['order', 'parcel', 'invoice', 'refund', 'stock', 'price', 'cart', 'visit'];
  const actions = ['created', 'updated', 'cancelled', 'closed', 'failed'];
  const types = Array.from({ length: 25 }, (_, domain) =>
    entities.flatMap((entity) => actions.map((action) => `domain${domain}.${entity}.${action}`)),
  ).flat();
  const events = types.map((type, index) =>
    eventOf({
      type,
      key: `E${index}`,
      summary: `The ${type.replaceAll('.', ' ')} event, number ${index}.`,
      senders: [`service-${index % 40}`],
      receivers: [`service-${(index * 7 + 1) % 40}`, `service-${(index * 3 + 2) % 40}`],
    }),
  );
  const schemas = events.map(({ payload }, index) => {
    const names = ['id', 'customerId', 'amount', 'currency', 'note', 'createdAt', 'items', `field${index}`];
    const properties = Object.fromEntries(
      names.map((name) => [name, { type: 'string', description: `The ${name} of number ${index}.` }]),
    );
    return schemaOf(payload, { type: 'object', properties });
  });
  return catalogOf(events, schemas);
}
