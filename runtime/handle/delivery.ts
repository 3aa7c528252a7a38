import type { Envelope, UnknownEvent } from '../event/envelope.js';

/** One event on its way to handlers of this process: from the stream to all of them, or the retry of one handler. */
export interface Delivery {
  /** The place of the event's entry; see `positionOf`. */
  readonly position: string;
  readonly event: Envelope | UnknownEvent;
  /** The number of the run for its handlers, from 1. */
  readonly attempt: number;
  /** True when another process has it: outcomes no longer count. */
  readonly lost?: boolean;
  /** Stores the results of `ctx.once`. */
  readonly once: OnceStore;
}

/** Remembers the results of side effects. */
export interface OnceStore {
  /** Returns the remembered result of `key`, or runs `effect` and remembers its result for `ttlMs`. */
  once<Result>(key: string, effect: () => Result | Promise<Result>, ttlMs: number): Promise<Result>;
}
