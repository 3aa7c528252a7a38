import type { Replay } from '../../../../answers.js';

/** Whether it can go on. */
export function isResumable({ status }: Replay): boolean {
  return status === 'cancelled' || status === 'failed';
}

/** Seconds that handing on `events` takes at least, at the plan's rate. */
export function leastSeconds(events: number, { ratePerSecond }: Replay['plan']): number {
  return Math.ceil(events / ratePerSecond);
}
