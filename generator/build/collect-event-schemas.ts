import { fieldsWithTraits } from '../document/read-document.js';
import { type DocumentStore, fieldsOf, type NodeRef } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import type { SchemaCollector } from './collect-schemas.js';
import { versionProblem } from './event-version.js';
import type { NamedEvent } from './name-events.js';
import { candidateNames } from './schema-names.js';

/** An event and the places of the schemas that it uses, which have no names yet. */
export interface EventWithSchemas {
  readonly event: NamedEvent;
  readonly payload: string;
  readonly headers: string | undefined;
}

/** Formats of JSON Schema, of AsyncAPI's and OpenAPI's kind too. */
const jsonSchemaFormat = /asyncapi|schema\+(json|yaml)|openapi|^application\/(json|yaml|x-yaml)\b/i;

/** Collects what a message carries. */
export function collectEventSchemas(
  store: DocumentStore,
  event: NamedEvent,
  collector: SchemaCollector,
  problems: Problem[],
): EventWithSchemas {
  const { found, key } = event;
  const { message } = found;
  const names = [`${key}Payload`];
  const wide = (code: 'PAYLOAD_MISSING' | 'PAYLOAD_UNSUPPORTED', at: NodeRef, what: string, hint: string) => {
    problems.push(store.problem(code, at, what, hint, 'warning'));
    const says = code === 'PAYLOAD_MISSING' ? 'The catalog does not describe it.' : `${what}.`;
    return collector.compose(message, names, { description: `${says.charAt(0).toUpperCase()}${says.slice(1)}` });
  };
  const payload = (): string => {
    const given = store.child(message, 'payload');
    if (given === undefined || given.value === null) {
      return wide('PAYLOAD_MISSING', message, `${key} has no payload`, 'give it a `payload` with a JSON Schema');
    }
    const multi = fieldsOf(given.value).schemaFormat === undefined ? undefined : store.child(given, 'schema');
    const format = multi === undefined ? fieldsOf(message.value).schemaFormat : fieldsOf(given.value).schemaFormat;
    if (typeof format === 'string' && !jsonSchemaFormat.test(format)) {
      const what = `payloads of ${format} are not supported; the type of ${key} is unknown`;
      return wide('PAYLOAD_UNSUPPORTED', given, what, 'describe the payload with a JSON Schema');
    }
    const target = store.follow(multi ?? given);
    const inner = fieldsOf(target.value).schemaFormat === undefined ? undefined : store.child(target, 'schema');
    return collector.collect(inner ?? multi ?? given, names);
  };
  const version = versionProblem(fieldsWithTraits(found));
  if (version !== undefined) {
    const at = [message, ...found.traits].flatMap((each) => store.child(each, 'x-event-version') ?? [])[0] ?? message;
    problems.push(store.problem('VERSION_INVALID', at, version.message, version.hint));
  }
  return { event, payload: payload(), headers: headersOf(store, event, collector) };
}

/** The headers of a message and of its traits together. */
function headersOf(store: DocumentStore, { found, key }: NamedEvent, collector: SchemaCollector): string | undefined {
  const { message, traits } = found;
  const all = [message, ...traits].flatMap((at) => {
    const headers = store.child(at, 'headers');
    if (headers === undefined || headers.value === null) return [];
    const multi = fieldsOf(headers.value).schemaFormat === undefined ? undefined : store.child(headers, 'schema');
    // A trait that several messages have is no message's own.
    const names = at.keys.includes('messageTraits') ? candidateNames(multi ?? headers, []) : [];
    return [{ at: multi ?? headers, names: [...names, `${key}${at === message ? 'Own' : 'Trait'}Headers`] }];
  });
  const [first] = all;
  if (first === undefined) return undefined;
  if (all.length > 1) return collector.compose(message, [`${key}Headers`], {}, all);
  return collector.collect(first.at, first.names.length > 1 ? first.names : [`${key}Headers`]);
}
