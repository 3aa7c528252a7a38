import type { DeadLetter } from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { Masker } from '../../catalog/personal-data.js';
import { streamIdOf } from '../../database/positions.js';
import { envelopeOf } from '../../projection/event-rows.js';
import type { DeadLetterGroup, DeadLetterRow } from '../../search/dead-letters.js';
import { AttemptAnswer } from '../events/event-answers.js';

const common = {
  id: Type.String({ description: 'Of the dead letter' }),
  eventId: Type.String(),
  type: Type.String(),
  tenantId: Type.String(),
  correlationId: Type.String(),
  group: Type.String(),
  handler: Type.String(),
  reason: Type.String(),
  attempts: Type.Integer({ description: 'Runs the handler was given' }),
  streamId: Type.String({ description: "The event's entry" }),
};

/** A dead letter as listings show it. */
export const DeadLetterSummary = Type.Object({
  ...common,
  error: Type.Object({ name: Type.String(), message: Type.String(), code: Type.Optional(Type.String()) }),
  fingerprint: Type.String({ description: 'The same for dead letters that one fault made' }),
  deadAt: Type.String(),
});

/** A dead letter whole. */
export const DeadLetterWhole = Type.Object({
  ...common,
  error: Type.Object({
    name: Type.String(),
    message: Type.String(),
    code: Type.Optional(Type.String()),
    stack: Type.Optional(Type.String()),
  }),
  firstFailedAt: Type.String(),
  lastFailedAt: Type.String(),
  replayJobId: Type.Optional(Type.String({ description: 'The replay it comes from' })),
  envelope: Type.Optional(Type.Unknown()),
  raw: Type.Optional(Type.String({ description: 'What stands in the stream where that is no envelope; for owners' })),
  attemptLog: Type.Array(AttemptAnswer, {
    description: "The log's lines about it, oldest first; empty without the index",
  }),
  others: Type.Array(Type.String(), { description: 'Other dead letters of the event' }),
});

/** Dead letters that one fault made. */
export const FaultAnswer = Type.Object({
  fingerprint: Type.String(),
  count: Type.Integer(),
  group: Type.String(),
  handler: Type.String(),
  reason: Type.String(),
  error: Type.Object({ name: Type.String(), message: Type.String({ description: "The newest one's" }) }),
  types: Type.Array(Type.String()),
  newestAt: Type.String(),
  oldestAt: Type.String(),
});

export function deadLetterSummary(row: DeadLetterRow) {
  const { eventId, type, tenantId, correlationId, group, handler, reason, attempts, streamId, fingerprint } = row;
  return {
    ...{ id: streamIdOf(row), eventId, type, tenantId, correlationId, group, handler, reason, attempts, streamId },
    ...{ fingerprint, deadAt: new Date(row.ms).toISOString() },
    error: {
      name: row.errorName,
      message: row.errorMessage,
      ...(row.errorCode === null ? {} : { code: row.errorCode }),
    },
  };
}

/** @param view What the role may see. @param seesAll Whether it may see personal data. */
export function deadLetterWhole(
  { envelope: json, ...rest }: DeadLetter,
  view: Masker,
  seesAll: boolean,
): Omit<DeadLetter, 'envelope'> & { readonly raw?: string; readonly envelope?: unknown } {
  const envelope = envelopeOf(json);
  return {
    ...rest,
    // What is no envelope cannot be searched for personal data.
    ...(envelope === undefined ? (seesAll ? { raw: json } : {}) : { envelope: view.envelope(envelope) }),
  };
}

export function faultAnswer(fault: DeadLetterGroup) {
  const { fingerprint, count, group, handler, reason, errorName, errorMessage, types, newestMs, oldestMs } = fault;
  return {
    ...{ fingerprint, count, group, handler, reason, types: [...types] },
    error: { name: errorName, message: errorMessage },
    ...{ newestAt: new Date(newestMs).toISOString(), oldestAt: new Date(oldestMs).toISOString() },
  };
}
