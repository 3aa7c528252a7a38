import type { TransitionLogEntry } from '@hyvve-events/runtime';
import { type Position, positionOf } from '../database/positions.js';
import {
  type DeadLetterRow,
  type DeliveryRow,
  type EventRow,
  type StoredDetail,
  storedDetailFields,
  type TransitionLogRow,
} from '../database/tables.js';
import { keyText, plainText, storable } from '../database/text.js';
import { entryIdOf, envelopeColumns } from './event-rows.js';
import { fingerprintOf } from './fingerprint.js';

/** Changes in the index that a page of log entries makes. */
export interface LogChanges {
  readonly entries: readonly TransitionLogRow[];
  /** One row for each delivery, by its last log entry. */
  readonly deliveries: readonly DeliveryRow[];
  readonly deadLetters: readonly DeadLetterRow[];
  /** Positions of dead letters that were retried, edited or discarded. */
  readonly settled: readonly Position[];
  /** Events that were made from edited dead letters. */
  readonly edited: readonly EventRow[];
}

/** Status of a delivery after a log entry, by kind of entry. Other kinds do not change it. */
const statuses: Readonly<Record<string, string>> = {
  failed: 'FAILED',
  deferred: 'FAILED',
  retried: 'FAILED',
  parked: 'PARKED',
  dead: 'DLQ',
  completed: 'COMPLETED',
  discarded: 'DISCARDED',
  edited: 'DISCARDED',
  skipped: 'SKIPPED',
  expired: 'EXPIRED',
};

/** Kinds of log entries that end a dead letter. */
const settling = new Set(['retried', 'edited', 'discarded']);

/** Returns the changes of log entries. @param entries Oldest first. */
export function changesOf(entries: readonly TransitionLogEntry[]): LogChanges {
  const rows: TransitionLogRow[] = [];
  const latest = new Map<string, DeliveryRow>();
  const deadLetters = new Map<string, DeadLetterRow>();
  const settled: Position[] = [];
  const edited: EventRow[] = [];
  for (const entry of entries) {
    const position = positionOf(entry.id);
    if (position === undefined) continue;
    const row = logRowOf(entry, position);
    rows.push(row);
    const delivery = deliveryOf(entry, row, position);
    if (delivery !== undefined) latest.set(keyOf(delivery.eventId, row), delivery);
    if (entry.deadLetterId === undefined) continue;
    const deadLetterPosition = positionOf(entry.deadLetterId);
    if (deadLetterPosition === undefined) continue;
    if (entry.kind === 'dead') deadLetters.set(entry.deadLetterId, deadLetterOf(entry, row, deadLetterPosition));
    if (!settling.has(entry.kind)) continue;
    deadLetters.delete(entry.deadLetterId);
    settled.push(deadLetterPosition);
    if (entry.kind !== 'edited') continue;
    const event = editedRowOf(entry, row, position);
    edited.push(event);
    const { group, handler } = row;
    latest.set(keyOf(event.eventId, row), {
      ...position,
      eventId: event.eventId,
      group,
      handler,
      status: 'FAILED',
      dueAt: position.ms,
      deadLetterId: null,
    });
  }
  return {
    entries: rows,
    deliveries: [...latest.values()],
    deadLetters: [...deadLetters.values()],
    settled,
    edited,
  };
}

function keyOf(eventId: string, { group, handler }: TransitionLogRow): string {
  return JSON.stringify([eventId, group, handler]);
}

function logRowOf(entry: TransitionLogEntry, position: Position): TransitionLogRow {
  const { eventId, type, tenantId, correlationId } = entry.detail;
  return {
    ...position,
    kind: keyText(entry.kind),
    group: keyText(entry.group),
    handler: keyText(entry.handler),
    eventId: keyText(eventId),
    type: keyText(type),
    tenantId: keyText(tenantId),
    correlationId: keyText(correlationId),
    actor: entry.actor === undefined ? null : keyText(entry.actor),
    origin: entry.from === undefined ? null : keyText(entry.from),
    deadLetterId: entry.deadLetterId ?? null,
    dueAt: entry.dueAt === undefined ? null : Date.parse(entry.dueAt),
    detail: storable(JSON.stringify(storedPart(entry.detail))),
  };
}

function storedPart(detail: StoredDetail): StoredDetail {
  return Object.fromEntries(storedDetailFields.map((name) => [name, detail[name]]));
}

function deliveryOf(entry: TransitionLogEntry, row: TransitionLogRow, position: Position): DeliveryRow | undefined {
  const { kind, dueAt, deadLetterId } = entry;
  const status = statuses[kind];
  const hasStreamId = positionOf(entry.streamId) !== undefined;
  // An entry that is not a valid envelope has only its stream id.
  const eventId = row.eventId || (hasStreamId && row.handler !== '' ? entryIdOf(entry.streamId) : '');
  // An entry about a whole group has no event. A run in a replay does not change the status of the event.
  if (status === undefined || eventId === '' || entry.detail.replayJobId !== undefined) return undefined;
  return {
    ...position,
    eventId,
    group: row.group,
    handler: row.handler,
    status,
    dueAt: status === 'FAILED' && dueAt !== undefined ? Date.parse(dueAt) : null,
    deadLetterId: status === 'DLQ' ? (deadLetterId ?? null) : null,
  };
}

function deadLetterOf(entry: TransitionLogEntry, row: TransitionLogRow, position: Position): DeadLetterRow {
  const { error, attempt, attempts, reason: detailReason } = entry.detail;
  const { name, message, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const errorName = keyText(name);
  const errorMessage = plainText(message);
  const errorCode = keyText(code) || null;
  const reason = keyText(entry.reason ?? detailReason);
  const { eventId, type, tenantId, correlationId, group, handler } = row;
  const runs = Number(attempt ?? attempts ?? 0);
  return {
    ...position,
    eventId,
    type,
    tenantId,
    correlationId,
    group,
    handler,
    reason,
    errorName,
    errorMessage,
    errorCode,
    attempts: Number.isSafeInteger(runs) ? Math.min(runs, 1e9) : 0,
    streamId: keyText(entry.streamId),
    fingerprint: fingerprintOf({ group, handler, reason, errorName, errorMessage }),
    search: [eventId, type, correlationId, tenantId, group, handler, reason, errorName, errorCode ?? '', errorMessage]
      .join('\n')
      .toLowerCase(),
  };
}

/** The event of an edited dead letter is not in a stream: only the log entry of the edit describes it. */
function editedRowOf(entry: TransitionLogEntry, row: TransitionLogRow, position: Position): EventRow {
  const { newEventId, dataAfter } = entry.detail;
  const { type, tenantId, correlationId, eventId } = row;
  const timestamp = new Date(position.ms).toISOString();
  const bytes = Buffer.byteLength(JSON.stringify(dataAfter ?? null));
  const columns = envelopeColumns({ id: newEventId, type, tenantId, correlationId, causationId: eventId, timestamp });
  return { ...position, edited: true, ...columns, source: row.group, bytes, valid: true };
}
