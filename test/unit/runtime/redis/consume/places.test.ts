import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PlaceUse } from '../../../../../runtime/redis/consume/place-queue.js';
import { Places } from '../../../../../runtime/redis/consume/places.js';
import { newGate, until } from '../../../../support/wait.js';

describe('reserved places', () => {
  it('are not free until the reply is there, and callers that wait continue then', async () => {
    const places = new Places(3);
    const answered = newGate();
    const call = places.reserve(
      { server: undefined, most: 2, quarantined: 1 },
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
      return places.reserve({ server: undefined, most, quarantined: 0 }, call, () => undefined);
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
      { server: undefined, most: 3, quarantined: 1 },
      () => Promise.reject(new Error('lost')),
      () => undefined,
    );
    await expect(failed).rejects.toThrow('lost');
    await changed;
    expect(places.free).toBe(3);
    expect(places.isIdle).toBe(true);
    expect(places.freeForQuarantined).toBe(1);
  });

  it('⚑ one server does not reply: its calls hold half of the places, and the other ones work with the rest', async () => {
    const places = new Places(8);
    const never = newGate();
    const counts: (readonly [server: string, count: number])[] = [];
    const ask = (server: string, reply: Promise<void>) => {
      const call = async (count: number) => {
        counts.push([server, count]);
        await reply;
      };
      return places.reserve({ server, most: 8, quarantined: 0 }, call, () => undefined);
    };
    await ask('a', Promise.resolve());
    await ask('b', Promise.resolve());
    const hanging = [ask('a', never.passed), ask('a', never.passed)];
    await ask('b', Promise.resolve());
    await ask('b', Promise.resolve());
    // When each of them is asked for the first time, the other one has no call.
    expect(counts.slice(0, 2)).toEqual([
      ['a', 8],
      ['b', 8],
    ]);
    expect(counts.slice(2)).toEqual([
      ['a', 4],
      ['b', 2],
      ['b', 2],
    ]);
    expect(places.freeOn('a')).toBe(0);
    never.open();
    await Promise.all(hanging);
    expect(places.free).toBe(8);
  });
});

describe('callers that wait for a place', () => {
  /** Takes the only place, and returns how to give it back. */
  const taken = () => {
    const places = new Places(1);
    places.started(false, false);
    return { places, giveBack: () => places.ended(false) };
  };

  it('⚑ known work and polls take turns, each in the order in which they came', async () => {
    const { places, giveBack } = taken();
    const started: string[] = [];
    const wait = async (use: 'work' | 'poll', name: string) => {
      await places.turn(use, undefined);
      started.push(name);
      // A call without entries: the place is free again at once.
      await places.reserve(
        { server: undefined, most: 1, quarantined: 0 },
        async () => undefined,
        () => undefined,
      );
    };
    const all = [wait('poll', 'p1'), wait('poll', 'p2'), wait('poll', 'p3'), wait('work', 'w1'), wait('work', 'w2')];
    giveBack();
    await Promise.all(all);
    expect(started).toEqual(['w1', 'p1', 'w2', 'p2', 'p3']);
  });

  it('⚑ only one starts for a place; one that does not use it leaves it to the next', async () => {
    const { places, giveBack } = taken();
    const started: string[] = [];
    const answered = newGate();
    const unused = places.turn('poll', undefined)?.then(() => started.push('unused'));
    const used = places.turn('poll', undefined)?.then(() => {
      started.push('used');
      return places.reserve(
        { server: undefined, most: 1, quarantined: 0 },
        () => answered.passed,
        () => undefined,
      );
    });
    const last = places.turn('poll', undefined)?.then(() => started.push('last'));
    giveBack();
    await unused;
    await until('the second one has started', () => started.length === 2);
    expect(places.free).toBe(0);
    answered.open();
    await Promise.all([used, last]);
    expect(started).toEqual(['unused', 'used', 'last']);
  });

  it('⚑ a server without a reply holds up only those who want to ask it', async () => {
    const places = new Places(2);
    const never = newGate();
    const request = (server: string) => ({ server, most: 1, quarantined: 0 });
    await places.reserve(
      request('b'),
      async () => undefined,
      () => undefined,
    );
    void places.reserve(
      request('a'),
      () => never.passed,
      () => undefined,
    );
    expect(places.turn('poll', 'a')).toBeInstanceOf(Promise);
    // Although another one waits, and nothing changes any more.
    await places.turn('poll', 'b');
  });

  it.each([1, 2, 3])('⚑ each of them gets deliveries while all have endless work, with %i places', async (count) => {
    const places = new Places(count);
    const handled = { reader: 0, 'other reader': 0, poll: 0, retries: 0, takeOver: 0 };
    const total = () => Object.values(handled).reduce((sum, each) => sum + each, 0);
    const work = async (name: keyof typeof handled, use: PlaceUse) => {
      while (total() < 500) {
        await places.turn(use, 'a');
        const request = { server: 'a', most: places.free, quarantined: use === 'takeOver' ? 1 : 0 };
        const accept = (found: number) => {
          for (let at = 0; at < found; at += 1) {
            handled[name] += 1;
            places.started(false, false);
            void sleep(1).then(() => {
              places.ended(false);
              places.released();
            });
          }
        };
        await places.reserve(request, (most) => sleep(1, most), accept);
      }
    };
    await Promise.all([
      work('reader', 'work'),
      work('other reader', 'work'),
      work('poll', 'poll'),
      work('retries', 'work'),
      work('takeOver', 'takeOver'),
    ]);
    // Uses take turns, and so do the callers of one use: a third, and a third of a third. A caller that had its turn before the deliveries of
    // another reply had taken their places went to the end of the queue again, and got 1 of 500.
    const fewest = Math.min(...Object.values(handled));
    expect(fewest, JSON.stringify(handled)).toBeGreaterThan(25);
  });

  it('one that is stopped does not wait any more', async () => {
    const { places } = taken();
    const stopping = new AbortController();
    const waiting = places.turn('work', undefined, stopping.signal);
    stopping.abort();
    await waiting;
  });
});
