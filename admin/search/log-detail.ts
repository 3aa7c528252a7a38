import type { EventOperator } from '@hyvve-events/runtime';
import type { Position } from '../database/positions.js';

type Detail = Readonly<Record<string, unknown>>;

/** The last sequence number of a millisecond. */
const lastSequence = '18446744073709551615';

/**
 * The detail of a line as Redis's log has it, with the data of an edit, which the index never has; undefined where the line is
 * past its retention.
 */
export async function logDetailOf(operator: EventOperator, { ms, seq }: Position): Promise<Detail | undefined> {
  const before = seq > 0 ? `${ms}-${seq - 1}` : `${ms - 1}-${lastSequence}`;
  const [line] = await operator.log({ limit: 1, after: before });
  return line?.id === `${ms}-${seq}` ? line.detail : undefined;
}
