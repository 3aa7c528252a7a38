/** Highest rate of a replay, in events per second. */
export const maxReplayRate = 100_000;

/** Most parked deliveries that one request can discard. */
export const maxParkedDiscards = 200;
