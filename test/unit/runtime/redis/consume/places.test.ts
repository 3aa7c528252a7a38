import { describe, expect, it } from 'vitest';
import { Places } from '../../../../../runtime/redis/consume/places.js';
import { newGate } from '../../../../support/wait.js';

describe('reserved places', () => {
  it('are not free until the reply is there, and callers that wait continue then', async () => {
    const places = new Places(3);
    const answered = newGate();
    const call = places.reserve(
      2,
      1,
      () => answered.passed,
      () => undefined,
    );
    expect(places.free).toBe(1);
    expect(places.freeForQuarantined).toBe(0);
    // A process that closes waits for the reply: its deliveries would start and be returned at once.
    expect(places.isIdle).toBe(false);
    const changed = places.changed();
    answered.open();
    await changed;
    await call;
    expect(places.free).toBe(3);
    expect(places.isIdle).toBe(true);
    expect(places.freeForQuarantined).toBe(1);
  });

  it('⚑ a call gets only the places that are free, and is not made without one', async () => {
    const places = new Places(3);
    const answered = newGate();
    const counts: number[] = [];
    const reserve = (most: number) => {
      const call = async (count: number) => {
        counts.push(count);
        await answered.passed;
        return 'reply';
      };
      return places.reserve(most, 0, call, () => undefined);
    };
    // Each caller may have counted the free places before another one reserved them.
    const calls = [reserve(2), reserve(2), reserve(2)];
    answered.open();
    expect(await Promise.all(calls)).toEqual(['reply', 'reply', undefined]);
    expect(counts).toEqual([2, 1]);
    expect(places.free).toBe(3);
  });

  it('are free again after a call that failed', async () => {
    const places = new Places(3);
    const changed = places.changed();
    const failed = places.reserve(
      3,
      1,
      () => Promise.reject(new Error('lost')),
      () => undefined,
    );
    await expect(failed).rejects.toThrow('lost');
    await changed;
    expect(places.free).toBe(3);
    expect(places.isIdle).toBe(true);
    expect(places.freeForQuarantined).toBe(1);
  });
});
