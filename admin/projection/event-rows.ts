import type { FeedEntry } from '@hyvve-events/runtime';
import { positionOf } from '../database/positions.js';
import type { EventRow } from '../database/tables.js';
import { keyText } from '../database/text.js';

/** The row of an entry of the event stream; undefined if its id is not a stream id. */
export function eventRowOf({ streamId, envelope }: FeedEntry): EventRow | undefined {
  const position = positionOf(streamId);
  if (position === undefined) return undefined;
  const fields = envelopeOf(envelope);
  const facts = envelopeColumns(fields ?? {});
  return Object.assign(facts, {
    eventId: facts.eventId || entryIdOf(streamId),
    ms: position.ms,
    seq: position.seq,
    edited: false,
    bytes: envelope === undefined ? 0 : Buffer.byteLength(envelope),
    valid: fields !== undefined,
  });
}

/** The id in the index of an entry that has no event id. */
export function entryIdOf(streamId: string): string {
  return `@${streamId}`;
}

/** What the index has of an envelope. */
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

/** An envelope's fields; undefined where it is not JSON, or lacks what an envelope must have. */
export function envelopeOf(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const fields = value as Readonly<Record<string, unknown>>;
    const named = ['id', 'type', 'tenantId'].every((name) => typeof fields[name] === 'string' && fields[name] !== '');
    return named ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** PostgreSQL's years go further than JavaScript's, but not back to its negative ones. */
function isStorable(time: Date): boolean {
  const year = time.getUTCFullYear();
  return !Number.isNaN(time.getTime()) && year > 0 && year < 10_000;
}
