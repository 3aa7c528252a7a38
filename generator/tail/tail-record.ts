import type { Envelope, TransitionLogEntry } from '@hyvve-events/runtime';

/** An event that was published. */
export interface EventRecord {
  readonly kind: 'event';
  /** Time of the entry in the stream. ISO 8601, by Redis's clock. */
  readonly at: string;
  readonly streamId: string;
  /** Absent for an entry that is not an envelope, like the next ones. */
  readonly eventId?: string;
  readonly type?: string;
  readonly version?: string;
  readonly tenantId?: string;
  /** The ordering key. */
  readonly key?: string;
  readonly source?: string;
  readonly correlationId?: string;
  readonly causationId?: string;
  /** Only if it is asked for: it may contain personal data. */
  readonly data?: unknown;
}

/** What happened to an event in a handler, or to a group or a replay. */
export interface OutcomeRecord {
  readonly kind: 'outcome';
  /** Time of the change. ISO 8601, by Redis's clock; for a success in the first run, the time at which it was seen. */
  readonly at: string;
  /** `completed`, or another kind of the transition log: `failed`, `dead`, `retried`, … */
  readonly outcome: string;
  readonly group: string;
  readonly handler: string;
  readonly streamId: string;
  readonly eventId?: string;
  readonly type?: string;
  readonly attempt?: number;
  readonly error?: { readonly name: string; readonly message: string };
  /** When the next run is due. ISO 8601. */
  readonly dueAt?: string;
  readonly deadLetterId?: string;
  /** Reason of a dead letter. */
  readonly reason?: string;
  /** The person who made the change. */
  readonly actor?: string;
}

export type TailRecord = EventRecord | OutcomeRecord;

/** The record of an entry of the event stream. */
export function eventRecord(streamId: string, json: string | undefined, withData: boolean): EventRecord {
  const envelope = parsed(json);
  const at = timeOf(streamId);
  if (envelope === undefined) return { kind: 'event', at, streamId };
  const { id: eventId, type, version, tenantId, key, source, correlationId, causationId, data } = envelope;
  const fields = { eventId, type, version, tenantId, key, source, correlationId, causationId };
  return { kind: 'event', at, streamId, ...texts(fields), ...(withData ? { data } : undefined) };
}

/** The record of an entry of the transition log. */
export function outcomeRecord(entry: TransitionLogEntry): OutcomeRecord {
  const { id, kind: outcome, group, handler, streamId, dueAt, deadLetterId, reason, actor, detail } = entry;
  const { eventId, type, attempt, error } = detail;
  const record = { kind: 'outcome', at: timeOf(id), outcome, group, handler, streamId } as const;
  return {
    ...record,
    ...texts({ eventId, type, dueAt, deadLetterId, reason, actor }),
    ...(typeof attempt === 'number' ? { attempt } : undefined),
    ...(isFailure(error) ? { error: { name: error.name, message: error.message } } : undefined),
  };
}

/** The time in a stream id. ISO 8601. */
export function timeOf(streamId: string): string {
  return new Date(Number(streamId.split('-')[0])).toISOString();
}

/** An entry that another program wrote can contain any JSON. */
function parsed(json: string | undefined): Partial<Record<keyof Envelope, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The fields that are texts. */
function texts<Name extends string>(fields: Readonly<Record<Name, unknown>>): Partial<Record<Name, string>> {
  const entries = Object.entries(fields).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(entries) as Partial<Record<Name, string>>;
}

function isFailure(error: unknown): error is { readonly name: string; readonly message: string } {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
}
