import type { EventBusError } from '../../errors.js';
import type { Redis } from './client.js';

/** Sends calls to the Redis server that has certain keys at present. */
export interface Link {
  /** True when a call would be sent now. */
  readonly isReady: boolean;
  /** False once the link was closed for good. */
  readonly isOpen: boolean;
  /** Why this Redis cannot be used until its setup is changed; {@link connect} tries again later. */
  readonly fatal: EventBusError | undefined;
  /** Error of the last connection attempt or lost connection. */
  readonly lastError: unknown;
  /** Maximum error of {@link now}, in milliseconds. */
  readonly clockErrorMs: number;
  /** Starts to connect if it has not started yet; does not wait. */
  connect(): void;
  /** The time of this server's clock, in milliseconds since 1970. */
  now(): number;
  /** Reads the server's clock. */
  readClock(): Promise<void>;
  /** Resolves with true when a call would be sent; with false after `timeoutMs`, or when there will be no connection. */
  whenReady(timeoutMs: number): Promise<boolean>;
  /**
   * Sends a call that only reads, or a change that may be made twice. Retries it after lost connections and temporary
   * refusals.
   * @param timeoutMs Maximum time, in milliseconds, if it is shorter than the limit of the link.
   * @throws EventBusError the same errors as `retryCall`
   */
  ask<T>(call: (redis: Redis) => Promise<T>, timeoutMs?: number): Promise<T>;
  /**
   * Sends a change that must not be made twice, without retries.
   * @throws EventBusError `UNAVAILABLE`: the change was not made; `OUTCOME_UNKNOWN`: it may have been made
   */
  askOnce<T>(call: (redis: Redis) => Promise<T>): Promise<T>;
  /**
   * Sends a call once. Rejects with the error of ioredis, which `failureKind` classifies.
   * @param blockMs How long the call may block at Redis, in milliseconds: added to the reply timeout.
   */
  tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs?: number): Promise<T>;
}
