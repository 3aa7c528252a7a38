import type { HandleFn, HandleInterceptor } from '../handle/interceptor.js';
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

/** What wraps publishes and runs: tracing, metrics, and within them the interceptors of the user. */
export interface InterceptorSettings {
  /** Redis key of the event stream, or `memory`. */
  readonly destination: string;
  readonly interceptors: Interceptors;
  readonly metrics: MetricsHooks | undefined;
  readonly logger: Logger;
}

const list = listOf('a list of interceptors, each a function', (item) => typeof item === 'function');

/** Every list of interceptors and what it may be. */
export const interceptorLists: OptionTable<Interceptors> = { publish: { check: list }, handle: { check: list } };

/** Copies the lists. @throws EventBusError `CONFIG_INVALID` */
export function readInterceptors(caller: string, interceptors: Interceptors): Interceptors {
  return resolveOptions<Interceptors, keyof Interceptors>(`${caller}: interceptors`, interceptorLists, interceptors);
}

/**
 * Wraps the function that writes events. Tracing is part of it as long as an OpenTelemetry SDK is installed.
 * @returns The function to call for a publish now.
 */
export function wrapPublish(write: PublishFn, settings: InterceptorSettings): () => PublishFn {
  const { interceptors, metrics, logger } = settings;
  const measured = metrics?.published === undefined ? [] : [publishMetrics(metrics, logger)];
  const plain = composeInterceptors([...measured, ...(interceptors.publish ?? [])])?.(write) ?? write;
  const traced = tracePublish(plain);
  return () => (isTraced() ? traced : plain);
}

/** What wraps a run of a handler now: undefined where nothing does, so that the bus calls the handler directly. */
export function runInterceptor(settings: InterceptorSettings): () => HandleInterceptor | undefined {
  const { interceptors, metrics, logger, destination } = settings;
  const measured = metrics?.ran === undefined ? [] : [runMetrics(metrics, logger)];
  const inner = [...measured, ...(interceptors.handle ?? [])];
  const plain = composeInterceptors<HandleFn>(inner);
  const traced = composeInterceptors<HandleFn>([traceRuns(destination), ...inner]);
  return () => (isTraced() ? traced : plain);
}
