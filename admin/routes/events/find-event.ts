import { EventBusError, type FeedEntry, type GroupStatus } from '@hyvve-events/runtime';
import type { AdminContext } from '../../context.js';
import { formatPosition } from '../../database/positions.js';
import type { EventRow } from '../../database/tables.js';
import { notFound } from '../../errors.js';
import { withoutIndex } from '../../http/without-index.js';
import { eventRowOf } from '../../projection/event-rows.js';
import { type Delivery, deliveriesOf, findEventRow, missingReasons } from '../../search/events.js';

/** An event, and its deliveries that did not succeed at the first attempt. */
export interface FoundEvent {
  readonly row: EventRow;
  readonly deliveries: readonly Delivery[];
  /** Status of the event for each group, if it was read from Redis. */
  readonly groups?: readonly GroupStatus[];
}

/** Statuses of deliveries that an answer lists, as it would from the index. */
const listed = new Set<string>(['DLQ', 'FAILED', 'PARKED', 'DISCARDED', 'EXPIRED']);

/**
 * Finds an event by its id: in the index, or in Redis if the index is not available or behind.
 * @param tenantId Only an event of this tenant. Default: of any tenant.
 * @throws AdminError `NOT_FOUND`
 */
export async function findEvent(context: AdminContext, id: string, tenantId: string | undefined): Promise<FoundEvent> {
  const { indexer, operator } = context;
  const indexed = await withoutIndex(async () => ({ row: await findEventRow(indexer.db, id, tenantId) }));
  if (indexed?.row !== undefined) {
    return { row: indexed.row, deliveries: (await deliveriesOf(indexer.db, [id])).get(id) ?? [] };
  }
  const mayBeInRedis = indexed === undefined || indexer.status.eventsBehindMs > 0;
  const entry = mayBeInRedis ? await entryOf(context, id) : undefined;
  const row = entry === undefined ? undefined : eventRowOf(entry);
  if (row === undefined || (tenantId !== undefined && row.tenantId !== tenantId)) {
    throw notFound(`event ${id}`, missingReasons);
  }
  const groups = await operator.status({ streamId: formatPosition(row) });
  return { row, deliveries: deliveriesIn(groups), groups };
}

async function entryOf({ operator }: AdminContext, id: string): Promise<FeedEntry | undefined> {
  try {
    return await operator.feed.find(id);
  } catch (error) {
    if (error instanceof EventBusError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

function deliveriesIn(groups: readonly GroupStatus[]): Delivery[] {
  return groups.flatMap(({ group, handlers }) =>
    handlers
      .filter(({ status }) => listed.has(status))
      .map(({ handler, status, dueAt, deadLetterId = null }) => ({
        group,
        handler,
        status,
        dueAt: dueAt === undefined ? null : Date.parse(dueAt),
        deadLetterId,
      })),
  );
}
