import { EventBusError } from '../../errors.js';
import type { Deliverer } from '../../handle/deliverer.js';
import type { Logger } from '../../logger.js';
import type { RedisDelivery } from './delivery.js';

/** Aborts the handlers of a delivery that another process has taken over. */
export function loseDelivery(
  delivery: RedisDelivery | undefined,
  deliverer: Deliverer<RedisDelivery>,
  logger: Logger,
): void {
  // A delivery that has ended in the meantime is not lost: its settle may have been sent already.
  if (delivery === undefined || delivery.ended) return;
  const message =
    'the lease has expired and another process has taken over this delivery: its outcome in this process no longer counts';
  logger.warn({ streamId: delivery.streamId, eventId: delivery.event.id }, message);
  deliverer.abort(delivery, new EventBusError('LEASE_LOST', message));
}
