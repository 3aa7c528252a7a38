import { constants } from 'node:os';

/** Time after a signal in which another one counts as the same, in milliseconds: npm passes on Ctrl-C, so that it arrives twice. */
const sameSignalMs = 500;

/**
 * Aborted at the first SIGINT, SIGTERM or SIGHUP (a terminal that is closed), so that a command can stop what it has started. A
 * later signal ends the process immediately; its `exit` listeners still run.
 */
export function endOfProcess(): AbortSignal {
  const ending = new AbortController();
  let firstAt: number | undefined;
  const listener = (signal: NodeJS.Signals) => {
    if (firstAt !== undefined && performance.now() - firstAt >= sameSignalMs)
      process.exit(128 + constants.signals[signal]);
    firstAt ??= performance.now();
    ending.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener);
  return ending.signal;
}
