import type { EventBusError } from '../../errors.js';
import type { Redis } from './client.js';
import type { Link } from './link.js';
import { callOnce, type RetryOptions, retryCall } from './retry-call.js';

/** The calls of a link that wait for a connection, by its other members. */
export abstract class RetryingLink implements Link {
  readonly #retry: RetryOptions;

  /** @param callTimeoutMs Time after which {@link ask} rejects with `UNAVAILABLE`, in milliseconds. */
  constructor(callTimeoutMs = Number.POSITIVE_INFINITY) {
    this.#retry = {
      callTimeoutMs,
      isOpen: () => this.isOpen,
      isReady: () => this.isReady,
      fatal: () => this.fatal,
      whenReady: (timeoutMs) => {
        // The connection may have been suspended in the meantime.
        this.connect();
        return this.whenReady(timeoutMs);
      },
    };
  }

  abstract readonly isReady: boolean;
  abstract readonly isOpen: boolean;
  abstract readonly fatal: EventBusError | undefined;
  abstract readonly lastError: unknown;
  abstract readonly clockErrorMs: number;
  abstract connect(): void;
  abstract now(): number;
  abstract readClock(): Promise<void>;
  abstract whenReady(timeoutMs: number): Promise<boolean>;
  abstract tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs?: number): Promise<T>;

  ask<T>(call: (redis: Redis) => Promise<T>, timeoutMs = Number.POSITIVE_INFINITY): Promise<T> {
    this.connect();
    const callTimeoutMs = Math.min(timeoutMs, this.#retry.callTimeoutMs);
    return retryCall({ ...this.#retry, callTimeoutMs }, () => this.tryOnce(call));
  }

  askOnce<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    this.connect();
    return callOnce(this.#retry, () => this.tryOnce(call));
  }
}
