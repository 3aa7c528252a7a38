import type { JsonValue } from '../model/event-model.js';
import { fieldsOf, type NodeRef } from '../source/document-store.js';
import { majorOf } from '../support/versions.js';
import { defaultVersion, isVersion, versionProblem } from './event-version.js';
import type { FoundExample, FoundHeaders, FoundMessage, FoundPayload } from './found-document.js';
import { orderingIn } from './ordering-words.js';
import { items, type Reader, textOf } from './reader.js';
import { upcastIn, versionsIn } from './version-words.js';

/** Reads a message and applies its traits. @param named Key and channel, which depend on the place of the message. */
export function readMessage(
  reader: Reader,
  at: NodeRef,
  named: Pick<FoundMessage, 'key' | 'keyFrom' | 'channel'>,
): FoundMessage {
  const { store, attempt } = reader;
  const fields = fieldsWithTraits(reader, at);
  const text = (name: string) => textOf(fields.valueOf(name));
  const correlationId = fields.at('correlationId');
  const joined = correlationId && attempt(() => store.follow(correlationId));
  const version = versionIn(reader, at, fields);
  return {
    ...named,
    name: text('name'),
    title: text('title'),
    summary: text('summary'),
    description: text('description'),
    version,
    upcast: upcastIn(reader, fields.at('x-upcast'), majorOf(version)),
    ordering: orderingIn(reader, fields.at('x-ordering-key'), fields.at('x-partition-by')),
    versions: versionsIn(reader, fields.at('x-versions')),
    deprecated: fields.valueOf('deprecated') === true || fields.valueOf('x-deprecated') === true,
    tags: tagsOf(fields.valueOf('tags')),
    contentType: text('contentType'),
    correlationId: textOf(fieldsOf(joined?.value).location),
    examples: examplesIn(reader, fields.at('examples')),
    payload: attempt(() => payloadOf(reader, fields)) ?? { kind: 'broken' },
    headers: fields.layers.flatMap((layer) => headersOf(reader, layer, layer === at ? 'message' : 'trait')),
    at,
  };
}

/** The fields of a message and of its traits. */
interface MessageFields {
  /** The message, then its traits in their order. */
  readonly layers: readonly NodeRef[];
  /** The field with priority: of the message or of its traits, depending on the AsyncAPI version; the last trait wins. */
  at(name: string): NodeRef | undefined;
  valueOf(name: string): JsonValue | undefined;
}

/** Applies the traits of a message. */
function fieldsWithTraits(reader: Reader, message: NodeRef): MessageFields {
  const { store, traitsWin } = reader;
  const traits = items(reader, store.child(message, 'traits'));
  const latestFirst = [...traits].reverse();
  const order = traitsWin ? [...latestFirst, message] : [message, ...latestFirst];
  const at = (name: string) => {
    const owner = order.find(({ value }) => Object.hasOwn(fieldsOf(value), name));
    return owner && store.child(owner, name);
  };
  return { layers: [message, ...traits], at, valueOf: (name) => at(name)?.value as JsonValue | undefined };
}

function versionIn({ store, attempt }: Reader, message: NodeRef, fields: MessageFields): string {
  const given = fields.valueOf('x-event-version');
  if (given === undefined) return defaultVersion;
  if (isVersion(given)) return given;
  attempt(() => {
    const { message: text, hint } = versionProblem(given);
    throw store.error('VERSION_INVALID', fields.at('x-event-version') ?? message, text, hint);
  });
  return defaultVersion;
}

function tagsOf(tags: JsonValue | undefined): string[] {
  if (!Array.isArray(tags)) return [];
  return tags.map((tag) => fieldsOf(tag).name).filter((name) => typeof name === 'string');
}

function examplesIn({ store }: Reader, list: NodeRef | undefined): FoundExample[] {
  if (list === undefined || !Array.isArray(list.value)) return [];
  return [...list.value.keys()].flatMap((index) => {
    const at = store.child(list, String(index));
    if (at === undefined) return [];
    const { name, summary } = fieldsOf(at.value);
    const values = { payload: store.child(at, 'payload'), headers: store.child(at, 'headers') };
    return [{ name: textOf(name), summary: textOf(summary), ...values }];
  });
}

/** Formats of JSON Schema, and of the dialects of AsyncAPI and OpenAPI. */
const jsonSchemaFormat = /asyncapi|schema\+(json|yaml)|openapi|^application\/(json|yaml|x-yaml)\b/i;

/** @throws GeneratorError if its reference cannot be resolved. */
function payloadOf({ store }: Reader, fields: MessageFields): FoundPayload {
  const given = fields.at('payload');
  if (given === undefined || given.value === null) return { kind: 'missing' };
  const multi = schemaWithFormat(store, given);
  const format = multi === undefined ? fields.valueOf('schemaFormat') : fieldsOf(given.value).schemaFormat;
  if (typeof format === 'string' && !jsonSchemaFormat.test(format)) return { kind: 'unsupported', format, at: given };
  const inner = schemaWithFormat(store, store.follow(multi ?? given));
  return { kind: 'schema', at: inner ?? multi ?? given };
}

function headersOf({ store }: Reader, layer: NodeRef, from: FoundHeaders['from']): FoundHeaders[] {
  const given = store.child(layer, 'headers');
  if (given === undefined || given.value === null) return [];
  const isShared = layer.keys.includes('messageTraits');
  return [{ at: schemaWithFormat(store, given) ?? given, from, isShared }];
}

/** The schema of a multi-format schema object, `{ schemaFormat, schema }`; undefined for any other value. */
function schemaWithFormat(store: Reader['store'], at: NodeRef): NodeRef | undefined {
  return fieldsOf(at.value).schemaFormat === undefined ? undefined : store.child(at, 'schema');
}
