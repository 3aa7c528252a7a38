import type { DraftRecord, HistoryRecord, PublishCall, PublishFailure, PublishResult, RunStart } from '../history.js';
import { groupBy } from './group-by.js';

/** One draft of a call, and what became of it. */
export interface Publication {
  readonly call: PublishCall;
  readonly draft: DraftRecord;
  /** Its place in the call. */
  readonly index: number;
  /** Undefined: the call has no result, because its process ended. */
  readonly result: PublishResult | PublishFailure | undefined;
  readonly acknowledged: PublishResult['events'][number] | undefined;
  /** `unknown`: it may have been written, now or later. */
  readonly outcome: 'acknowledged' | 'rejected' | 'unknown';
  /** The id of its event. Undefined: only the runtime knows it. */
  readonly eventId: string | undefined;
}

/** What the history says of an event's publishing. */
export interface PublishedEvent {
  readonly eventId: string;
  /** The acknowledgements that name it, also as a duplicate. */
  readonly acknowledged: Publication[];
  /** The publications of which one has written it, as far as it can be known. */
  readonly writers: Publication[];
  /** Publications of this id that must not have written it. */
  readonly rejected: Publication[];
}

/** The publications of a history, by call. Calls with two results or without a beginning are left out: another rule refuses them. */
export function publicationsOf(records: readonly HistoryRecord[]): Publication[] {
  const results = new Map<string, PublishResult | PublishFailure>();
  for (const record of records)
    if (record.kind === 'acknowledged' || record.kind === 'rejected') results.set(record.call, record);
  return records.flatMap((record) =>
    record.kind === 'publish'
      ? record.drafts.map((draft, index) => publication(record, draft, index, results.get(record.call)))
      : [],
  );
}

function publication(
  call: PublishCall,
  draft: DraftRecord,
  index: number,
  result: PublishResult | PublishFailure | undefined,
): Publication {
  if (result?.kind === 'acknowledged') {
    const acknowledged = result.events[index];
    const outcome = acknowledged === undefined ? 'unknown' : 'acknowledged';
    return { call, draft, index, result, acknowledged, outcome, eventId: acknowledged?.eventId };
  }
  const named = call.drafts.length === 1 ? result?.eventId : undefined;
  const outcome = result === undefined || result.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'rejected';
  return { call, draft, index, result, acknowledged: undefined, outcome, eventId: draft.id ?? named };
}

/** The events of a history by id. Events whose id no publication knows are matched to publications with the same content. */
export function publishedEvents(
  publications: readonly Publication[],
  records: readonly HistoryRecord[],
): Map<string, PublishedEvent> {
  const events = new Map<string, PublishedEvent>();
  const event = (eventId: string): PublishedEvent => {
    const found = events.get(eventId) ?? { eventId, acknowledged: [], writers: [], rejected: [] };
    events.set(eventId, found);
    return found;
  };
  const unknown: Publication[] = [];
  for (const each of publications) {
    if (each.outcome === 'unknown') unknown.push(each);
    if (each.eventId === undefined) continue;
    if (each.outcome === 'rejected') event(each.eventId).rejected.push(each);
    if (each.outcome !== 'acknowledged') continue;
    event(each.eventId).acknowledged.push(each);
    if (each.acknowledged?.duplicate === false) event(each.eventId).writers.push(each);
  }
  const anonymous = unknown.filter((each) => {
    if (each.eventId === undefined) return true;
    const named = event(each.eventId);
    if (!named.writers.some(({ outcome }) => outcome === 'acknowledged')) named.writers.push(each);
    return false;
  });
  matchAnonymous(anonymous, events, event, records);
  return events;
}

function matchAnonymous(
  anonymous: readonly Publication[],
  events: ReadonlyMap<string, PublishedEvent>,
  event: (eventId: string) => PublishedEvent,
  records: readonly HistoryRecord[],
): void {
  if (anonymous.length === 0) return;
  // A duplicate names the event of an earlier call with the same key, whose outcome is unknown.
  const byKey = groupBy(anonymous, ({ draft }) => keyOf(draft) ?? '');
  for (const { acknowledged, writers } of events.values()) {
    if (writers.length > 0) continue;
    for (const { draft } of acknowledged) {
      const key = keyOf(draft);
      if (key !== undefined) writers.push(...(byKey.get(key) ?? []));
    }
  }
  const pools = new Pools(anonymous);
  // An id that a rejection names is that of its own call.
  const isOpen = (eventId: string) => {
    const found = events.get(eventId);
    return found === undefined || (found.writers.length === 0 && found.rejected.length === 0);
  };
  const ran = new Set<string>();
  for (const record of records) {
    if (record.kind !== 'run-start' || !isOpen(record.eventId)) continue;
    ran.add(record.eventId);
    add(event(record.eventId), pools.takeLike(record));
  }
  for (const record of records) {
    if (record.kind !== 'stream' || record.eventId === undefined) continue;
    if (isOpen(record.eventId) && !ran.has(record.eventId)) add(event(record.eventId), pools.takeOfType(record.type));
  }
}

function add({ writers }: PublishedEvent, writer: Publication | undefined): void {
  if (writer !== undefined) writers.push(writer);
}

/** Tenant and idempotency key of a draft as one text. */
export function keyOf({ tenantId = '', idempotencyKey }: DraftRecord): string | undefined {
  return idempotencyKey === undefined ? undefined : JSON.stringify([tenantId, idempotencyKey]);
}

/** Publications whose ids are unknown. Each is the writer of one event at most. */
class Pools {
  readonly #byContent: ReadonlyMap<string, Publication[]>;
  readonly #byType: ReadonlyMap<string, Publication[]>;
  readonly #taken = new Set<Publication>();

  constructor(publications: readonly Publication[]) {
    // The earliest one is the last of its pool.
    const latestFirst = [...publications].reverse();
    this.#byContent = groupBy(latestFirst, ({ draft }) => JSON.stringify([draft.type, draft.tenantId, draft.data]));
    this.#byType = groupBy(latestFirst, ({ draft }) => draft.type);
  }

  takeLike({ type, tenantId, data }: RunStart): Publication | undefined {
    if (data === undefined) return this.takeOfType(type);
    const pools = [tenantId, undefined].map((tenant) => this.#byContent.get(JSON.stringify([type, tenant, data])));
    return this.#take(pools[0]) ?? this.#take(pools[1]);
  }

  takeOfType(type: string | undefined): Publication | undefined {
    return type === undefined ? undefined : this.#take(this.#byType.get(type));
  }

  /** The earliest one that is not taken. */
  #take(pool: Publication[] | undefined): Publication | undefined {
    let first = pool?.pop();
    while (first !== undefined && this.#taken.has(first)) first = pool?.pop();
    if (first !== undefined) this.#taken.add(first);
    return first;
  }
}
