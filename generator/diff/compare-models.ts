import type { EventModel, EventModelEntry, JsonSchema, SchemaModel } from '../model/event-model.js';
import { refTo } from '../model/json-schema.js';
import { canonical } from '../model/shape.js';
import { compareVersions, majorOf } from '../support/versions.js';
import {
  type ChangeCode,
  type ChangeDetail,
  type ChangeImpact,
  changeOf,
  type EventChange,
  type Side,
} from './change.js';
import { compareSchemas, type Versions } from './compare-schemas.js';
import { type CompatibilityMode, directionsOf } from './modes.js';
import { withoutAnnotations } from './without-annotations.js';

/** The fields of an event that a comparison uses. */
export type ComparableEvent = Pick<
  EventModelEntry,
  | 'type'
  | 'key'
  | 'version'
  | 'domain'
  | 'summary'
  | 'description'
  | 'deprecated'
  | 'stream'
  | 'senders'
  | 'receivers'
  | 'payload'
  | 'headers'
  | 'contentType'
  | 'correlationId'
  | 'orderingKey'
  | 'partitionBy'
  | 'upcast'
  | 'retired'
>;

/** The part of a model that a comparison uses and that the history stores. */
export interface ComparableModel {
  readonly catalog: Pick<EventModel['catalog'], 'title' | 'version' | 'hash'>;
  readonly events: readonly ComparableEvent[];
  readonly schemas: readonly Pick<SchemaModel, 'name' | 'schema' | 'uses'>[];
  /** True for releases that were recorded without the headers, content type and correlation id of messages. */
  readonly isPayloadOnly?: boolean;
}

/** The differences between two catalogs. */
export interface CatalogDiff {
  readonly from: { readonly version: string; readonly hash: string };
  readonly to: { readonly version: string; readonly hash: string };
  /** Sorted by type, without unchanged events. */
  readonly events: readonly EventChange[];
}

/** Compares two catalogs, event by event. */
export function compareModels(old: ComparableModel, now: ComparableModel): CatalogDiff {
  const before = new Map(old.events.map((event) => [event.type, event]));
  const after = new Map(now.events.map((event) => [event.type, event]));
  const versions: Versions = { old: definitionsOf(old), new: definitionsOf(now) };
  const isSame = sameSchemas(old, now);
  const isMajor = majorOf(now.catalog.version) > majorOf(old.catalog.version);
  const types = [...new Set([...before.keys(), ...after.keys()])].sort();
  const partChanges = (a: string | undefined, b: string | undefined, path: string) =>
    a === b && (a === undefined || isSame(a)) ? [] : compareSchemas(partOf(a), partOf(b), versions, path);
  const events = types.flatMap((type) => {
    const a = before.get(type);
    const b = after.get(type);
    if (a === undefined) return b === undefined ? [] : [addedOrRemoved('added', b, false)];
    if (b === undefined) return [addedOrRemoved('removed', a, isMajor)];
    const changes = [
      ...eventChanges(a, b),
      ...orderingChanges(a, b),
      ...(old.isPayloadOnly === true ? [] : messageChanges(a, b)),
      ...partChanges(a.payload, b.payload, '$'),
      ...(old.isPayloadOnly === true ? [] : partChanges(a.headers, b.headers, 'headers')),
    ];
    const isAnnounced = majorOf(b.version) > majorOf(a.version);
    return changes.length === 0 ? [] : [diffOf('changed', b, changes, isAnnounced, { from: a.version, to: b.version })];
  });
  const versionOf = ({ catalog: { version, hash } }: ComparableModel) => ({ version, hash });
  return { from: versionOf(old), to: versionOf(now), events };
}

/** Whether the changes of an event break compatibility in a mode without a new major version. */
export function isBreaking({ against, isAnnounced }: EventChange, mode: CompatibilityMode): boolean {
  return !isAnnounced && directionsOf(mode).some((direction) => against.includes(direction));
}

function addedOrRemoved(kind: 'added' | 'removed', event: ComparableEvent, isAnnounced: boolean): EventChange {
  const code: ChangeCode = kind === 'added' ? 'EVENT_ADDED' : 'EVENT_REMOVED';
  const version = kind === 'added' ? { to: event.version } : { from: event.version };
  return diffOf(kind, event, [changeOf(code, `${event.type} was ${kind}`)], isAnnounced, version);
}

function diffOf(
  kind: EventChange['kind'],
  { type, key, domain }: ComparableEvent,
  changes: readonly ChangeDetail[],
  isAnnounced: boolean,
  version: { readonly from?: string; readonly to?: string },
): EventChange {
  const sides = new Set(changes.flatMap(({ breaks }) => breaks));
  const against = [...new Set(changes.flatMap((change) => change.against))].sort();
  return { type, key, domain, kind, ...version, impact: impactOf(sides), against, isAnnounced, changes };
}

function impactOf(sides: ReadonlySet<Side>): ChangeImpact {
  if (sides.size === 2) return 'breaking for both';
  const [side] = sides;
  return side === undefined ? 'compatible' : `breaking for ${side}`;
}

