import { type GroupPosition, matchesPattern } from '@hyvve-events/runtime';
import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { after, before, equals, isOneOf, within } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { comparePositions, formatPosition, type Position, positionOf } from '../database/positions.js';
import { type DeliveryRow, deliveries, type EventRow, events } from '../database/tables.js';
import type { EventStatus } from '../web/shared/event-statuses.js';
import { readCursor } from './cursors.js';

/** Statuses of deliveries that still need a run or an operator, most urgent first. */
const open: readonly EventStatus[] = ['DLQ', 'FAILED', 'PARKED'];
/** Statuses of deliveries that ended without success. */
const settled: readonly EventStatus[] = ['DISCARDED', 'EXPIRED', 'SKIPPED'];

/** Why an event may be missing in the index. */
export const missingReasons =
  'no event has this id, it is older than the retention, or it is not indexed yet (`index` in /admin/events/stats shows the lag)';

/** A filter of events. A missing field restricts nothing. */
export interface EventFilter {
  readonly eventId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly type?: string | undefined;
  /** Exactly, as in the envelope. */
  readonly version?: string | undefined;
  readonly source?: string | undefined;
  readonly status?: EventStatus | undefined;
  /** Earliest time of writing to the stream. */
  readonly from?: Date | undefined;
  /** Latest time of writing to the stream. */
  readonly to?: Date | undefined;
}

/** The part of a delivery that answers contain. */
export type Delivery = Pick<DeliveryRow, 'group' | 'handler' | 'status' | 'dueAt' | 'deadLetterId'>;

/** Lists events, newest first. @param positions The read position of each group. */
export function searchEvents(
  db: Db,
  filter: EventFilter,
  positions: readonly GroupPosition[],
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<EventRow[]> {
  return db
    .select()
    .from(events)
    .where(and(conditionsOf(filter, positions), before(events, readCursor(page.cursor))))
    .orderBy(desc(events.ms), desc(events.seq), desc(events.part))
    .limit(page.limit);
}

/** Returns the event with an id; the newest one if there are several. */
export async function findEventRow(
  db: Db,
  eventId: string,
  tenantId: string | undefined,
): Promise<EventRow | undefined> {
  const [row] = await searchEvents(db, { eventId, tenantId }, [], { limit: 1 });
  return row;
}

/** Lists the events of a correlation id, oldest first. */
export function eventsOfTrace(
  db: Db,
  correlationId: string,
  tenantId: string | undefined,
  limit: number,
): Promise<EventRow[]> {
  const where = conditionsOf({ correlationId, tenantId }, []);
  return db.select().from(events).where(where).orderBy(events.ms, events.seq, events.part).limit(limit);
}

/** Returns the deliveries of these events that have log entries, by event id. */
export async function deliveriesOf(db: Db, eventIds: readonly string[]): Promise<ReadonlyMap<string, DeliveryRow[]>> {
  const found = new Map<string, DeliveryRow[]>();
  if (eventIds.length === 0) return found;
  for (const row of await db
    .select()
    .from(deliveries)
    .where(inArray(deliveries.eventId, [...eventIds]))) {
    found.set(row.eventId, [...(found.get(row.eventId) ?? []), row]);
  }
  return found;
}

/** Returns the status of an event over all its deliveries. @param own Deliveries of the event that have log entries. */
export function statusOfRow(row: EventRow, own: readonly Delivery[], positions: readonly GroupPosition[]): EventStatus {
  const has = (status: EventStatus) => own.some((delivery) => delivery.status === status);
  const urgent = open.find(has);
  if (urgent !== undefined) return urgent;
  const matching = row.edited ? [] : positions.filter(({ handlers }) => matchesAny(handlers, row.type));
  if (matching.some(({ lastDelivered }) => isAfter(row, lastDelivered))) return 'PENDING';
  const id = formatPosition(row);
  if (matching.some(({ pending }) => pending.includes(id))) return 'PROCESSING';
  return settled.find(has) ?? 'COMPLETED';
}

function conditionsOf(
  { status, from, to, ...columns }: EventFilter,
  positions: readonly GroupPosition[],
): SQL | undefined {
  return and(
    equals(events, columns),
    within(events, { from, to }),
    status === undefined ? undefined : statusCondition(status, positions),
  );
}

/** The condition for {@link statusOfRow} returning `status`. */
function statusCondition(status: EventStatus, positions: readonly GroupPosition[]): SQL | undefined {
  const urgent = open.indexOf(status);
  if (urgent >= 0)
    return and(hasDelivery([status]), urgent === 0 ? undefined : not(hasDelivery(open.slice(0, urgent))));
  const notOpen = not(hasDelivery(open));
  const pending = anyOf(positions.map((position) => isUnread(position)));
  if (status === 'PENDING') return and(notOpen, pending);
  const processing = anyOf(positions.map((position) => isPending(position)));
  if (status === 'PROCESSING') return and(notOpen, not(pending), processing);
  const idle = and(notOpen, not(pending), not(processing));
  const rank = settled.indexOf(status);
  if (rank < 0) return and(idle, not(hasDelivery(settled)));
  return and(idle, hasDelivery([status]), rank === 0 ? undefined : not(hasDelivery(settled.slice(0, rank))));
}

function hasDelivery(statuses: readonly string[]): SQL {
  const own = and(eq(deliveries.eventId, events.eventId), inArray(deliveries.status, [...statuses]));
  return sql`EXISTS (SELECT 1 FROM ${deliveries} WHERE ${own})`;
}

/** Events that the group has not read and that one of its handlers matches. */
function isUnread({ lastDelivered, handlers }: GroupPosition): SQL | undefined {
  const position = positionOf(lastDelivered);
  if (position === undefined) return undefined;
  return and(after(events, position), eq(events.edited, false), typeMatchesAny(handlers));
}

/** Events among the group's pending entries that one of its handlers matches. */
function isPending({ pending, handlers }: GroupPosition): SQL | undefined {
  const ids = pending.flatMap((id) => positionOf(id) ?? []);
  return ids.length === 0 ? undefined : and(isOneOf(events, ids), eq(events.edited, false), typeMatchesAny(handlers));
}

function matchesAny(handlers: Readonly<Record<string, string>>, type: string): boolean {
  return Object.values(handlers).some((pattern) => matchesPattern(pattern, type));
}

/** Whether a row is after a position in the same partition. */
function isAfter({ ms, seq, part }: Position, lastDelivered: string): boolean {
  const position = positionOf(lastDelivered);
  if (position === undefined) return true;
  return part === position.part && comparePositions({ ms, seq, part }, position) > 0;
}

/** The condition for {@link matchesAny}. */
function typeMatchesAny(handlers: Readonly<Record<string, string>>): SQL {
  return anyOf(
    [...new Set(Object.values(handlers))].map((pattern) => {
      if (pattern === '*') return sql`true`;
      if (pattern.endsWith('.*')) return sql`starts_with(${events.type}, ${pattern.slice(0, -1)})`;
      return eq(events.type, pattern);
    }),
  );
}

function anyOf(conditions: readonly (SQL | undefined)[]): SQL {
  return or(...conditions) ?? sql`false`;
}

function not(condition: SQL): SQL {
  return sql`NOT (${condition})`;
}
