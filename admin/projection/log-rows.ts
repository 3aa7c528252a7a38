import type { TransitionLogEntry } from '@hyvve-events/runtime';
import { type Position, positionOf } from '../database/positions.js';
import {
  type DeadLetterRow,
  type DeliveryRow,
  type EventRow,
  type LogRow,
  type StoredDetail,
  storedDetailFields,
} from '../database/tables.js';
import { keyText, plainText, storable } from '../database/text.js';
import { entryIdOf, envelopeColumns } from './event-rows.js';
import { fingerprintOf } from './fingerprint.js';

/** What a batch of the log's lines changes in the index. */
export interface LogChanges {
  readonly lines: readonly LogRow[];
  /** One for each delivery: by its last line. */
  readonly deliveries: readonly DeliveryRow[];
  readonly deadLetters: readonly DeadLetterRow[];
  /** Ids of dead letters that are none any more. */
  readonly settled: readonly Position[];
  /** Events that edited dead letters became. */
  readonly edited: readonly EventRow[];
}

/** What a line says of a delivery, where it says something. */
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

/** Lines that end a dead letter. */
const settling = new Set(['retried', 'edited', 'discarded']);

/** What the lines, oldest first, change. */
export function changesOf(lines: readonly TransitionLogEntry[]): LogChanges {
  const rows: LogRow[] = [];
  const latest = new Map<string, DeliveryRow>();
  const letters = new Map<string, DeadLetterRow>();
  const settled: Position[] = [];
  const edited: EventRow[] = [];
  for (const line of lines) {
    const position = positionOf(line.id);
    if (position === undefined) continue;
    const row = logRowOf(line, position);
    rows.push(row);
    const delivery = deliveryOf(line, row, position);
    if (delivery !== undefined) latest.set(keyOf(delivery.eventId, row), delivery);
    if (line.deadLetterId === undefined) continue;
    const letterAt = positionOf(line.deadLetterId);
    if (letterAt === undefined) continue;
    if (line.kind === 'dead') letters.set(line.deadLetterId, deadLetterOf(line, row, letterAt));
    if (!settling.has(line.kind)) continue;
    letters.delete(line.deadLetterId);
    settled.push(letterAt);
    if (line.kind !== 'edited') continue;
    const made = editedRowOf(line, row, position);
    edited.push(made);
    const { group, handler } = row;
    latest.set(keyOf(made.eventId, row), {
      ...position,
      eventId: made.eventId,
      group,
      handler,
      status: 'FAILED',
      dueAt: position.ms,
      deadLetterId: null,
    });
  }
  return { lines: rows, deliveries: [...latest.values()], deadLetters: [...letters.values()], settled, edited };
}

function keyOf(eventId: string, { group, handler }: LogRow): string {
  return JSON.stringify([eventId, group, handler]);
}

function logRowOf(line: TransitionLogEntry, position: Position): LogRow {
  const { eventId, type, tenantId, correlationId } = line.detail;
  return {
    ...position,
    kind: keyText(line.kind),
    group: keyText(line.group),
    handler: keyText(line.handler),
    eventId: keyText(eventId),
    type: keyText(type),
    tenantId: keyText(tenantId),
    correlationId: keyText(correlationId),
    actor: line.actor === undefined ? null : keyText(line.actor),
    origin: line.from === undefined ? null : keyText(line.from),
    deadLetterId: line.deadLetterId ?? null,
    dueAt: line.dueAt === undefined ? null : Date.parse(line.dueAt),
    detail: storable(JSON.stringify(storedPart(line.detail))),
  };
}

function storedPart(detail: StoredDetail): StoredDetail {
  return Object.fromEntries(storedDetailFields.map((name) => [name, detail[name]]));
}

function deliveryOf(line: TransitionLogEntry, row: LogRow, position: Position): DeliveryRow | undefined {
  const { kind, dueAt, deadLetterId } = line;
  const status = statuses[kind];
  const isEntry = positionOf(line.streamId) !== undefined;
  // An entry that is not a valid envelope has only its stream id.
  const eventId = row.eventId || (isEntry && row.handler !== '' ? entryIdOf(line.streamId) : '');
  // A line about a whole group names no event; what happens in a replay does not change the state of the event.
  if (status === undefined || eventId === '' || line.detail.replayJobId !== undefined) return undefined;
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

function deadLetterOf(line: TransitionLogEntry, row: LogRow, position: Position): DeadLetterRow {
  const { error, attempt, attempts, reason } = line.detail;
  const { name, message, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const errorName = keyText(name);
  const errorMessage = plainText(message);
  const errorCode = keyText(code) || null;
  const why = keyText(line.reason ?? reason);
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
    reason: why,
    errorName,
    errorMessage,
    errorCode,
    attempts: Number.isSafeInteger(runs) ? Math.min(runs, 1e9) : 0,
    streamId: keyText(line.streamId),
    fingerprint: fingerprintOf({ group, handler, reason: why, errorName, errorMessage }),
    search: [eventId, type, correlationId, tenantId, group, handler, why, errorName, errorCode ?? '', errorMessage]
      .join('\n')
      .toLowerCase(),
  };
}

/** The event of an edited dead letter is not in a stream: only the log entry of the edit describes it. */
function editedRowOf(line: TransitionLogEntry, row: LogRow, position: Position): EventRow {
  const { newEventId, dataAfter } = line.detail;
  const { type, tenantId, correlationId, eventId } = row;
  const timestamp = new Date(position.ms).toISOString();
  const bytes = Buffer.byteLength(JSON.stringify(dataAfter ?? null));
  const facts = envelopeColumns({ id: newEventId, type, tenantId, correlationId, causationId: eventId, timestamp });
  return { ...position, edited: true, ...facts, source: row.group, bytes, valid: true };
}
