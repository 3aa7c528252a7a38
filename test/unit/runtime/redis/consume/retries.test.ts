import { silentLogger } from '@hyvve-events/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { HandlerSet } from '../../../../../runtime/handle/handler-set.js';
import type { ClaimReply } from '../../../../../runtime/redis/consume/claim.lua.js';
import type { DeliveryLane } from '../../../../../runtime/redis/consume/delivery.js';
import { InFlight } from '../../../../../runtime/redis/consume/in-flight.js';
import { Places } from '../../../../../runtime/redis/consume/places.js';
import { Retries, type RetryParts } from '../../../../../runtime/redis/consume/retries.js';
import { partitionKeys } from '../../../../../runtime/redis/store/keys.js';
import { newGate, until } from '../../../../support/wait.js';

const keys = partitionKeys('hyvve', 0);
const ordered: ClaimReply = ['1-0/balance', '1|one', 'balance', '{}', 'queue', '1-0'];
const quarantined: ClaimReply = ['2-0/balance', '3|one', 'balance', '{}', 'queue', '2-0'];
const other: ClaimReply = ['1-0/mail', '1|one', 'mail', '{}'];

describe('retries that ask another server for their turn', () => {
  let places: Places;
  let claimed: readonly ClaimReply[];
  let run: string[];
  let postponed: string[];
  let leaseMs: number;
  /** Whether it has its turn, and may wait for a place. */
  let isAsked: boolean;
  let answered: ReturnType<typeof newGate>;
  const refs = (claims: readonly ClaimReply[]) => claims.map(([ref]) => ref);
  const start = () => {
    const redis = { call: async () => [claimed, 0, 0, 1] };
    const parts = {
      connection: { isReady: true, tryOnce: (call: (to: typeof redis) => unknown) => call(redis) },
      keys,
      group: keys.group('accounts'),
      consumer: 'one',
      handlers: new HandlerSet(),
      logger: silentLogger,
      leaseMs,
      inFlight: new InFlight(places, () => 'a:1'),
      dispatcher: { acceptClaims: (_lane: unknown, claims: readonly ClaimReply[]) => run.push(...refs(claims)) },
      peers: { parked: [], ordered: [] },
      turns: {
        needed: (claims: readonly ClaimReply[]) => claims.filter(([, , handler]) => handler === 'balance'),
        take: async (claims: readonly ClaimReply[]) => {
          await answered.passed;
          setImmediate(() => (isAsked = true));
          return claims;
        },
        postpone: async (claims: readonly ClaimReply[]) => void postponed.push(...refs(claims)),
      },
    } as unknown as RetryParts;
    const retries = new Retries({} as DeliveryLane, parts);
    retries.wake();
    return retries;
  };

  beforeEach(() => {
    places = new Places(2);
    claimed = [ordered, other];
    run = [];
    postponed = [];
    leaseMs = 60_000;
    isAsked = false;
    answered = newGate();
  });

  function fillPlaces(): void {
    while (places.free > 0) places.started(false, false);
  }

  it('⚑ have no places until it replies; the others run at once', async () => {
    start();
    await until('the other one runs', () => run.length === 1);
    expect([run, places.free]).toEqual([['1-0/mail'], 2]);
    answered.open();
    await until('it runs', () => run.length === 2);
    expect([run, postponed]).toEqual([['1-0/mail', '1-0/balance'], []]);
  });

  it('⚑ wait for a place if all are in use by then: new events are not first', async () => {
    const retries = start();
    await until('the other one runs', () => run.length === 1);
    fillPlaces();
    answered.open();
    await until('it waits', () => isAsked);
    // A reader of a backlog that has come later.
    const reader = places.turn('work', 'a:1')?.then(() => [...run]);
    places.ended(false);
    expect(await reader).toEqual(['1-0/mail', '1-0/balance']);
    expect(postponed).toEqual([]);
    retries.stop();
  });

  it('⚑ are due again later if no place is free for a third of their lease', async () => {
    // Not a multiple of three: timers need whole milliseconds.
    leaseMs = 160;
    start();
    await until('the other one runs', () => run.length === 1);
    fillPlaces();
    answered.open();
    await until('it is postponed', () => postponed.length === 1);
    expect([run, postponed]).toEqual([['1-0/mail'], ['1-0/balance']]);
  });

  it('⚑ are returned at once if the process stops while they wait for a place', async () => {
    const retries = start();
    await until('the other one runs', () => run.length === 1);
    fillPlaces();
    answered.open();
    await until('it waits', () => isAsked);
    retries.stop();
    await until('it is postponed', () => postponed.length === 1);
    expect(run).toEqual(['1-0/mail']);
  });

  it('⚑ do not run next to another delivery that may be a poison message', async () => {
    claimed = [ordered, quarantined];
    start();
    places.started(false, true);
    answered.open();
    await until('it is postponed', () => postponed.length === 1);
    expect([run, postponed]).toEqual([['1-0/balance'], ['2-0/balance']]);
  });

  it('⚑ are returned before a process that closes has left the group', async () => {
    const retries = start();
    await until('the other one runs', () => run.length === 1);
    retries.stop();
    const released = retries.release();
    answered.open();
    await released;
    expect(postponed).toEqual(['1-0/balance']);
  });

  it('⚑ do not run after a stop', async () => {
    const retries = start();
    await until('the other one runs', () => run.length === 1);
    retries.stop();
    answered.open();
    await until('it is postponed', () => postponed.length === 1);
    expect(run).toEqual(['1-0/mail']);
  });
});
