import type { EventModel } from '../model/event-model.js';
import type { ComparableModel } from './compare-models.js';

/** The part of a model that is compared: without events that are only replies, and without older versions and their schemas. */
export function comparableOf(model: EventModel): ComparableModel {
  const { catalog, events, schemas } = withoutOlder(model);
  return { catalog, events: events.filter(({ reply }) => !reply), schemas };
}

function withoutOlder({ catalog, events, schemas }: EventModel): Pick<EventModel, 'catalog' | 'events' | 'schemas'> {
  const { ownHash, ...info } = catalog;
  if (ownHash === undefined) return { catalog, events, schemas };
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  const used = new Set<string>();
  const open = events.flatMap(({ payload, headers }) => (headers === undefined ? [payload] : [payload, headers]));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    open.push(...(byName.get(name)?.uses ?? []));
  }
  return {
    catalog: { ...info, hash: ownHash },
    events: events.map(({ older: _older, ...event }) => event),
    schemas: schemas.filter(({ name }) => used.has(name)),
  };
}

/** Version of the file format of releases, increased when readers must change. Since 2, it contains headers and annotations. */
const historyVersion = 2;

/** The part of a model that the history stores: without the places in the catalog. */
export function releaseOf({ catalog, events, schemas }: ComparableModel): object {
  const { title, version, hash } = catalog;
  return {
    historyVersion,
    catalog: { title, version, hash },
    events: events.map(withoutSource),
    schemas: schemas.map(withoutSource),
  };
}

function withoutSource(part: object): object {
  return Object.fromEntries(Object.entries(part).filter(([name]) => name !== 'source'));
}

/** The model in the text of a `catalog.json` or of a file of the history; undefined if the text is neither. */
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
  const model = comparableOf(value as unknown as EventModel);
  const isOldRelease = value.recordedAt !== undefined && value.historyVersion === undefined;
  return isOldRelease ? { ...model, isPayloadOnly: true } : model;
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
