import type { Logger } from './logger.js';

/** One run of one handler. */
export interface RunMetric {
  readonly type: string;
  readonly group: string;
  readonly handler: string;
  /** `handled`, `failed` (it runs again) or `dead` (it does not). */
  readonly outcome: 'handled' | 'failed' | 'dead';
  /** Which run it was, from 1. */
  readonly attempt: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** True when the event was replayed. */
  readonly replayed: boolean;
}

/** One call of `publish` or `publishBatch`. */
export interface PublishMetric {
  /** Types of its events. */
  readonly types: readonly string[];
  /** The error's code; undefined when it was written. */
  readonly error: string | undefined;
  /** From the call to Redis's answer, in milliseconds. */
  readonly durationMs: number;
}

/** What a bus tells of itself as it happens, for a metrics library. Called in the hot path: be quick, never throw. */
export interface Metrics {
  published?(metric: PublishMetric): void;
  ran?(metric: RunMetric): void;
}

/** Calls a hook, which must not hurt its caller: what it throws, or rejects with, is logged. */
export function callHook(logger: Logger, hook: () => unknown): void {
  const report = (error: unknown) => logger.error({ err: error }, 'a metrics hook threw');
  try {
    const result = hook();
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
