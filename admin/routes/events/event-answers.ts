import type { EventReplay, GroupStatus, HandlerStatus } from '@hyvve-events/runtime';
import { type Static, Type } from 'typebox';
import type { Masker } from '../../catalog/personal-data.js';
import type { ReceivedEvent } from '../../catalog/received-event.js';
import type { AdminContext } from '../../context.js';
import { formatPosition } from '../../database/positions.js';
import { type EventRow, storedDetailOf, type TransitionLogRow } from '../../database/tables.js';
import type { SchemasOf } from '../../http/schemas.js';
import type { Delivery } from '../../search/events.js';
import { present } from '../../support/present.js';
import { type EventStatus, eventStatuses } from '../../web/shared/event-statuses.js';

export const Status = Type.Enum(eventStatuses);

const ofHandler = {
  handler: Type.String(),
  status: Type.String(),
  dueAt: Type.Optional(Type.String({ description: 'With FAILED: time of the next run' })),
  deadLetterId: Type.Optional(Type.String({ description: 'With DLQ' })),
} satisfies SchemasOf<HandlerStatus>;

/** Status of an event for one handler. */
export const DeliveryAnswer = Type.Object({ group: Type.String(), ...ofHandler } satisfies SchemasOf<Delivery>);

/** Status of an event for each group. */
export const Groups = Type.Array(
  Type.Object({
    group: Type.String(),
    handlers: Type.Array(Type.Object(ofHandler)),
  } satisfies SchemasOf<GroupStatus>),
);

/** A replay that delivered an event. */
export const EventReplayAnswer = Type.Object({
  jobId: Type.String(),
  status: Type.String({ description: 'Status of the whole replay' }),
  actor: Type.String(),
  createdAt: Type.String({ description: 'The event was replayed between then and `updatedAt`' }),
  updatedAt: Type.String(),
  groups: Groups,
});

/** An event in a list. */
export const EventSummary = Type.Object({
  ...({
    type: Type.String(),
    source: Type.String(),
    tenantId: Type.String(),
    correlationId: Type.String(),
    causationId: Type.Optional(Type.String()),
    version: Type.String(),
    publishedAt: Type.Optional(Type.String()),
    bytes: Type.Integer(),
    valid: Type.Boolean({ description: 'False if the entry is not a valid envelope' }),
  } satisfies SchemasOf<Omit<EventRow, 'ms' | 'seq' | 'part' | 'edited' | 'eventId'>>),
  id: Type.String(),
  streamId: Type.Optional(
    Type.String({ description: 'Entry of the event; absent if the event was made from an edited dead letter' }),
  ),
  writtenAt: Type.String({ description: 'Time of writing, by the clock of Redis' }),
  status: Status,
  deliveries: Type.Array(DeliveryAnswer, { description: 'Deliveries that did not succeed at the first attempt' }),
});

/** One entry of the transition log about an event. */
export const AttemptAnswer = Type.Object({
  ...({
    kind: Type.String(),
    group: Type.String(),
    handler: Type.String(),
    dueAt: Type.Optional(Type.String()),
    actor: Type.Optional(Type.String()),
    deadLetterId: Type.Optional(Type.String()),
  } satisfies SchemasOf<Omit<TransitionLogRow, 'ms' | 'seq' | 'part' | 'origin' | 'detail' | keyof OfEvent>>),
  id: Type.String(),
  at: Type.String(),
  attempt: Type.Optional(Type.Integer()),
  error: Type.Optional(Type.Unknown()),
  replayJobId: Type.Optional(Type.String({ description: 'The replay in which it happened' })),
});

/** Columns about the event: the answer that contains the entry has them once. */
type OfEvent = Pick<TransitionLogRow, 'eventId' | 'type' | 'tenantId' | 'correlationId'>;

export function eventSummary(
  row: EventRow,
  deliveries: readonly Delivery[],
  status: EventStatus,
): Static<typeof EventSummary> {
  const { ms, seq, part, edited, eventId, causationId, publishedAt, ...columns } = row;
  return {
    ...columns,
    id: eventId,
    status,
    writtenAt: new Date(ms).toISOString(),
    deliveries: deliveries.map(deliveryAnswer),
    ...present({
      streamId: edited ? undefined : formatPosition({ ms, seq, part }),
      causationId: causationId ?? undefined,
      publishedAt: publishedAt?.toISOString(),
    }),
  };
}

export function deliveryAnswer({ dueAt, deadLetterId, ...rest }: Delivery): Static<typeof DeliveryAnswer> {
  return { ...rest, ...present({ dueAt: timeOf(dueAt), deadLetterId: deadLetterId ?? undefined }) };
}

export function groupAnswer({ group, handlers }: GroupStatus): Static<typeof Groups>[number] {
  return { group, handlers: [...handlers] };
}

function timeOf(ms: number | null | undefined): string | undefined {
  return ms === null || ms === undefined ? undefined : new Date(ms).toISOString();
}

export function eventReplayAnswer({ replay, groups }: EventReplay) {
  const { jobId, status, actor, createdAt, updatedAt } = replay;
  return { jobId, status, actor, createdAt, updatedAt, groups: groups.map(groupAnswer) };
}

export function attemptAnswer(row: TransitionLogRow): Static<typeof AttemptAnswer> {
  const { ms, seq, part, kind, group, handler, dueAt, actor, deadLetterId } = row;
  const { attempt, error, replayJobId } = storedDetailOf(row);
  return present({
    id: formatPosition({ ms, seq, part }),
    at: new Date(ms).toISOString(),
    kind,
    group,
    handler,
    attempt: Number.isSafeInteger(attempt) ? Number(attempt) : undefined,
    error,
    dueAt: timeOf(dueAt),
    actor: actor ?? undefined,
    deadLetterId: deadLetterId ?? undefined,
    replayJobId: typeof replayJobId === 'string' ? replayJobId : undefined,
  });
}

/** An event of an older version as handlers receive it. */
export const Received = Type.Object(
  {
    version: Type.String({ description: 'The version to which its data is converted' }),
    data: Type.Optional(Type.Unknown()),
    problem: Type.Optional(Type.String({ description: 'Why the service cannot convert it; then `data` is absent' })),
  } satisfies SchemasOf<ReceivedEvent>,
  { description: 'As handlers receive it; absent if the event has no older version' },
);

/**
 * How handlers receive the event; undefined if its data is not converted.
 * @param view The masker for the role.
 * @param mayCrash The event has crashed its processes. Default: false.
 */
export function receivedAnswer(
  { receive }: Pick<AdminContext, 'receive'>,
  view: Masker,
  envelope: Readonly<Record<string, unknown>>,
  mayCrash = false,
): Static<typeof Received> | undefined {
  const received = receive(envelope, mayCrash);
  if (received === undefined || !('data' in received)) return received;
  return { ...received, data: view.data(String(envelope.type), received.version, received.data) };
}
