import type { Envelope, UnknownEvent } from '../../event/envelope.js';
import { orderingKeyOf } from '../../event/ordering-key.js';

/**
 * The name of a delivery's key queue, without the handler: `<replay job>\0<tenant and key>`. The scripts make the same name.
 * @param prefix The prefix of its handlers' refs, or a ref: `<stream id>`, in a replay `<stream id>@<job id>`.
 */
export function queueKeyOf(prefix: string, { tenantId, key = tenantId }: Envelope | UnknownEvent): string {
  const job = /^\d+-\d+@([^/@]+)/.exec(prefix)?.[1] ?? '';
  return `${job}\0${orderingKeyOf(tenantId, key)}`;
}
