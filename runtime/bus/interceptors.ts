import { EventBusError } from '../errors.js';
import type { HandleFn, HandleInterceptor } from '../handle/interceptor.js';
import type { RunWrapping } from '../handle/run.js';
import type { Logger } from '../logger.js';
import { type MetricsHooks, publishMetrics, runMetrics } from '../observe/metrics.js';
import { isTraced, tracePublish, traceRuns } from '../observe/tracing.js';
import { listOf, type OptionTable, resolveOptions } from '../options.js';
import { composeInterceptors, type PublishFn, type PublishInterceptor } from '../publish/interceptor.js';

/** The interceptors of a bus. The first of a list is the outermost. */
export interface Interceptors {
  /** Wrap every publish. Default: none. */
  readonly publish?: readonly PublishInterceptor[];
  /** Wrap every run of a handler. Default: none. */
  readonly handle?: readonly HandleInterceptor[];
}

/** Everything that wraps publishes and runs: tracing, metrics, and within them the interceptors of the user. */
export interface InterceptorSettings {
  /** Redis key of the event stream, or `memory`. */
  readonly destination: string;
  readonly interceptors: Interceptors;
  readonly metrics: MetricsHooks | undefined;
  readonly logger: Logger;
}

const list = listOf('a list of interceptors, each a function', (item) => typeof item === 'function');

/** Every list of interceptors, with its check. */
export const interceptorLists: OptionTable<Interceptors> = { publish: { check: list }, handle: { check: list } };

/** Copies the lists. @throws EventBusError `CONFIG_INVALID` */
export function readInterceptors(caller: string, interceptors: Interceptors): Interceptors {
  return resolveOptions<Interceptors, keyof Interceptors>(`${caller}: interceptors`, interceptorLists, interceptors);
}

/**
 * Wraps the function that writes events. Tracing is part of it as long as an OpenTelemetry SDK is installed.
 * @returns A function that returns the wrapped function for a publish that starts now.
 */
export function wrapPublish(write: PublishFn, settings: InterceptorSettings): () => PublishFn {
  const { interceptors, metrics, logger } = settings;
  const intercepted = composeInterceptors<PublishFn>(interceptors.publish ?? [])?.(write);
  const checked = intercepted === undefined ? write : checkPublished(intercepted);
  const plain = metrics?.published === undefined ? checked : publishMetrics(metrics, logger)(checked);
  const traced = tracePublish(plain);
  return () => (isTraced() ? traced : plain);
}

/** Refuses invalid results of the user's interceptors, so that callers and metrics get a valid result or an error. */
function checkPublished(intercepted: PublishFn): PublishFn {
  return async (request) => {
    const published = await intercepted(request);
    if (Array.isArray(published) && published.length === request.drafts.length) return published;
    const message = 'an interceptor of publish did not return one result for each event: return the result of next()';
    throw new EventBusError('CONFIG_INVALID', `${message}. The events may have been written`);
  };
}

/** Returns a function for the interceptors of a run that starts now: undefined if there are none; the bus then calls the handler directly. */
export function runWrapping(settings: InterceptorSettings): () => RunWrapping | undefined {
  const { metrics, logger, destination } = settings;
  const interceptors = composeInterceptors<HandleFn>(settings.interceptors.handle ?? []);
  const measured = metrics?.ran === undefined ? [] : [runMetrics(metrics, logger)];
  const observers = composeInterceptors<HandleFn>(measured);
  const plain = observers === undefined && interceptors === undefined ? undefined : { observers, interceptors };
  const traced = { observers: composeInterceptors<HandleFn>([traceRuns(destination), ...measured]), interceptors };
  return () => (isTraced() ? traced : plain);
}
