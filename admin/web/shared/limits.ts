/** Highest rate of a replay, in events per second. */
export const maxReplayRate = 100_000;

/** Parked deliveries that one request discards at most. */
export const maxParkedDiscards = 200;
