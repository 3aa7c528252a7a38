import { type DeadLetter, EventBusError } from '@hyvve-events/runtime';
import type { AdminContext } from '../../context.js';
import { formatPosition, positionOf } from '../../database/positions.js';
import { notFound } from '../../errors.js';
import { withoutIndex } from '../../http/without-index.js';
import { deadLettersOfEvent } from '../../search/dead-letters.js';

/**
 * Dead letters as Redis holds them now: the one of that id, or all of the event of that id, newest first.
 * @param tenantId The only tenant whose dead letters count, where there is one.
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
    throw notFound(`dead letter of ${id}: it was retried, discarded, is past its retention or never was`);
  return [first, ...others];
}

/** By the index; where that does not know, or not yet, by what Redis holds of the event. */
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
