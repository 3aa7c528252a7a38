import type { EventModel } from '../model.js';
import type { ComparableEvent, ComparableModel } from './compare-models.js';
import { withoutWords } from './without-words.js';

/** What a comparison reads of a model: its events, without those that are only ever a reply. */
export function comparableOf({ catalog, events, schemas }: EventModel): ComparableModel {
  return { catalog, events: events.filter(({ reply }) => !reply), schemas };
}

/** What a history keeps of it: neither words nor examples of schemas, nor where anything stands. */
export function releaseOf({ catalog, events, schemas }: ComparableModel): ComparableModel {
  const { title, version, hash } = catalog;
  return {
    catalog: { title, version, hash },
    events: events.map(comparableEvent),
    schemas: schemas.map(({ name, uses, schema }) => ({ name, uses, schema: withoutWords(schema) })),
  };
}

function comparableEvent(event: ComparableEvent): ComparableEvent {
  const { type, key, version, domain, summary, description, deprecated, stream, senders, receivers, payload } = event;
  return {
    ...{ type, key, version, domain },
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    ...{ deprecated, stream, senders, receivers, payload },
  };
}

/** The model in the text of a `catalog.json` or of a history's file; undefined when it is none. */
export function parseModel(text: string): ComparableModel | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value.catalog)) return undefined;
  const { events, schemas } = value;
  if (!Array.isArray(events) || !events.every(isEvent) || !Array.isArray(schemas) || !schemas.every(isSchema)) {
    return undefined;
  }
  return comparableOf(value as unknown as EventModel);
}

function isEvent(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const texts = ['type', 'key', 'version', 'domain', 'stream', 'payload'];
  return (
    texts.every((name) => typeof value[name] === 'string') &&
    Array.isArray(value.senders) &&
    Array.isArray(value.receivers)
  );
}

function isSchema(value: unknown): boolean {
  return isRecord(value) && typeof value.name === 'string' && Array.isArray(value.uses) && value.schema !== undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