function eventChanges(old: ComparableEvent, now: ComparableEvent): ChangeDetail[] {
  const found: ChangeDetail[] = [];
  const add = (code: ChangeCode, message: string) => found.push(changeOf(code, message));
  if (old.version !== now.version) {
    const code = compareVersions(now.version, old.version) < 0 ? 'VERSION_LOWERED' : 'VERSION_RAISED';
    add(code, `version ${old.version} became ${now.version}`);
  }
  if (!old.deprecated && now.deprecated) add('EVENT_DEPRECATED', `${now.type} is deprecated`);
  if (old.deprecated && !now.deprecated) add('EVENT_RESTORED', `${now.type} is no longer deprecated`);
  if (old.key !== now.key) add('KEY_CHANGED', `${old.key} is now ${now.key}: the compiler reports every use`);
  if (old.stream !== now.stream) add('STREAM_CHANGED', `the channel ${old.stream} became ${now.stream}`);
  if (old.summary !== now.summary || old.description !== now.description) {
    add('DESCRIPTION_CHANGED', 'its description changed');
  }
  for (const [role, before, after] of [
    ['SENDER', old.senders, now.senders],
    ['RECEIVER', old.receivers, now.receivers],
  ] as const) {
    const verb = role === 'SENDER' ? 'sends' : 'receives';
    for (const name of after.filter((each) => !before.includes(each))) add(`${role}_ADDED`, `${name} ${verb} it`);
    for (const name of before.filter((each) => !after.includes(each))) {
      add(`${role}_REMOVED`, `${name} no longer ${verb} it`);
    }
  }
  return found;
}

/** Changes of a message outside its payload and headers. */
function messageChanges(old: ComparableEvent, now: ComparableEvent): ChangeDetail[] {
  const found: ChangeDetail[] = [];
  if (old.contentType !== now.contentType) {
    const [before, after] = [old.contentType, now.contentType].map((type) => type ?? 'application/json');
    found.push(changeOf('CONTENT_TYPE_CHANGED', `the content type ${before} became ${after}`));
  }
  // A new correlation id does not break consumers.
  if (old.correlationId !== undefined && old.correlationId !== now.correlationId) {
    const place = now.correlationId ?? 'none';
    found.push(
      changeOf('CORRELATION_ID_MOVED', `the place of the correlation id, ${old.correlationId}, became ${place}`),
    );
  }
  return found;
}

/** Adding, removing and changing an ordering key all have the same consequence. */
function orderingChanges(old: ComparableEvent, now: ComparableEvent): ChangeDetail[] {
  const found: ChangeDetail[] = [];
  const named = (key: string | undefined) => key ?? 'the tenant';
  if (old.orderingKey !== now.orderingKey) {
    const change = `the ordering key was ${named(old.orderingKey)} and is now ${named(now.orderingKey)}`;
    const why = 'events of one key that were published before and after the change are not handled in order';
    found.push(changeOf('ORDERING_KEY_CHANGED', `${change}: ${why}`));
  }
  if (old.partitionBy !== now.partitionBy) {
    const [before, after] = [old, now].map(({ partitionBy }) =>
      partitionBy === undefined ? 'tenant' : 'ordering key',
    );
    const why = 'events of one key that were published before and after the change may be in different partitions';
    found.push(
      changeOf('PARTITION_KEY_CHANGED', `the ${before} determined the partition, now the ${after} does: ${why}`),
    );
  }
  return found;
}

/** The payload or headers of a message, by the name of the schema. Without a schema, any value is valid. */
function partOf(name: string | undefined): readonly JsonSchema[] {
  return name === undefined ? [] : [{ $ref: refTo(name) }];
}

function definitionsOf(model: ComparableModel): Versions['old'] {
  return new Map(model.schemas.map(({ name, schema }) => [name, schema]));
}

/** Whether a schema, including everything that it refers to, is the same in both models apart from annotations. */
function sameSchemas(old: ComparableModel, now: ComparableModel): (name: string) => boolean {
  const before = new Map(old.schemas.map((each) => [each.name, each.schema]));
  const after = new Map(now.schemas.map((each) => [each.name, each]));
  const alike = new Map<string, boolean>();
  const isAlike = (name: string, a: JsonSchema, b: JsonSchema): boolean => {
    let result = alike.get(name);
    if (result === undefined) {
      // The cheap comparisons come first: most schemas are identical. Only the last one ignores annotations.
      result =
        a === b ||
        JSON.stringify(a) === JSON.stringify(b) ||
        canonical(withoutAnnotations(a)) === canonical(withoutAnnotations(b));
      alike.set(name, result);
    }
    return result;
  };
  return (name) => {
    const seen = new Set<string>();
    const visit = (at: string): boolean => {
      if (seen.has(at)) return true;
      seen.add(at);
      const a = before.get(at);
      const b = after.get(at);
      return a !== undefined && b !== undefined && isAlike(at, a, b.schema) && b.uses.every(visit);
    };
    return visit(name);
  };
}
