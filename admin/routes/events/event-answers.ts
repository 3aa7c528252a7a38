import type { EventReplay, GroupStatus } from '@hyvve-events/runtime';
import { Type } from 'typebox';
import { streamIdOf } from '../../database/positions.js';
import { type Delivery, type EventRow, type EventStatus, eventStatuses } from '../../search/events.js';
import type { LogRow } from '../../search/log.js';

export const Status = Type.Enum(eventStatuses);

export const DeliveryAnswer = Type.Object({
  group: Type.String(),
  handler: Type.String(),
  status: Type.String(),
  dueAt: Type.Optional(Type.String({ description: 'When FAILED: when it runs next' })),
  deadLetterId: Type.Optional(Type.String({ description: 'When DLQ' })),
});

/** Where an event stands, by group. */
export const Groups = Type.Array(
  Type.Object({
    group: Type.String(),
    handlers: Type.Array(
      Type.Object({
        handler: Type.String(),
        status: Type.String(),
        dueAt: Type.Optional(Type.String()),
        deadLetterId: Type.Optional(Type.String()),
      }),
    ),
  }),
);

/** A replay that handed an event on. */
export const EventReplayAnswer = Type.Object({
  jobId: Type.String(),
  status: Type.String({ description: 'Of the whole replay' }),
  actor: Type.String(),
  createdAt: Type.String({ description: 'The event was handed on between then and `updatedAt`' }),
  updatedAt: Type.String(),
  groups: Groups,
});

/** An event as listings show it. */
export const EventSummary = Type.Object({
  id: Type.String(),
  streamId: Type.Optional(Type.String({ description: 'Its entry; absent where an edited dead letter became it' })),
  type: Type.String(),
  source: Type.String(),
  tenantId: Type.String(),
  correlationId: Type.String(),
  causationId: Type.Optional(Type.String()),
  version: Type.String(),
  publishedAt: Type.Optional(Type.String()),
  writtenAt: Type.String({ description: 'By Redis' }),
  bytes: Type.Integer(),
  valid: Type.Boolean({ description: 'False where the entry is no envelope' }),
  status: Status,
  deliveries: Type.Array(DeliveryAnswer, { description: 'Those that did not go well at the first try' }),
});

/** One line of the log about an event. */
export const AttemptAnswer = Type.Object({
  id: Type.String(),
  at: Type.String(),
  kind: Type.String(),
  group: Type.String(),
  handler: Type.String(),
  attempt: Type.Optional(Type.Integer()),
  error: Type.Optional(Type.Unknown()),
  dueAt: Type.Optional(Type.String()),
  actor: Type.Optional(Type.String()),
  deadLetterId: Type.Optional(Type.String()),
  replayJobId: Type.Optional(Type.String({ description: 'Where it happened in a replay: its job' })),
});

export function eventSummary(row: EventRow, deliveries: readonly Delivery[], status: EventStatus) {
  const { eventId, type, source, tenantId, correlationId, causationId, version, publishedAt, bytes, valid } = row;
  return {
    ...{ id: eventId, type, source, tenantId, correlationId, version, bytes, valid, status },
    writtenAt: new Date(row.ms).toISOString(),
    deliveries: deliveries.map(deliveryAnswer),
    ...(row.edited ? {} : { streamId: streamIdOf(row) }),
    ...(causationId === null ? {} : { causationId }),
    ...(publishedAt === null ? {} : { publishedAt: publishedAt.toISOString() }),
  };
}

export function deliveryAnswer({ group, handler, status, dueAt, deadLetterId }: Delivery) {
  return {
    ...{ group, handler, status },
    ...(dueAt === null ? {} : { dueAt: new Date(dueAt).toISOString() }),
    ...(deadLetterId === null ? {} : { deadLetterId }),
  };
}

export function groupAnswer({ group, handlers }: GroupStatus) {
  return {
    group,
    handlers: [...handlers],
  };
}

export function eventReplayAnswer({ replay, groups }: EventReplay) {
  const { jobId, status, actor, createdAt, updatedAt } = replay;
  return { jobId, status, actor, createdAt, updatedAt, groups: groups.map(groupAnswer) };
}

export function attemptAnswer(row: LogRow) {
  const { attempt, error, replayJobId } = JSON.parse(row.detail) as {
    readonly [part in 'attempt' | 'error' | 'replayJobId']?: unknown;
  };
  return {
    ...{
      id: streamIdOf(row),
      at: new Date(row.ms).toISOString(),
      kind: row.kind,
      group: row.group,
      handler: row.handler,
    },
    ...(Number.isSafeInteger(attempt) ? { attempt: Number(attempt) } : {}),
    ...(error === undefined ? {} : { error }),
    ...(row.dueAt === null ? {} : { dueAt: new Date(row.dueAt).toISOString() }),
    ...(row.actor === null ? {} : { actor: row.actor }),
    ...(row.deadLetterId === null ? {} : { deadLetterId: row.deadLetterId }),
    ...(typeof replayJobId === 'string' ? { replayJobId } : {}),
  };
}
