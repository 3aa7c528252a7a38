import type { FoundExample, FoundMessage, FoundRole } from '../document/found-document.js';
import type { EventModelEntry, ExampleModel, JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, propertyNames, propertySchema, referredName, schemaMap } from '../model/json-schema.js';
import { type DocumentStore, placeKey } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';
import { constantCase, NameAllocator } from '../support/names.js';
import { compare, optional } from '../support/values.js';
import type { EventWithSchemas } from './collect-event-schemas.js';
import type { SchemaCollector } from './collect-schemas.js';
import { eventTypeName, handlerName, publisherName } from './event-names.js';
import { sortedData } from './normalise-schema.js';

export interface BuildEventsContext {
  readonly store: DocumentStore;
  readonly roles: readonly FoundRole[];
  readonly collector: SchemaCollector;
  readonly find: (name: string) => JsonSchema | undefined;
  readonly cache: Cache;
}

/** The entries of events in the model, sorted by type. */
export function buildEvents(events: readonly EventWithSchemas[], context: BuildEventsContext): EventModelEntry[] {
  const sorted = [...events].sort((a, b) => compare(a.event.type, b.event.type));
  const own = { ...context, constants: new NameAllocator(), roles: rolesByPlace(context.roles) };
  return sorted.map((event) => buildEvent(event, own));
}

interface EntryContext extends Omit<BuildEventsContext, 'roles'> {
  readonly roles: ReadonlyMap<string, readonly FoundRole[]>;
  /** Allocates the names of constants. */
  readonly constants: NameAllocator;
}

/** The entry of an event. Reuses the entry of an earlier run if no input has changed. */
function buildEvent(
  { event, payload, headers }: EventWithSchemas,
  { store, roles, collector, constants, find, cache }: EntryContext,
): EventModelEntry {
  const { type, key, domain, found, channels, guessed } = event;
  const here = new Set([placeKey(found.at), ...channels.map(({ at }) => placeKey(at))]);
  const own = [...new Set([...here].flatMap((place) => roles.get(place) ?? []))];
  const servicesThat = (action: FoundRole['action']) =>
    [...new Set(own.filter((role) => role.action === action).map((role) => role.service))].sort(compare);
  const schema = collector.nameOf(payload);
  const fields = {
    type,
    key,
    constant: constants.take(constantCase(key)),
    typeName: eventTypeName(key),
    publisher: publisherName(key),
    handler: handlerName(key),
    version: found.version,
    domain,
    ...optional('title', found.title),
    ...optional('summary', found.summary),
    ...optional('description', found.description),
    deprecated: found.deprecated,
    tags: found.tags,
    stream: channels[0]?.address ?? '',
    senders: servicesThat('send'),
    receivers: servicesThat('receive'),
    payload: schema,
    ...(headers === undefined ? {} : { headers: collector.nameOf(headers) }),
    ...optional('contentType', found.contentType === 'application/json' ? undefined : found.contentType),
    ...optional('correlationId', found.correlationId),
    ...orderingOf(found),
    reply: own.length > 0 && own.every((role) => role.action === 'reply'),
    guessed: [...guessed].sort(),
    ...(found.upcast === undefined ? {} : { upcast: found.upcast.kind }),
    ...retiredOf(found),
  };
  const examples = examplesOf(found.examples, find(schema) ?? true, { find, cache });
  const source = store.sourceOf(found.at);
  const texts = JSON.stringify([fields, source, examples.map(({ name, summary }) => [name, summary])]);
  const inputs = [texts, ...examples.map(({ data }) => data)];
  return cache.derive('build-event', type, inputs, () => ({ ...fields, examples, source }));
}

function orderingOf({ ordering }: FoundMessage): Pick<EventModelEntry, 'orderingKey' | 'partitionBy'> {
  if (ordering === undefined) return {};
  const { key: orderingKey } = ordering;
  return ordering.isPartition ? { orderingKey, partitionBy: 'ordering-key' } : { orderingKey };
}

function retiredOf({ versions }: FoundMessage): Pick<EventModelEntry, 'retired'> {
  const all = versions.flatMap(({ major, retired }) => (retired === undefined ? [] : [{ major, retired }]));
  return all.length === 0 ? {} : { retired: all };
}

/** Roles of applications, by the place of the message or channel. */
function rolesByPlace(roles: readonly FoundRole[]): Map<string, FoundRole[]> {
  const found = new Map<string, FoundRole[]>();
  for (const role of roles) {
    for (const place of role.places) {
      const same = found.get(place);
      if (same === undefined) found.set(place, [role]);
      else same.push(role);
    }
  }
  return found;
}

function examplesOf(
  written: readonly FoundExample[],
  schema: JsonSchema,
  { find, cache }: Pick<EntryContext, 'find' | 'cache'>,
): readonly ExampleModel[] {
  return written.flatMap(({ name, summary, payload }): ExampleModel[] => {
    if (payload === undefined) return [];
    const data = orderedExample(payload.value as JsonValue, schema, { find, cache });
    return [{ ...optional('name', name), ...optional('summary', summary), data }];
  });
}

function orderedExample(
  written: JsonValue,
  schema: JsonSchema,
  { find, cache }: Pick<EntryContext, 'find' | 'cache'>,
): JsonValue {
  if (typeof written !== 'object' || written === null) return written;
  const inputs = [schema];
  return cache.deriveReading('order-example', written, { inputs, read: find }, (reads) =>
    orderLikeSchema(written, schema, reads.read),
  );
}

/** Sorts the properties of an example in the order of its schema; unknown properties follow, by name. */
function orderLikeSchema(
  data: JsonValue,
  schema: JsonSchema,
  find: (name: string) => JsonSchema | undefined,
): JsonValue {
  let described: JsonSchema = schema;
  for (let depth = 0; depth < 8 && isSchemaObject(described) && typeof described.$ref === 'string'; depth += 1) {
    described = find(referredName(described.$ref)) ?? true;
  }
  const own = isSchemaObject(described) ? described : {};
  if (Array.isArray(data)) {
    const { items = true } = own;
    return data.map((item) =>
      orderLikeSchema(item, typeof items === 'boolean' || isSchemaObject(items) ? items : true, find),
    );
  }
  if (!isSchemaObject(data)) return data;
  const order = propertyNames({ required: own.required ?? [], properties: schemaMap(own.properties) });
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = Object.keys(data).sort((a, b) => place(a) - place(b) || compare(a, b));
  const entries = names.map((name) => {
    const value = data[name] ?? null;
    return [name, order.includes(name) ? orderLikeSchema(value, propertySchema(own, name), find) : sortedData(value)];
  });
  return Object.fromEntries(entries) as JsonValue;
}
