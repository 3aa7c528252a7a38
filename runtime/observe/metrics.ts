import type { Logger } from '../logger.js';
import { type Check, type OptionTable, optionError, resolveOptions } from '../options.js';

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

const hook: Check = { expected: 'a function', holds: (value) => typeof value === 'function' };

/** Every hook of {@link Metrics}. */
export const metricsHooks: OptionTable<Metrics> = { published: { check: hook }, ran: { check: hook } };

/**
 * Refuses what no hook of would be called: names that are none of a plain object, an object of a class that has neither.
 * @throws EventBusError `CONFIG_INVALID`
 */
export function checkMetrics(caller: string, metrics: Metrics | undefined): void {
  if (metrics === undefined) return;
  if (isPlain(metrics)) {
    resolveOptions<Metrics, keyof Metrics>(`${caller}: metrics`, metricsHooks, metrics);
  } else if (metrics.published === undefined && metrics.ran === undefined) {
    throw optionError(caller, 'metrics', 'an object with the methods published and ran, or one of them', metrics);
  }
}

function isPlain(value: object): boolean {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype;
  } catch {
    // A proxy may refuse even that.
    return false;
  }
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
