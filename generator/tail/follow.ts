import { setTimeout as sleep } from 'node:timers/promises';
import type { EventOperator, FeedEntry, TransitionLogEntry } from '@hyvve-events/runtime';
import { eventRecord, type OutcomeRecord, outcomeRecord, type TailRecord } from './tail-record.js';

/** What {@link follow} reads of an operator. */
export type Followed = Pick<EventOperator, 'feed' | 'log' | 'status'>;

export interface FollowOptions {
  /** Whether an event of this type is reported, with its outcomes. */
  readonly matches: (type: string) => boolean;
  /** Whether records contain the data of events. */
  readonly withData: boolean;
  readonly onRecord: (record: TailRecord) => void;
  /** Called when Redis is no longer available, and again when it is: reading then continues where it ended. */
  readonly onConnection: (isAvailable: boolean) => void;
  readonly signal: AbortSignal;
}

/** An event whose handlers have not all finished in their first run. */
interface Open {
  readonly eventId: string | undefined;
  readonly type: string;
  /** By `performance.now()`. */
  readonly since: number;
  /** Handlers whose outcome was reported, as `group/handler`. */
  readonly reported: Set<string>;
}

const pollMs = 250;
const pageSize = 500;
/** A success in the first run is in no log: it is read from the status of an event, for the latest events, at most this number. */
const maxOpen = 200;
/** And only for this time, in milliseconds. */
const maxOpenMs = 10 * 60_000;
const finished: ReadonlySet<string> = new Set([
  'COMPLETED',
  'SKIPPED',
  'DLQ',
  'DISCARDED',
  'EXPIRED',
  'PARKED',
  'FAILED',
]);

/**
 * Reports events and outcomes from now on, until the signal is aborted. Reads the streams without a consumer group, so that it
 * changes nothing for the services.
 */
export async function follow(operator: Followed, options: FollowOptions): Promise<void> {
  const { feed, log } = operator;
  const ends = await feed.ends();
  let afterEvent = ends.events.lastId;
  let afterLog = ends.log.lastId;
  const open = new Map<string, Open>();
  const poll = async () => {
    const [entries, changes] = await Promise.all([
      feed.entries({ limit: pageSize, after: afterEvent }),
      log({ limit: pageSize, after: afterLog }),
    ]);
    afterEvent = entries.at(-1)?.streamId ?? afterEvent;
    afterLog = changes.at(-1)?.id ?? afterLog;
    reportEvents(entries, open, options);
    reportChanges(changes, open, options);
    await reportFirstRuns(operator, open, options);
    return entries.length === pageSize;
  };
  let isAvailable = true;
  const setAvailable = (now: boolean) => {
    if (now !== isAvailable) options.onConnection(now);
    isAvailable = now;
  };
  while (!options.signal.aborted) {
    const hasMore = await poll().catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
      return undefined;
    });
    setAvailable(hasMore !== undefined);
    if (hasMore !== true) await sleep(pollMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UNAVAILABLE';
}

function reportEvents(entries: readonly FeedEntry[], open: Map<string, Open>, options: FollowOptions): void {
  for (const { streamId, envelope } of entries) {
    const record = eventRecord(streamId, envelope, options.withData);
    const { type = '', eventId } = record;
    if (!options.matches(type)) continue;
    options.onRecord(record);
    // The oldest one is given up: it may be one of many events that have no handler.
    const [oldest] = open.keys();
    if (oldest !== undefined && open.size >= maxOpen) open.delete(oldest);
    open.set(streamId, { eventId, type, since: performance.now(), reported: new Set() });
  }
}

function reportChanges(
  changes: readonly TransitionLogEntry[],
  open: ReadonlyMap<string, Open>,
  options: FollowOptions,
): void {
  for (const change of changes) {
    const record = outcomeRecord(change);
    if (!options.matches(record.type ?? '')) continue;
    open.get(record.streamId)?.reported.add(`${record.group}/${record.handler}`);
    options.onRecord(record);
  }
}

async function reportFirstRuns(operator: Followed, open: Map<string, Open>, options: FollowOptions): Promise<void> {
  for (const [streamId, event] of open) {
    if (options.signal.aborted) return;
    const groups = await operator.status({ streamId });
    const handlers = groups.flatMap(({ group, handlers: ofGroup }) => ofGroup.map((one) => ({ group, ...one })));
    for (const { group, handler, status } of handlers) {
      const key = `${group}/${handler}`;
      if (status !== 'COMPLETED' || event.reported.has(key)) continue;
      event.reported.add(key);
      options.onRecord(firstSuccess(streamId, event, group, handler));
    }
    const isDone = handlers.length > 0 && handlers.every(({ status }) => finished.has(status));
    if (isDone || performance.now() - event.since > maxOpenMs) open.delete(streamId);
  }
}

function firstSuccess(streamId: string, { eventId, type }: Open, group: string, handler: string): OutcomeRecord {
  const base = {
    kind: 'outcome',
    at: new Date().toISOString(),
    outcome: 'completed',
    group,
    handler,
    streamId,
  } as const;
  return eventId === undefined ? { ...base, type, attempt: 1 } : { ...base, eventId, type, attempt: 1 };
}
