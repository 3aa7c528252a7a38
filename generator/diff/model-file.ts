import type { EventModel } from '../model/event-model.js';
import type { ComparableModel } from './compare-models.js';

/** The part of a model that is compared: without events that are only replies. */
export function comparableOf({ catalog, events, schemas }: EventModel): ComparableModel {
  return { catalog, events: events.filter(({ reply }) => !reply), schemas };
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
