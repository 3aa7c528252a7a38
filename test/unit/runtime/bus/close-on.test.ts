import { silentLogger } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { closeOnSignals } from '../../../../runtime/bus/close-on.js';
import { until } from '../../../support/wait.js';

const listeners = () => process.listenerCount('SIGUSR2');

it('a signal that arrives twice counts once, also when the close has ended in between; then the listener is removed', async () => {
  const before = listeners();
  let closes = 0;
  const close = async () => {
    closes += 1;
    signals.remove();
  };
  const signals = closeOnSignals(['SIGUSR2'], close, silentLogger);
  process.emit('SIGUSR2', 'SIGUSR2');
  expect([closes, listeners()]).toEqual([1, before + 1]);
  process.emit('SIGUSR2', 'SIGUSR2');
  expect(closes).toBe(1);
  await until('the listener is removed', () => listeners() === before);
});

it('without a signal, the listener is removed immediately', () => {
  const before = listeners();
  const signals = closeOnSignals(['SIGUSR2'], async () => {}, silentLogger);
  expect(listeners()).toBe(before + 1);
  signals.remove();
  expect(listeners()).toBe(before);
});
