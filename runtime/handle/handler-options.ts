import {
  defaultsOf,
  finiteNumber,
  listOf,
  type OptionTable,
  oneOf,
  orUnlimited,
  resolveOptions,
  wholeNumber,
} from '../options.js';
import type { HandlerOptions, KeyOrder } from './subscription.js';

/** {@link HandlerOptions} with every default filled in. */
export interface ResolvedHandlerOptions extends Required<Omit<HandlerOptions, 'order'>> {
  /** Undefined for a handler without order. */
  readonly order: Required<KeyOrder> | undefined;
}

const minute = 60_000;
/** Longest wait before a retry, in milliseconds. */
const year = 365 * 24 * 60 * minute;

/** Every option of a handler, with its default and check. */
export const handlerOptions: OptionTable<HandlerOptions> = {
  priority: { default: 100, check: finiteNumber },
  maxRetries: { default: 3, check: wholeNumber(0) },
  retryDelaysMs: {
    default: [minute, 5 * minute, 30 * minute],
    check: listOf(
      'a list of at least one wait, each from 0 to a year in milliseconds',
      (delay) => typeof delay === 'number' && delay >= 0 && delay <= year,
      1,
    ),
  },
  concurrency: { default: Number.POSITIVE_INFINITY, check: orUnlimited(wholeNumber(1)) },
  timeoutMs: {
    default: 30_000,
    check: {
      expected: 'a positive number of milliseconds, or Infinity for no limit',
      holds: (value) => typeof value === 'number' && value > 0,
    },
  },
  replay: { default: 'include', check: oneOf('include', 'skip', 'only') },
  order: {
    default: 'none',
    check: {
      expected: "'none', 'key' or { by: 'key', whenFailed?: 'hold' | 'pass', whenDead?: 'pass' | 'hold' }",
      holds: (value) => value === 'none' || value === 'key' || isKeyOrder(value),
    },
  },
};

function isKeyOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    Object.entries(value).every(([name, given]) => {
      if (name === 'by') return given === 'key';
      const isKnown = name === 'whenFailed' || name === 'whenDead';
      return isKnown && (given === undefined || given === 'hold' || given === 'pass');
    }) && 'by' in value
  );
}

function keyOrderOf(order: HandlerOptions['order']): Required<KeyOrder> | undefined {
  if (order === undefined || order === 'none') return undefined;
  const { whenFailed = 'hold', whenDead = 'pass' } = order === 'key' ? {} : order;
  return { by: 'key', whenFailed, whenDead };
}

/** Three retries after 1, 5 and 30 minutes; 30 s for a run; priority 100; unlimited concurrency. */
export const handlerDefaults = { ...defaultsOf(handlerOptions), order: undefined } as unknown as ResolvedHandlerOptions;

/** Fills in the defaults. @throws EventBusError `CONFIG_INVALID`, naming the handler and the option. */
export function resolveHandlerOptions(name: string, options: HandlerOptions): ResolvedHandlerOptions {
  const resolved = resolveOptions(`handler ${name}`, handlerOptions, options);
  // Copied: the caller could change the list after the check.
  return { ...resolved, retryDelaysMs: [...resolved.retryDelaysMs], order: keyOrderOf(resolved.order) };
}

/** Maximum share by which a delay is lengthened: spreads the retries of runs that failed together. */
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
