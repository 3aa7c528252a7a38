import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endOfProcess } from '../../../generator/end-of-process.js';
import { until } from '../../support/wait.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Those of other tests in this process; the signals are for this one only. */
let others: ReadonlyMap<(typeof signals)[number], NodeJS.SignalsListener[]>;

beforeEach(() => {
  others = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  for (const signal of signals) process.removeAllListeners(signal);
});

afterEach(() => {
  for (const [signal, listeners] of others) {
    process.removeAllListeners(signal);
    for (const listener of listeners) process.on(signal, listener);
  }
});

it.each(signals)('%s aborts, and the same signal again, as npm passes it on, does not end the process', (name) => {
  const end = endOfProcess();
  const added = process.listeners(name);
  expect(added).toHaveLength(1);
  for (const listener of [...added, ...added]) listener(name);
  expect(end.aborted).toBe(true);
  // Without a listener, Node ends the process at the next signal.
  expect(process.listeners(name)).toEqual(expect.arrayContaining(added));
});

it('a later signal ends the process immediately, with its `exit` listeners', async () => {
  endOfProcess();
  process.emit('SIGHUP', 'SIGHUP');
  const first = performance.now();
  await until('another Ctrl-C', () => performance.now() - first > 500);
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  process.emit('SIGHUP', 'SIGHUP');
  expect(exit.mock.calls).toEqual([[129]]);
  exit.mockRestore();
});
