import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RingSlots } from '../../../../../runtime/redis/publish/ring-slots.js';

describe('the slots of a ring', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('batches that are sent in parallel have different slots', () => {
    const slots = new RingSlots();
    expect([slots.take(), slots.take(), slots.take()]).toEqual([1, 2, 3]);
  });

  it('a slot whose batch has its reply is reused next', () => {
    const slots = new RingSlots();
    const [first] = [slots.take(), slots.take()];
    slots.leave(first, 0);
    expect(slots.take()).toBe(first);
    expect(slots.take()).toBe(3);
  });

  it('a slot whose batch may still reach Redis stays reserved', () => {
    const slots = new RingSlots();
    slots.leave(slots.take(), 1_000);
    vi.advanceTimersByTime(999);
    expect(slots.take()).toBe(2);
    vi.advanceTimersByTime(1);
    expect(slots.take()).toBe(1);
    expect(slots.take()).toBe(3);
  });
});
