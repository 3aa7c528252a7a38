import { EventBusError } from './errors.js';
import type { HandlerOptions } from './subscription.js';

/** {@link HandlerOptions} with every default filled in. */
export type ResolvedHandlerOptions = Required<HandlerOptions>;

const minute = 60_000;

/** Three retries after 1, 5 and 30 minutes; 30 s for a run; no limit of its own on concurrency. */
export const handlerDefaults: ResolvedHandlerOptions = {
  priority: 0,
  maxRetries: 3,
  retryDelaysMs: [minute, 5 * minute, 30 * minute],
  concurrency: Number.POSITIVE_INFINITY,
  timeoutMs: 30_000,
  replay: 'include',
};

/** Fills in the defaults. @throws EventBusError `CONFIG_INVALID`, naming the handler and the option. */
export function resolveHandlerOptions(name: string, options: HandlerOptions): ResolvedHandlerOptions {
  const resolved: ResolvedHandlerOptions = {
    priority: options.priority ?? handlerDefaults.priority,
    maxRetries: options.maxRetries ?? handlerDefaults.maxRetries,
    retryDelaysMs: options.retryDelaysMs ?? handlerDefaults.retryDelaysMs,
    concurrency: options.concurrency ?? handlerDefaults.concurrency,
    timeoutMs: options.timeoutMs ?? handlerDefaults.timeoutMs,
    replay: options.replay ?? handlerDefaults.replay,
  };
  const refuse = (option: keyof HandlerOptions, expected: string) => {
    const given = JSON.stringify(resolved[option]);
    return new EventBusError('CONFIG_INVALID', `handler ${name}: ${option} must be ${expected}, not ${given}`);
  };
  const { priority, maxRetries, retryDelaysMs, concurrency, timeoutMs, replay } = resolved;
  if (!Number.isFinite(priority)) throw refuse('priority', 'a finite number');
  if (!Number.isInteger(maxRetries) || maxRetries < 0) throw refuse('maxRetries', 'a whole number from 0');
  const delays = retryDelaysMs.length > 0 && retryDelaysMs.every((delay) => Number.isFinite(delay) && delay >= 0);
  if (!delays) throw refuse('retryDelaysMs', 'a list of at least one wait in milliseconds');
  const whole = concurrency === Number.POSITIVE_INFINITY || Number.isInteger(concurrency);
  if (!whole || concurrency < 1) throw refuse('concurrency', 'a whole number from 1');
  if (!(timeoutMs > 0)) throw refuse('timeoutMs', 'a positive number of milliseconds');
  if (!['include', 'skip', 'only'].includes(replay)) throw refuse('replay', "'include', 'skip' or 'only'");
  return resolved;
}

/** How much longer than its configured delay a retry may wait at most: spreads out what failed together. */
const jitter = 0.1;

/**
 * The wait before the next run, in milliseconds, after `failures` failed runs (from 1). Jitter only lengthens it.
 * @param random From 0 to below 1; a parameter for tests.
 */
export function retryDelayMs(options: ResolvedHandlerOptions, failures: number, random = Math.random()): number {
  const { retryDelaysMs } = options;
  const delay = retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1] ?? 0;
  return Math.round(delay * (1 + jitter * random));
}
