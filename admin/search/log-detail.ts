import { type EventOperator, positionOf as positionText } from '@hyvve-events/runtime';
import { formatPosition, type Position } from '../database/positions.js';

type Detail = Readonly<Record<string, unknown>>;

/** The last sequence number of a millisecond. */
const lastSequence = '18446744073709551615';

/**
 * Reads the detail of a log entry from Redis. It includes the data of an edit, which the index does not store. Undefined if the
 * entry is older than the retention.
 */
export async function logDetailOf(operator: EventOperator, { ms, seq, part }: Position): Promise<Detail | undefined> {
  const before = seq > 0 ? `${ms}-${seq - 1}` : `${ms - 1}-${lastSequence}`;
  const [entry] = await operator.log({ partition: part, limit: 1, after: positionText(before, part) });
  return entry?.id === formatPosition({ ms, seq, part }) ? entry.detail : undefined;
}
