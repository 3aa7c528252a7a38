import { type FoundMessage, type FoundRole, fieldsWithTraits } from '../document/read-document.js';
import type { EventModelEntry, ExampleModel, JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, propertyNames, propertySchema, referredName, schemaMap } from '../model/json-schema.js';
import { type DocumentStore, fieldsOf, placeKey } from '../source/document-store.js';
import type { Kept } from '../support/cache.js';
import { constantCase, type NameAllocator } from '../support/names.js';
import { compare, optional } from '../support/values.js';
import type { EventWithSchemas } from './collect-event-schemas.js';
import type { SchemaCollector } from './collect-schemas.js';
import { defaultVersion, versionOf } from './event-version.js';
import { eventTypeName, handlerName, publisherName } from './name-events.js';
import { sortedData } from './normalise-schema.js';

/** What the entries of a model are made with. */
export interface EntryContext {
  readonly store: DocumentStore;
  readonly roles: ReadonlyMap<string, readonly FoundRole[]>;
  readonly collector: SchemaCollector;
  /** Names of constants that are free. */
  readonly constants: NameAllocator;
  readonly find: (name: string) => JsonSchema | undefined;
  /** Entries of earlier runs by type. */
  readonly kept: Kept<EventModelEntry>;
}

/** The entry of an event; that of an earlier run where nothing that it is made of changed. */
export function buildEvent(
  { event, payload, headers }: EventWithSchemas,
  { store, roles, collector, constants, find, kept }: EntryContext,
): EventModelEntry {
  const { type, key, domain, found, channels, guessed } = event;
  const here = new Set([placeKey(found.message), ...channels.map(({ located }) => placeKey(located))]);
  const own = [...new Set([...here].flatMap((place) => roles.get(place) ?? []))];
  const who = (action: FoundRole['action']) =>
    [...new Set(own.filter((role) => role.action === action).map((role) => role.service))].sort(compare);
  const [channel] = channels;
  const { examples: written, ...fields } = fieldsWithTraits(found);
  const { contentType } = fields;
  const correlationId = correlationIdOf(store, found);
  const schema = collector.nameOf(payload);
  const names = {
    ...{ type, key, constant: constants.take(constantCase(key)), domain, stream: channel?.address ?? '' },
    ...{ payload: schema, headers: headers === undefined ? undefined : collector.nameOf(headers) },
    reply: own.length > 0 && own.every((role) => role.action === 'reply'),
  };
  const beside = {
    ...optional('contentType', contentType === 'application/json' ? undefined : contentType),
    ...optional('correlationId', correlationId),
  };
  const lists = { senders: who('send'), receivers: who('receive'), guessed: [...guessed].sort() };
  const examples = examplesOf(written, find(schema) ?? true, find);
  const source = store.sourceOf(found.message);
  const of = [
    ...[found.message.value, ...found.traits.map(({ value }) => value), examples, source.file, source.pointer],
    found.traitsWin,
    ...[...Object.values(names), JSON.stringify([lists, beside])],
  ];
  return kept.get(type, of, () => ({
    ...{ type, key, constant: names.constant, typeName: eventTypeName(key) },
    ...{ publisher: publisherName(key), handler: handlerName(key) },
    version: versionOf(fields) ?? defaultVersion,
    domain,
    ...optional('title', fields.title),
    ...optional('summary', fields.summary),
    ...optional('description', fields.description),
    deprecated: fields.deprecated === true || fields['x-deprecated'] === true,
    tags: tagsOf(fields.tags),
    stream: names.stream,
    ...{ senders: lists.senders, receivers: lists.receivers, payload: schema },
    ...(names.headers === undefined ? {} : { headers: names.headers }),
    ...beside,
    ...{ reply: names.reply, guessed: lists.guessed, examples, source },
  }));
}

/** What is done with each message, or with each channel, by its place. */
export function rolesByPlace(roles: readonly FoundRole[]): Map<string, FoundRole[]> {
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

/** Where the id is that joins messages, followed to what it refers to. */
function correlationIdOf(store: DocumentStore, { message, traits, traitsWin }: FoundMessage): JsonValue | undefined {
  const places = traitsWin ? [...traits].reverse().concat(message) : [message, ...traits];
  const [own] = places.flatMap((at) => store.child(at, 'correlationId') ?? []);
  return own && fieldsOf(store.follow(own).value).location;
}

function tagsOf(tags: JsonValue | undefined): string[] {
  if (!Array.isArray(tags)) return [];
  return tags.map((tag) => fieldsOf(tag).name).filter((name) => typeof name === 'string');
}

/** Examples of earlier runs by what was written, with the schemas that gave them their order. */
const known = new WeakMap<
  object,
  { readonly looked: ReadonlyMap<string, unknown>; readonly examples: ExampleModel[] }
>();

function examplesOf(
  value: JsonValue | undefined,
  schema: JsonSchema,
  find: (name: string) => JsonSchema | undefined,
): readonly ExampleModel[] {
  if (!Array.isArray(value)) return noExamples;
  const before = known.get(value);
  const isSame =
    before !== undefined && [...before.looked].every(([name, found]) => (name === '' ? schema : find(name)) === found);
  if (isSame) return before.examples;
  const looked = new Map<string, unknown>([['', schema]]);
  const look = (name: string) => {
    const found = find(name);
    looked.set(name, found);
    return found;
  };
  const examples = value.flatMap((example): ExampleModel[] => {
    const { name, summary, payload } = fieldsOf(example);
    if (payload === undefined) return [];
    const data = orderLikeSchema(payload, schema, look);
    return [{ ...optional('name', name), ...optional('summary', summary), data }];
  });
  known.set(value, { looked, examples });
  return examples;
}

const noExamples: readonly ExampleModel[] = [];

/** An example with its properties in the order in which its schema has them, others after that by name. */
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
