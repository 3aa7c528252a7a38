import type { ParkedCount } from '../operate/parked.js';

/** State of a bus for liveness and readiness probes. */
export interface BusHealth {
  /** False when the process should be restarted: its read loop makes no progress, or it can never work with this Redis. */
  readonly live: boolean;
  /** True when the bus can publish and, after `start()`, receives events. */
  readonly ready: boolean;
  /** Why the bus is not live or not ready, and which partitions cannot be used; empty when there is no problem. */
  readonly reasons: readonly string[];
  readonly redis: 'ready' | 'connecting' | 'refused' | 'closed';
  /** Size of the events that wait for Redis, in bytes. */
  readonly pendingPublishBytes: number;
  /** The partitions of the event stream; undefined until the bus has read their number from Redis. */
  readonly partitions: PartitionHealth | undefined;
  /** Of the consuming side; undefined before `start()`. */
  readonly consumer: ConsumerHealth | undefined;
}

/** Which partitions a bus can use. */
export interface PartitionHealth {
  readonly total: number;
  /**
   * Indexes of the partitions that cannot be used now: they make a bus unready only if all are away, because the failover of one server
   * must not take every process out of service.
   */
  readonly away: readonly number[];
}

/** State of the consuming side of a bus. */
export interface ConsumerHealth {
  /** Time since the last successful read, or since the read loop last found all slots in use, or had to wait until the next poll, in milliseconds. */
  readonly loopIdleMs: number;
  /** Why events cannot be read now, with the error of Redis if it is known; undefined while reading works. */
  readonly problem: string | undefined;
  /** Time since the last successful settle, in milliseconds; undefined before the first settle. */
  readonly lastSettleMs: number | undefined;
  /** How long the oldest outcome has waited to be recorded, in milliseconds; 0 when no outcome waits. */
  readonly unsettledMs: number;
  /** Deliveries whose handlers are running. */
  readonly running: number;
  /** Deliveries that have ended and wait to be recorded. */
  readonly unsettled: number;
  /**
   * Parked deliveries of the whole group, in all its processes; counted at the start and every `sweepMs` (5 s by default).
   * They do not make a process unready: a deployment helps, a restart does not.
   */
  readonly parked: number;
  /** The versions for which they wait, those with the most deliveries first, at most 100. */
  readonly parkedVersions: readonly ParkedCount[];
  /**
   * Deliveries of the whole group to ordered handlers that wait for earlier events of their key; counted at each read and every `sweepMs`.
   * Above `maxWaiting` in one partition for handlers of this process, it reads no more events there.
   */
  readonly waiting: number;
}

/** Input of {@link judgeHealth}. */
export interface HealthFacts {
  readonly redis: BusHealth['redis'];
  /** Why this Redis cannot be used until its setup is changed. */
  readonly refusal: string | undefined;
  /** What Redis refuses at present, or why there is no connection; undefined if neither is known. */
  readonly problem: string | undefined;
  readonly memoryHigh: boolean;
  readonly pendingPublishBytes: number;
  /** Whether `start()` was called and has not failed. */
  readonly started: boolean;
  /** Whether `stop()` or `close()` was called. */
  readonly stopping: boolean;
  /** If the last `start()` was rejected: the reason, and how long ago, in milliseconds. */
  readonly startFailure: { readonly reason: string; readonly agoMs: number } | undefined;
  readonly consumer: ConsumerHealth | undefined;
  readonly partitions: PartitionHealth | undefined;
  /** Maximum duration of one round of the read loop, in milliseconds. */
  readonly longestRoundMs: number;
}

/** Time that an outcome may wait to be recorded before the consuming side counts as stuck, in milliseconds. */
const longestSettleMs = 30_000;

/** Judges by progress: a bus whose read loop makes no progress while Redis is available is not live. */
export function judgeHealth(facts: HealthFacts): BusHealth {
  const { redis, refusal, problem, memoryHigh, started, stopping, startFailure, consumer, longestRoundMs } = facts;
  const { pendingPublishBytes, partitions } = facts;
  const fatal: string[] = [];
  const blocking: string[] = [];
  if (redis === 'refused') fatal.push(`this Redis cannot be used: ${refusal ?? 'unknown'}`);
  if (redis === 'closed') blocking.push('the bus is closed');
  else if (stopping) blocking.push('the bus has stopped');
  if (redis === 'connecting')
    blocking.push(`there is no connection to Redis${problem === undefined ? '' : `: ${problem}`}`);
  if (redis === 'ready' && problem !== undefined) blocking.push(`Redis refuses what the bus needs: ${problem}`);
  if (memoryHigh) blocking.push("Redis's memory is nearly full: publishing is refused");
  if (started && !stopping && consumer === undefined) blocking.push('the bus has not joined its consumer group yet');
  // A bus that has stopped cannot start, and works as it should.
  if (startFailure !== undefined && !stopping) {
    const { reason, agoMs } = startFailure;
    (agoMs > longestRoundMs ? fatal : blocking).push(`start() was rejected: ${reason}`);
  }
  if (redis === 'ready' && consumer?.problem !== undefined) {
    blocking.push(`events cannot be read: ${consumer.problem}`);
  }
  // Without Redis the read loop waits for the connection, and a restart would not help.
  if (redis === 'ready' && consumer !== undefined && !stopping) {
    const { loopIdleMs, unsettledMs } = consumer;
    if (loopIdleMs > longestRoundMs) {
      fatal.push(`the read loop has made no progress for ${Math.round(loopIdleMs)} ms`);
    }
    if (unsettledMs > longestSettleMs) {
      fatal.push(`outcomes have waited for ${Math.round(unsettledMs)} ms to be recorded`);
    }
  }
  const ready = fatal.length === 0 && blocking.length === 0;
  const reasons = [...fatal, ...blocking];
  // If none can be used, the other reasons say why.
  if (partitions !== undefined && partitions.away.length > 0 && partitions.away.length < partitions.total) {
    reasons.push(`of ${partitions.total} partitions, these cannot be used: ${partitions.away.join(', ')}`);
  }
  return { live: fatal.length === 0, ready, reasons, redis, pendingPublishBytes, partitions, consumer };
}
