import type { FeedEntry } from '@hyvve-events/runtime';
import { positionOf } from '../database/positions.js';
import type { EventRow } from '../database/tables.js';
import { keyText } from '../database/text.js';

/** Creates the row of an entry of the event stream; undefined if its id is not a valid position. */
export function eventRowOf({ streamId, envelope }: FeedEntry): EventRow | undefined {
  const position = positionOf(streamId);
  if (position === undefined) return undefined;
  const fields = envelopeOf(envelope);
  const columns = envelopeColumns(fields ?? {});
  return Object.assign(columns, {
    eventId: columns.eventId || entryIdOf(streamId),
    ms: position.ms,
    seq: position.seq,
    part: position.part,
    edited: false,
    bytes: envelope === undefined ? 0 : Buffer.byteLength(envelope),
    valid: fields !== undefined,
  });
}

/** The event id in the index of an entry that has none. */
export function entryIdOf(streamId: string): string {
  return `@${streamId}`;
}

/** The columns that are filled from an envelope. */
export function envelopeColumns(envelope: Readonly<Record<string, unknown>>) {
  const time = typeof envelope.timestamp === 'string' ? new Date(envelope.timestamp) : undefined;
  return {
    eventId: keyText(envelope.id),
    type: keyText(envelope.type),
    source: keyText(envelope.source),
    tenantId: keyText(envelope.tenantId),
    correlationId: keyText(envelope.correlationId),
    causationId: keyText(envelope.causationId) || null,
    version: keyText(envelope.version),
    publishedAt: time !== undefined && isStorable(time) ? time : null,
  };
}

/** Parses an envelope; undefined if it is not a JSON object with id, type and tenant. */
export function envelopeOf(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const fields = value as Readonly<Record<string, unknown>>;
    const isComplete = ['id', 'type', 'tenantId'].every(
      (name) => typeof fields[name] === 'string' && fields[name] !== '',
    );
    return isComplete ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** Whether PostgreSQL can read the time: JavaScript writes a year before 0 or after 9999 with a sign. */
function isStorable(time: Date): boolean {
  const year = time.getUTCFullYear();
  return !Number.isNaN(time.getTime()) && year > 0 && year < 10_000;
}
