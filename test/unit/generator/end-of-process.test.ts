import { afterEach, beforeEach, expect, it } from 'vitest';
import { endOfProcess } from '../../../generator/end-of-process.js';
import { until } from '../../support/wait.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const listeners = () => new Map(signals.map((signal) => [signal, process.listeners(signal)]));
let before: ReturnType<typeof listeners>;

beforeEach(() => {
  before = listeners();
});

afterEach(() => {
  for (const [signal, all] of listeners())
    for (const listener of all) if (before.get(signal)?.includes(listener) === false) process.off(signal, listener);
});

it.each(signals)('%s aborts, and the same signal again, as npm passes it on, does not end the process', (name) => {
  const end = endOfProcess();
  const added = process.listeners(name).filter((listener) => before.get(name)?.includes(listener) === false);
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
  // vitest replaces `process.exit` by a function that throws.
  expect(() => process.emit('SIGHUP', 'SIGHUP')).toThrow('"129"');
});
