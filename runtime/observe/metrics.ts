import { EventBusError } from '../errors.js';
import type { HandleInterceptor } from '../handle/interceptor.js';
import type { Logger } from '../logger.js';
import { type Check, type OptionTable, optionError, resolveOptions } from '../options.js';
import type { PublishInterceptor } from '../publish/interceptor.js';
import { callHook } from './call-hook.js';

/** One run of one handler. */
export interface RunMetric {
  readonly type: string;
  readonly group: string;
  readonly handler: string;
  /** `completed`, `failed` (it will be retried) or `dead` (the event became a dead letter). */
  readonly outcome: 'completed' | 'failed' | 'dead';
  /** The number of the run, from 1. */
  readonly attempt: number;
  /** Duration of the run, in milliseconds. */
  readonly durationMs: number;
  /** True when the event was replayed. */
  readonly replayed: boolean;
}

/** One call of `publish` or `publishBatch`. */
export interface PublishMetric {
  /** Types of the published events. */
  readonly types: readonly string[];
  /** The error's code; undefined if the events were written. */
  readonly error: string | undefined;
  /** Time from the call to Redis's reply, in milliseconds. */
  readonly durationMs: number;
}

/** Hooks for a metrics library. They run in the hot path: they must be fast and must not throw. */
export interface MetricsHooks {
  published?(metric: PublishMetric): void;
  ran?(metric: RunMetric): void;
}

const hook: Check = { expected: 'a function', holds: (value) => typeof value === 'function' };

/** Every hook of {@link MetricsHooks}. */
export const metricsHooks: OptionTable<MetricsHooks> = { published: { check: hook }, ran: { check: hook } };

/**
 * Refuses an object without any hook: a plain object with other names, or an instance of a class that has neither method.
 * @throws EventBusError `CONFIG_INVALID`
 */
export function checkMetrics(caller: string, metrics: MetricsHooks | undefined): void {
  if (metrics === undefined) return;
  if (isPlain(metrics)) {
    resolveOptions<MetricsHooks, keyof MetricsHooks>(`${caller}: metrics`, metricsHooks, metrics);
  } else if (metrics.published === undefined && metrics.ran === undefined) {
    throw optionError(caller, 'metrics', 'an object with the methods published and ran, or one of them', metrics);
  }
}

function isPlain(value: object): boolean {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype;
  } catch {
    // The prototype of a proxy may not be readable.
    return false;
  }
}

/** Calls `metrics.published` for every publish. */
export function publishMetrics(metrics: MetricsHooks, logger: Logger): PublishInterceptor {
  return (next) => async (request) => {
    const startedAt = performance.now();
    const report = (error: string | undefined) => {
      const types = request.drafts.map(({ event }) => event.type);
      callHook(logger, 'a metrics hook', () =>
        metrics.published?.({ types, error, durationMs: performance.now() - startedAt }),
      );
    };
    try {
      const published = await next(request);
      report(undefined);
      return published;
    } catch (error) {
      report(EventBusError.from(error).code);
      throw error;
    }
  };
}

/** Calls `metrics.ran` for every run of a handler. */
export function runMetrics(metrics: MetricsHooks, logger: Logger): HandleInterceptor {
  return (next) => async (request) => {
    const startedAt = performance.now();
    const result = await next(request);
    const { event, context } = request;
    callHook(logger, 'a metrics hook', () =>
      metrics.ran?.({
        type: event.type,
        group: context.group,
        handler: context.handler,
        attempt: context.attempt,
        outcome: result.outcome,
        durationMs: performance.now() - startedAt,
        replayed: event.replay !== undefined,
      }),
    );
    return result;
  };
}
