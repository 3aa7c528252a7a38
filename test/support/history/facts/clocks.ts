/**
 * By how much the clocks of two processes of one machine may differ, in milliseconds: each process reads the time of day once,
 * at its start, and the time of day is adjusted while a test runs. Times within one process are compared exactly.
 */
export const processClocksMs = 20;

/** By how much Redis's clock, in whole milliseconds, may differ from that of a process of the same machine, in milliseconds. */
export const redisClockMs = 100;

/** By how much a time span of two clocks may differ, as a share: the time of day is adjusted while it passes. */
export const clockRate = 0.001;

/**
 * A process sends an outcome to Redis when a run ends. If it ends later than this after the run, in milliseconds, the outcome has
 * been recorded, unless a fault delayed it.
 */
export const recordingMs = 2_000;

/**
 * How long after a fault its effects may begin, in milliseconds: connections are made again, and a lease that could not be renewed
 * is found to have expired at the next renewal, or expires.
 */
export function aftermathMs(leaseMs: number): number {
  return 2 * leaseMs + 2_000;
}
