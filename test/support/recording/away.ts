import type { Effect } from '../history/history.js';

/**
 * What may happen while a process sends no heartbeat: nothing, unless its lease may expire. It sends three heartbeats per lease.
 * @param awayMs Duration, in milliseconds.
 */
export function awayEffects(awayMs: number, leaseMs: number): readonly Effect[] {
  return awayMs < (leaseMs * 2) / 3 - 50 ? [] : ['repeat', 'overlap'];
}
