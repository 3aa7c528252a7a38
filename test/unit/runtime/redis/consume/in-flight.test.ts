import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../../../runtime/redis/consume/in-flight.js';
import { newGate } from '../../../../support/wait.js';

describe('reserved places', () => {
  it('are not free until the reply is there, and callers that wait continue then', async () => {
    const inFlight = new InFlight(3);
    const answered = newGate();
    const call = inFlight.reserve(
      2,
      1,
      () => answered.passed,
      () => undefined,
    );
    expect(inFlight.free).toBe(1);
    expect(inFlight.freeForQuarantined).toBe(0);
    // A process that closes waits for the reply: its deliveries would start and be returned at once.
    expect(inFlight.isIdle).toBe(false);
    const changed = inFlight.changed();
    answered.open();
    await changed;
    await call;
    expect(inFlight.free).toBe(3);
    expect(inFlight.isIdle).toBe(true);
    expect(inFlight.freeForQuarantined).toBe(1);
  });

  it('are free again after a call that failed', async () => {
    const inFlight = new InFlight(3);
    const changed = inFlight.changed();
    const failed = inFlight.reserve(
      3,
      1,
      () => Promise.reject(new Error('lost')),
      () => undefined,
    );
    await expect(failed).rejects.toThrow('lost');
    await changed;
    expect(inFlight.free).toBe(3);
    expect(inFlight.isIdle).toBe(true);
    expect(inFlight.freeForQuarantined).toBe(1);
  });
});
