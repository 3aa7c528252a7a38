import type { FailedRun } from '../handle/interceptor.js';
import { consoleLogger, type Logger } from '../logger.js';
import type { MetricsHooks } from '../observe/metrics.js';
import {
  logger,
  methods,
  milliseconds,
  nested,
  type OptionTable,
  resolveOptions,
  text,
  wholeNumber,
} from '../options.js';
import type { CloseOptions } from './event-bus.js';
import type { Interceptors } from './interceptors.js';

/** Options that every bus has. */
export interface CommonBusOptions {
  readonly service: string;
  readonly concurrency?: number;
  readonly maxEventBytes?: number;
  readonly logger?: Logger;
  readonly metrics?: MetricsHooks;
  readonly interceptors?: Interceptors;
  readonly onError?: (run: FailedRun) => void;
  readonly drainMs?: number;
}

/** The common options of all buses, with their defaults and checks. */
export const commonBusOptions: OptionTable<CommonBusOptions> = {
  service: {
    required: true,
    check: text('a name of 1 to 100 letters, digits, ".", "_" and "-"', /^[A-Za-z0-9._-]{1,100}$/),
  },
  concurrency: { default: 100, check: wholeNumber(1, 100_000) },
  maxEventBytes: { default: 1024 * 1024, check: wholeNumber(1) },
  logger: { default: consoleLogger, check: logger },
  metrics: { check: methods('an object with the methods published and ran, or one of them', 'published?', 'ran?') },
  interceptors: { default: {}, check: nested },
  onError: { check: { expected: 'a function', holds: (value) => typeof value === 'function' } },
  drainMs: { default: 10_000, check: milliseconds(0) },
};

/** Every option of `stop` and `close`. */
export const closeOptions: OptionTable<CloseOptions> = { drainMs: { check: milliseconds(0) } };

/** The time that `stop` or `close` gives running handlers to finish, in milliseconds. @throws EventBusError `CONFIG_INVALID` */
export function drainMsOf(caller: 'stop' | 'close', options: CloseOptions, usual: number): number {
  return resolveOptions<CloseOptions, 'drainMs'>(caller, closeOptions, options).drainMs ?? usual;
}
