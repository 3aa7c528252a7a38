/** What a service that embeds the bus answers to `live` and `ready` probes. */
export interface BusHealth {
  /** False when the process should be restarted: its loop stands still, or it can never serve. */
  readonly live: boolean;
  /** True when it can publish, and handles events where it was started to. */
  readonly ready: boolean;
  /** Why it is not live or not ready, in words; empty when it is both. */
  readonly reasons: readonly string[];
  readonly redis: 'ready' | 'connecting' | 'refused' | 'closed';
  /** Bytes of events that wait for Redis. */
  readonly pendingPublishBytes: number;
  /** Of the consuming side; undefined before `start()`. */
  readonly consumer: ConsumerHealth | undefined;
}

/** How the consuming side of a bus does. */
export interface ConsumerHealth {
  /** Since the loop that reads events last succeeded, or found every place busy, in milliseconds. */
  readonly loopIdleMs: number;
  /** Why it cannot read events now, in the words of Redis where those are known; undefined while it can. */
  readonly problem: string | undefined;
  /** Since Redis last recorded how deliveries ended, in milliseconds; undefined while there was none. */
  readonly lastSettleMs: number | undefined;
  /** How long something has waited to be recorded, in milliseconds; 0 when nothing does. */
  readonly unsettledMs: number;
  /** Deliveries whose handlers run. */
  readonly running: number;
  /** Deliveries that ended and wait to be recorded. */
  readonly unsettled: number;
  /**
   * Deliveries of the whole group, of all its processes, that wait for a build that can read their version; checked when
   * it starts and every `sweepMs` (5 s by default). They make no process unready: a restart does not help, a deploy does.
   */
  readonly parked: number;
}

/** What {@link judgeHealth} goes by. */
export interface HealthFacts {
  readonly redis: BusHealth['redis'];
  /** Why Redis cannot be used until someone changes something. */
  readonly refusal: string | undefined;
  /** What Redis refuses now, or why there is no connection; undefined where neither is known. */
  readonly problem: string | undefined;
  readonly memoryHigh: boolean;
  readonly pendingPublishBytes: number;
  /** Whether `start()` was called, and has not failed. */
  readonly started: boolean;
  /** The last `start()`, where it was rejected: why, and how long ago in milliseconds. */
  readonly startFailure: { readonly reason: string; readonly agoMs: number } | undefined;
  readonly consumer: ConsumerHealth | undefined;
  /** How long the loop may take for one round at most, in milliseconds. */
  readonly longestRoundMs: number;
}

/** How long an outcome may wait to be recorded before the consuming side counts as stuck, in milliseconds. */
const longestSettleMs = 30_000;

/** Judges by progress: a loop that stands still while Redis is there is not live, whatever else it says of itself. */
export function judgeHealth(facts: HealthFacts): BusHealth {
  const { redis, refusal, problem, memoryHigh, started, startFailure, consumer, longestRoundMs } = facts;
  const { pendingPublishBytes } = facts;
  const deadly: string[] = [];
  const hindering: string[] = [];
  if (redis === 'refused') deadly.push(`this Redis cannot be used: ${refusal ?? 'unknown'}`);
  if (redis === 'closed') hindering.push('the bus is closed');
  if (redis === 'connecting')
    hindering.push(`there is no connection to Redis${problem === undefined ? '' : `: ${problem}`}`);
  if (redis === 'ready' && problem !== undefined) hindering.push(`Redis refuses what the bus needs: ${problem}`);
  if (memoryHigh) hindering.push("Redis's memory is nearly full: publishing is refused");
  if (started && consumer === undefined) hindering.push('it has not joined its group yet');
  if (startFailure !== undefined && redis !== 'closed') {
    const { reason, agoMs } = startFailure;
    (agoMs > longestRoundMs ? deadly : hindering).push(`start() was rejected: ${reason}`);
  }
  if (redis === 'ready' && consumer?.problem !== undefined) {
    hindering.push(`it cannot read events: ${consumer.problem}`);
  }
  // Without Redis the loop waits for it, and a restart would not help.
  if (redis === 'ready' && consumer !== undefined) {
    const { loopIdleMs, unsettledMs } = consumer;
    if (loopIdleMs > longestRoundMs) {
      deadly.push(`the loop that reads events has stood still for ${Math.round(loopIdleMs)} ms`);
    }
    if (unsettledMs > longestSettleMs) {
      deadly.push(`outcomes have waited for ${Math.round(unsettledMs)} ms to be recorded`);
    }
  }
  const reasons = [...deadly, ...hindering];
  return { live: deadly.length === 0, ready: reasons.length === 0, reasons, redis, pendingPublishBytes, consumer };
}
