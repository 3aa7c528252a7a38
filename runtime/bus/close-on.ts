import { constants } from 'node:os';
import type { Logger } from '../logger.js';
import { type Check, listOf } from '../options.js';

/** A signal at which a bus can close itself. */
export type CloseSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGBREAK' | 'SIGUSR2';

const signals: readonly CloseSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR2'];

/** The check of `closeOn`. */
export const closeSignals: Check = listOf(`a list of signals: ${signals.join(', ')}`, (item) =>
  (signals as readonly unknown[]).includes(item),
);

/** The listeners of one bus. */
export interface SignalListeners {
  /** Removes them, but not while a second arrival of the first signal is possible. */
  remove(): void;
}

/** Time after a signal in which another one counts as the same, in milliseconds: npm and shells pass on Ctrl-C, so that it arrives twice. */
const sameSignalMs = 500;

/**
 * Calls `close` at the first of the signals; the next one ends the process immediately. Otherwise nothing calls
 * `process.exit`: after `close` the process ends when nothing else keeps it alive, with code 1 if `close` has failed.
 */
export function closeOnSignals(
  on: readonly CloseSignal[],
  close: () => Promise<void>,
  logger: Logger,
): SignalListeners {
  let firstAt: number | undefined;
  const listener = (signal: NodeJS.Signals) => {
    // Not left to the default action: a process with the id 1, in a container, has none.
    if (firstAt !== undefined && performance.now() - firstAt >= sameSignalMs)
      process.exit(128 + constants.signals[signal]);
    if (firstAt !== undefined) return;
    firstAt = performance.now();
    logger.info({ signal }, 'signal received: the bus is closing');
    close().catch((error: unknown) => {
      logger.error({ err: error }, 'the bus could not be closed');
      process.exitCode = 1;
    });
  };
  for (const signal of on) process.on(signal, listener);
  const removeNow = () => {
    for (const signal of on) process.off(signal, listener);
  };
  return {
    remove: () => {
      // After a short close the signal may still arrive again, and its default action would end the rest of the application.
      const remainingMs = firstAt === undefined ? 0 : sameSignalMs - (performance.now() - firstAt);
      if (remainingMs > 0) setTimeout(removeNow, remainingMs).unref();
      else removeNow();
    },
  };
}
