import type { EventOperator } from '@hyvve-events/runtime';
import type { Position } from '../database/positions.js';

type Detail = Readonly<Record<string, unknown>>;

/** The last sequence number of a millisecond. */
const lastSequence = '18446744073709551615';

/**
 * Reads the detail of a log entry from Redis. It includes the data of an edit, which the index does not store. Undefined if the
 * entry is older than the retention.
 */
export async function logDetailOf(operator: EventOperator, { ms, seq }: Position): Promise<Detail | undefined> {
  const before = seq > 0 ? `${ms}-${seq - 1}` : `${ms - 1}-${lastSequence}`;
  const [entry] = await operator.log({ limit: 1, after: before });
  return entry?.id === `${ms}-${seq}` ? entry.detail : undefined;
}
