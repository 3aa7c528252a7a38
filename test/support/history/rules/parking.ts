import { clockRate, redisClockMs } from '../facts/clocks.js';
import { type Delivery, nameOf } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { timeOfPosition } from '../facts/positions.js';

const defaultMaxParkMs = 7 * 24 * 60 * 60 * 1_000;

/** What waits for another build is given up when the time for it has passed, not before. */
export function checkParking(history: History, findings: Findings): void {
  const limits = new Map<string, number>();
  for (const { service, maxParkMs = defaultMaxParkMs } of history.starts.values())
    limits.set(service, Math.min(maxParkMs, limits.get(service) ?? Number.POSITIVE_INFINITY));
  for (const delivery of history.deliveries.all())
    checkDelivery(delivery, limits.get(delivery.group) ?? defaultMaxParkMs, findings);
}

function checkDelivery(delivery: Delivery, maxParkMs: number, findings: Findings): void {
  let parked: Delivery['transitions'][number] | undefined;
  for (const line of delivery.transitions) {
    if (line.change === 'parked') parked ??= line;
    if (line.change === 'retried') parked = undefined;
    if (line.change !== 'dead' || line.reason !== 'VERSION_AHEAD') continue;
    // Both times are Redis's.
    const waitedMs = parked === undefined ? 0 : timeOfPosition(line.position) - timeOfPosition(parked.position);
    if (waitedMs < maxParkMs * (1 - clockRate) - redisClockMs) {
      const text = `${nameOf(delivery)} is dead (VERSION_AHEAD) after ${waitedMs} ms, and maxParkMs is ${maxParkMs}`;
      findings.violation('parked-long-enough', text, [parked, line]);
    }
  }
}
