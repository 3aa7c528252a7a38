import { type GroupPosition, matchesPattern } from '@hyvve-events/runtime';
import { and, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { after, before, equals, isOneOf, within } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { comparePositions, type Position, positionOf } from '../database/positions.js';
import { type DeliveryRow, deliveries, type EventRow, events } from '../database/tables.js';
import type { EventStatus } from '../web/shared/event-statuses.js';
import { readCursor } from './cursors.js';

/** Statuses that come from the log, most urgent first. */
const logged: readonly EventStatus[] = ['DLQ', 'FAILED', 'PARKED'];
const settled: readonly EventStatus[] = ['DISCARDED', 'EXPIRED', 'SKIPPED'];

/** Why the index may not have an event that someone asks for. */
export const absence =
  'no such id, past its retention, or not indexed yet (see `index` of /admin/events/stats for its lag)';

/** Which events. What is left out restricts nothing. */
export interface EventFilter {
  readonly eventId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly status?: EventStatus | undefined;
  /** When it was written to the stream, the first time. */
  readonly from?: Date | undefined;
  /** The last. */
  readonly to?: Date | undefined;
}

/** What answers contain of a delivery. */
export type Delivery = Pick<DeliveryRow, 'group' | 'handler' | 'status' | 'dueAt' | 'deadLetterId'>;

/** Newest first. @param positions How far each group has read. */
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
    .orderBy(desc(events.ms), desc(events.seq))
    .limit(page.limit);
}

/** One event by its id, the newest where there are several. */
export async function findEventRow(
  db: Db,
  eventId: string,
  tenantId: string | undefined,
): Promise<EventRow | undefined> {
  const [row] = await searchEvents(db, { eventId, tenantId }, [], { limit: 1 });
  return row;
}

/** Events of one correlation id, oldest first. */
export function eventsOfTrace(
  db: Db,
  correlationId: string,
  tenantId: string | undefined,
  limit: number,
): Promise<EventRow[]> {
  const where = conditionsOf({ correlationId, tenantId }, []);
  return db.select().from(events).where(where).orderBy(events.ms, events.seq).limit(limit);
}

/** Deliveries of these events that the log has entries of, by event id. */
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

/** Status of an event over all its deliveries. */
export function statusOfRow(row: EventRow, own: readonly Delivery[], positions: readonly GroupPosition[]): EventStatus {
  const has = (status: EventStatus) => own.some((delivery) => delivery.status === status);
  const urgent = logged.find(has);
  if (urgent !== undefined) return urgent;
  const matching = row.edited ? [] : positions.filter(({ handlers }) => isFor(handlers, row.type));
  if (matching.some(({ lastDelivered }) => isAfter(row, lastDelivered))) return 'PENDING';
  const id = `${row.ms}-${row.seq}`;
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

/** The same decision as {@link statusOf}, in SQL. */
function statusCondition(status: EventStatus, positions: readonly GroupPosition[]): SQL | undefined {
  const urgent = logged.indexOf(status);
  if (urgent >= 0)
    return and(hasDelivery([status]), urgent === 0 ? undefined : not(hasDelivery(logged.slice(0, urgent))));
  const open = not(hasDelivery(logged));
  const pending = anyOf(positions.map((position) => unread(position)));
  if (status === 'PENDING') return and(open, pending);
  const processing = anyOf(positions.map((position) => held(position)));
  if (status === 'PROCESSING') return and(open, not(pending), processing);
  const idle = and(open, not(pending), not(processing));
  const which = settled.indexOf(status);
  if (which < 0) return and(idle, not(hasDelivery(settled)));
  return and(idle, hasDelivery([status]), which === 0 ? undefined : not(hasDelivery(settled.slice(0, which))));
}

function hasDelivery(statuses: readonly string[]): SQL {
  const own = and(eq(deliveries.eventId, events.eventId), inArray(deliveries.status, [...statuses]));
  return sql`EXISTS (SELECT 1 FROM ${deliveries} WHERE ${own})`;
}

function unread({ lastDelivered, handlers }: GroupPosition): SQL | undefined {
  const position = positionOf(lastDelivered);
  if (position === undefined) return undefined;
  return and(after(events, position), eq(events.edited, false), typeIsFor(handlers));
}

function held({ pending, handlers }: GroupPosition): SQL | undefined {
  const ids = pending.flatMap((id) => positionOf(id) ?? []);
  return ids.length === 0 ? undefined : and(isOneOf(events, ids), eq(events.edited, false), typeIsFor(handlers));
}

function isFor(handlers: Readonly<Record<string, string>>, type: string): boolean {
  return Object.values(handlers).some((pattern) => matchesPattern(pattern, type));
}

function isAfter({ ms, seq }: Position, streamId: string): boolean {
  const position = positionOf(streamId);
  return position === undefined || comparePositions({ ms, seq }, position) > 0;
}

/** The same, in SQL. */
function typeIsFor(handlers: Readonly<Record<string, string>>): SQL {
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
