import type { DeadLetter } from '@hyvve-events/runtime';
import { type Static, Type } from 'typebox';
import type { Identity } from '../../auth/tokens.js';
import { type AdminContext, maskerFor } from '../../context.js';
import { formatPosition } from '../../database/positions.js';
import type { DeadLetterRow } from '../../database/tables.js';
import type { SchemasOf } from '../../http/schemas.js';
import { envelopeOf } from '../../projection/event-rows.js';
import type { ErrorGroup } from '../../search/dead-letters.js';
import { present } from '../../support/present.js';
import { AttemptAnswer, Received, receivedAnswer } from '../events/event-answers.js';

/** Fields of every dead letter. They have the same names in the index and in Redis. */
const common = {
  eventId: Type.String(),
  type: Type.String(),
  tenantId: Type.String(),
  correlationId: Type.String(),
  group: Type.String(),
  handler: Type.String(),
  reason: Type.String(),
  attempts: Type.Integer({ description: 'Runs of the handler' }),
  streamId: Type.String({ description: 'The entry of the event in the stream' }),
};

const id = Type.String({ description: 'Id of the dead letter' });

type Columns = Omit<DeadLetterRow, 'ms' | 'seq' | 'part' | 'errorName' | 'errorMessage' | 'errorCode' | 'search'>;

/** A dead letter in a list. */
export const DeadLetterSummary = Type.Object({
  ...({
    ...common,
    fingerprint: Type.String({ description: 'The same for all dead letters of one error group' }),
  } satisfies SchemasOf<Columns>),
  id,
  error: Type.Object({ name: Type.String(), message: Type.String(), code: Type.Optional(Type.String()) }),
  deadAt: Type.String(),
});

/** A dead letter with all its details. */
export const DeadLetterWhole = Type.Object({
  ...({
    ...common,
    id,
    error: Type.Object({
      name: Type.String(),
      message: Type.String(),
      code: Type.Optional(Type.String()),
      stack: Type.Optional(Type.String()),
    } satisfies SchemasOf<DeadLetter['error']>),
    firstFailedAt: Type.String(),
    lastFailedAt: Type.String(),
    replayJobId: Type.Optional(Type.String({ description: 'The replay that delivered the event' })),
    envelope: Type.Optional(Type.Unknown()),
  } satisfies SchemasOf<DeadLetter>),
  received: Type.Optional(Received),
  raw: Type.Optional(Type.String({ description: 'Content of the entry if it is not a valid envelope; for owners' })),
  attemptLog: Type.Array(AttemptAnswer, {
    description: 'Its entries in the transition log, oldest first; empty without the index',
  }),
  others: Type.Array(Type.String(), { description: 'Other dead letters of the event' }),
});

/** Dead letters with the same group, handler and error. */
export const ErrorGroupAnswer = Type.Object({
  fingerprint: Type.String(),
  count: Type.Integer(),
  group: Type.String(),
  handler: Type.String(),
  reason: Type.String(),
  error: Type.Object({
    name: Type.String(),
    message: Type.String({ description: 'Message of the newest dead letter' }),
  }),
  types: Type.Array(Type.String()),
  newestAt: Type.String(),
  oldestAt: Type.String(),
});

export function deadLetterSummary(row: DeadLetterRow): Static<typeof DeadLetterSummary> {
  const { ms, seq, part, errorName, errorMessage, errorCode, search: _search, ...columns } = row;
  return {
    ...columns,
    id: formatPosition({ ms, seq, part }),
    error: present({ name: errorName, message: errorMessage, code: errorCode ?? undefined }),
    deadAt: new Date(ms).toISOString(),
  };
}

/** @param identity Whose role decides what is visible. */
export function deadLetterWhole(
  { envelope: json, ...rest }: DeadLetter,
  context: AdminContext,
  identity: Identity,
): Omit<DeadLetter, 'envelope'> & Pick<Static<typeof DeadLetterWhole>, 'raw' | 'envelope' | 'received'> {
  const envelope = envelopeOf(json);
  if (envelope !== undefined) {
    const view = maskerFor(context, identity);
    const received = receivedAnswer(context, view, envelope, rest.reason === 'CRASHED');
    return present({ ...rest, envelope: view.envelope(envelope), received });
  }
  // Personal data cannot be found in an entry that is not a valid envelope.
  return identity.role === 'owner' ? { ...rest, raw: json } : rest;
}

export function errorGroupAnswer(errorGroup: ErrorGroup) {
  const { fingerprint, count, group, handler, reason, errorName, errorMessage, types, newestMs, oldestMs } = errorGroup;
  return {
    fingerprint,
    count,
    group,
    handler,
    reason,
    types: [...types],
    error: { name: errorName, message: errorMessage },
    newestAt: new Date(newestMs).toISOString(),
    oldestAt: new Date(oldestMs).toISOString(),
  };
}
