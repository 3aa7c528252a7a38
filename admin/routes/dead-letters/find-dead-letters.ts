import { type DeadLetter, EventBusError } from '@hyvve-events/runtime';
import type { AdminContext } from '../../context.js';
import { formatPosition, positionOf } from '../../database/positions.js';
import { notFound } from '../../errors.js';
import { withoutIndex } from '../../http/without-index.js';
import { deadLettersOfEvent } from '../../search/dead-letters.js';

/**
 * Reads dead letters from Redis: the dead letter with this id, or all dead letters of the event with this id, newest first.
 * @param tenantId Only dead letters of this tenant. Default: of all tenants.
 * @throws AdminError `NOT_FOUND`
 */
export async function findDeadLetters(
  context: AdminContext,
  id: string,
  tenantId: string | undefined,
): Promise<readonly [DeadLetter, ...DeadLetter[]]> {
  const { deadLetters } = context.operator;
  const ids = positionOf(id) === undefined ? await idsOfEvent(context, id, tenantId) : [id];
  const letters = await Promise.all(ids.map((one) => deadLetters.get(one)));
  const [first, ...others] = letters.filter(
    (letter) => letter !== undefined && (tenantId === undefined || letter.tenantId === tenantId),
  ) as DeadLetter[];
  if (first === undefined)
    throw notFound(
      `dead letter of ${id}`,
      'it was retried or discarded, it is older than the retention, or it never existed',
    );
  return [first, ...others];
}

/** From the index; if it has none or is not available, from the event's status in Redis. */
async function idsOfEvent(
  { indexer, operator }: AdminContext,
  eventId: string,
  tenantId: string | undefined,
): Promise<readonly string[]> {
  const indexed = await withoutIndex(async () => deadLettersOfEvent(indexer.db, eventId, tenantId));
  if (indexed !== undefined && indexed.length > 0) return indexed.map(formatPosition).toReversed();
  try {
    const groups = await operator.status({ eventId });
    return groups.flatMap(({ handlers }) => handlers.flatMap(({ deadLetterId }) => deadLetterId ?? []));
  } catch (error) {
    if (error instanceof EventBusError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
}
