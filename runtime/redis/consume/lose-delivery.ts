import { EventBusError } from '../../errors.js';
import type { Deliverer } from '../../handle/deliverer.js';
import type { Logger } from '../../logger.js';
import type { RedisDelivery } from './delivery.js';
import type { InFlight } from './in-flight.js';

export interface LossParts {
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
  readonly logger: Logger;
}

/**
 * Ends a delivery that another process has taken over, or whose read Redis has lost: aborts its handlers, and outcomes that were not sent yet are not sent. The other
 * process may have finished it by now, and nothing in Redis would then refuse them.
 * @param key Of the delivery in this process.
 */
export function loseDelivery(key: string, { inFlight, deliverer, logger }: LossParts): void {
  const delivery = inFlight.get(key);
  if (delivery === undefined) return;
  delivery.lost = true;
  // If it has ended, its outcome may have been sent: the reply shows whether Redis has accepted it.
  if (delivery.ended) return;
  inFlight.release(delivery);
  const message =
    'another process has taken over this delivery, because its lease has expired, or Redis has lost the read: its outcome in this process no longer counts';
  logger.warn({ streamId: delivery.position, eventId: delivery.event.id }, message);
  deliverer.abort(delivery, new EventBusError('LEASE_LOST', message));
}
