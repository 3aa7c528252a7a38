import type { Replay } from '../../../../answers.js';

/** Whether a replay can be resumed. */
export function isResumable({ status }: Replay): boolean {
  return status === 'cancelled' || status === 'failed';
}

/** Shortest time to deliver `events` at the rate of the plan, in seconds. */
export function leastSeconds(events: number, { ratePerSecond }: Replay['plan']): number {
  return Math.ceil(events / ratePerSecond);
}
