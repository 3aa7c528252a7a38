import type { HandlerRecord } from '../history.js';
import type { Forge } from './forge.js';
import { type ForgedCase, forged } from './forged-case.js';

type Order = NonNullable<HandlerRecord['order']>;
const pass: Order = { whenFailed: 'pass', whenDead: 'pass' };
const hold: Order = { whenFailed: 'hold', whenDead: 'hold' };
const usual: Order = { whenFailed: 'hold', whenDead: 'pass' };

/** Two processes whose handler has an order, and two events of one key. */
function two(forge: Forge, order: Order = usual, second: object = {}) {
  forge.process('p1', {}, { order }).process('p2', {}, { order });
  return [forge.publish({ key: 'k' }), forge.publish({ key: 'k', ...second })] as const;
}

/** The second event runs while the first one is running. */
const overlapping =
  (second: object, p = 'p1') =>
  (forge: Forge) => {
    const [one, other] = two(forge, usual, second);
    const [first, next] = [forge.start(one), forge.start(other, { process: p })];
    return forge.finish(first).finish(next).end();
  };

/** An event without a key runs after a later one with this key. */
const ofTenant = (key: string) => (forge: Forge) => {
  forge.process('p1', {}, { order: usual });
  const [one, other] = [forge.publish({ tenantId: 't1' }), forge.publish({ tenantId: 't1', key })];
  return forge.run(other).run(one).end();
};

/** The first event has failed; the second one runs; then the retry. */
const failedFirst = (order: Order) => (forge: Forge) => {
  const [one, other] = two(forge, order);
  forge.run(one, {}, { outcome: 'failed', retryInMs: 0 }).run(other);
  return forge.run(one, { attempt: 2 }).end();
};

/** The first event is parked; the second one runs; then a build can read the first one. */
const parkedFirst = (order: Order) => (forge: Forge) => {
  const [one, other] = two(forge, order);
  return forge.log('parked', one).wait(100).run(other).run(one).end();
};

/** The first event is a dead letter; the second one runs. */
const deadFirst = (order: Order) => (forge: Forge) => {
  const [one, other] = two(forge, order);
  return forge.run(one, {}, { outcome: 'dead' }).run(other).end();
};

/** The second of three events is a dead letter without a run; the third one runs before or after the first one has ended. */
function threeOf(forge: Forge, isAfter: boolean) {
  const [one, other] = two(forge);
  const third = forge.publish({ key: 'k' });
  forge.log('dead', other).final(other.eventId, 'DLQ').wait(200);
  const order = isAfter ? [one, third] : [third, one];
  for (const each of order) forge.run(each);
  return forge.end();
}

/** The second event begins some milliseconds before the first one ends. */
function touching(forge: Forge, ms: number, process: string) {
  const [one, other] = two(forge);
  forge.run(one).wait(-50 - ms);
  return forge.run(other, { process }).wait(100).end();
}

/** The first event is replayed after the second one. */
const inReplay = (swap: boolean) => (forge: Forge) => {
  const events = two(forge);
  for (const event of events) forge.run(event);
  forge.operator('replay', { replay: { jobId: 'j' } });
  for (const event of swap ? [...events].reverse() : events) forge.run(event, { replayJobId: 'j' });
  return forge.end();
};

/** The first event is edited as a dead letter; the second one runs after or before the edited one. */
const edited = (isBefore: boolean) => (forge: Forge) => {
  const [one, other] = two(forge, hold);
  forge.run(one, {}, { outcome: 'dead' });
  forge.operator('edit', { eventId: one.eventId, newEventId: 'x' }).log('edited', one).final(one.eventId, 'DISCARDED');
  const replacement = { ...one, eventId: 'x', streamId: 'edit-1' };
  const order = isBefore ? [other, replacement] : [replacement, other];
  for (const event of order) forge.run(event);
  return forge.end();
};

/** A deployment adds the order: the events were published before or after the old process had ended. */
const deployment = (isOldThere: boolean) => (forge: Forge) => {
  forge.process('p1');
  if (!isOldThere) forge.kill('p1', 'closed');
  forge.process('p2', {}, { order: usual });
  const [one, other] = [forge.publish(), forge.publish()];
  if (isOldThere) forge.kill('p1', 'closed');
  return forge.run(other, { process: 'p2' }).run(one, { process: 'p2' }).end();
};

/** The first event is a dead letter that is retried and fails again; the second one runs before its retry. */
const failedAgain = (order: Order) => (forge: Forge) => {
  const [one, other] = two(forge, order);
  forge.run(one, {}, { outcome: 'dead' }).operator('retry', { eventId: one.eventId }).log('retried', one);
  forge.run(one, {}, { outcome: 'failed', retryInMs: 0 }).wait(200).run(other);
  return forge.run(one, { attempt: 2 }).end();
};

/** The retry of the first event becomes a dead letter, which is discarded before or after the second event runs. */
const deadRetry = (isDiscarded: boolean) => (forge: Forge) => {
  const [one, other] = two(forge, { whenFailed: 'pass', whenDead: 'hold' });
  forge.run(one, {}, { outcome: 'failed', retryInMs: 0 }).run(one, { attempt: 2 }, { outcome: 'dead' }).wait(200);
  const discard = () => forge.operator('discard', { eventId: one.eventId }).log('discarded', one);
  if (isDiscarded) discard();
  forge.wait(300).run(other).wait(300);
  if (!isDiscarded) discard();
  return forge.final(one.eventId, 'DISCARDED').end();
};

/** A process begins a run of the first event late, while the second one runs: another process has let the first one fail. */
const lateRun = (wasAway: boolean) => (forge: Forge) => {
  const [one, other] = two(forge, pass);
  if (wasAway) forge.fault(['repeat', 'overlap'], { process: 'p1' });
  forge.run(one, { process: 'p2' }, { outcome: 'failed', retryInMs: 0 });
  const run = forge.start(other, { process: 'p2' });
  forge.run(one, { process: 'p1', attempt: wasAway ? 1 : 2 }, { outcome: 'failed', retryInMs: 0 }).finish(run);
  return forge.run(one, { process: 'p2', attempt: wasAway ? 2 : 3 }).end();
};

/** The process of the first event dies during its retry; the second one runs before or after another process has taken it over. */
const killedRetry = (isTakenOver: boolean) => (forge: Forge) => {
  const [one, other] = two(forge, pass);
  forge.run(one, {}, { outcome: 'failed', retryInMs: 0 }).start(one, { attempt: 2 });
  forge.kill();
  if (!isTakenOver) forge.run(other, { process: 'p2' });
  forge.run(one, { process: 'p2', attempt: 2 });
  if (isTakenOver) forge.run(other, { process: 'p2' });
  return forge.end();
};

export const orderCases = {
  'key-starts-in-order': [
    forged(
      'the second event starts first',
      (forge) => {
        const [one, other] = two(forge);
        return forge.run(other).run(one).end();
      },
      (forge) => {
        const [one, other] = two(forge);
        return forge.run(one).run(other).end();
      },
    ),
    forged('without a key, the tenant is the key', ofTenant('t1'), ofTenant('t2')),
    forged(
      'the predecessor that ended last counts, not the last one',
      (forge) => threeOf(forge, false),
      (forge) => threeOf(forge, true),
    ),
    forged('a failed head holds its key', failedFirst(usual), failedFirst(pass)),
    forged('a parked head holds its key like a failed one', parkedFirst(usual), parkedFirst(pass)),
    forged('a dead head holds its key', deadFirst(hold), deadFirst(usual)),
    forged(
      'a held dead letter was discarded, later or before',
      (forge) => {
        const [one, other] = two(forge, hold);
        forge.run(one, {}, { outcome: 'dead' }).run(other).wait(200).operator('discard', { eventId: one.eventId });
        return forge.log('discarded', one).final(one.eventId, 'DISCARDED').end();
      },
      (forge) => {
        const [one, other] = two(forge, hold);
        forge.run(one, {}, { outcome: 'dead' }).operator('discard', { eventId: one.eventId }).log('discarded', one);
        return forge.final(one.eventId, 'DISCARDED').run(other).end();
      },
    ),
    forged(
      'the first event has not run at all',
      (forge) => {
        const [, other] = two(forge);
        return forge.run(other).end({ drained: false });
      },
      (forge) => {
        const [one, other] = two(forge);
        return forge.log('dead', one).final(one.eventId, 'DLQ').wait(100).run(other).end();
      },
    ),
    forged(
      'its predecessor ran in a process that was killed',
      (forge) => {
        const [one, other] = two(forge);
        forge.start(one);
        return forge.kill().run(other, { process: 'p2' }).run(one, { process: 'p2' }).end();
      },
      (forge) => {
        const [one, other] = two(forge);
        forge.start(one);
        return forge.kill().run(one, { process: 'p2' }).run(other, { process: 'p2' }).end();
      },
    ),
    forged(
      'clocks of processes differ by no more than 20 ms',
      (forge) => touching(forge, 30, 'p2'),
      (forge) => touching(forge, 10, 'p2'),
      ['key-runs-apart'],
    ),
    forged(
      'the clock of one process is exact',
      (forge) => touching(forge, 10, 'p1'),
      (forge) => touching(forge, 0, 'p1'),
      ['key-runs-apart'],
    ),
    forged('within a replay', inReplay(true), inReplay(false)),
    forged('an edited event has the place of the original', edited(true), edited(false)),
    forged('a deployment has added the order before', deployment(false), deployment(true)),
  ],
  'key-runs-apart': [
    forged('in one process', overlapping({}), overlapping({ key: 'other' }), ['key-starts-in-order']),
    forged('in two processes', overlapping({}, 'p2'), overlapping({ tenantId: 't2' }, 'p2'), ['key-starts-in-order']),
    forged(
      'a failed head that let others pass runs while another event is running',
      (forge) => {
        const [one, other] = two(forge, pass);
        forge.run(one, {}, { outcome: 'failed', retryInMs: 0 });
        const run = forge.start(other);
        return forge.run(one, { attempt: 2 }).finish(run).end();
      },
      failedFirst(pass),
    ),
    forged(
      'a retried dead letter runs while another event is running',
      (forge) => {
        const [one, other] = two(forge);
        forge.run(one, {}, { outcome: 'dead' });
        const run = forge.start(other);
        forge.operator('retry', { eventId: one.eventId }).log('retried', one);
        return forge.run(one).log('completed', one).finish(run).end();
      },
      (forge) => {
        // A process that was away runs a finished event again: the rules of repeated runs allow it.
        const [one, other] = two(forge);
        forge.run(one).fault(['repeat', 'overlap'], { process: 'p2' });
        const run = forge.start(other);
        return forge.run(one, { process: 'p2' }).finish(run).end();
      },
    ),
    forged('a retried dead letter that fails holds its key again', failedAgain(usual), failedAgain(pass)),
    forged('a retry that becomes a dead letter holds its key', deadRetry(false), deadRetry(true)),
    forged('a process that was away begins a run that it has lost', lateRun(false), lateRun(true)),
    forged('a retry whose process died holds its key', killedRetry(false), killedRetry(true)),
    forged(
      'the first process was away, and the event was not taken over',
      (forge) => {
        const [one, other] = two(forge, pass);
        const stalled = forge.start(one);
        forge.fault(['overlap'], { process: 'p1' }).wait(200);
        return forge.run(other, { process: 'p2' }).finish(stalled).end();
      },
      (forge) => {
        const [one, other] = two(forge);
        const stalled = forge.start(one);
        forge.fault(['overlap'], { process: 'p1' }).run(one, { process: 'p2' });
        return forge.run(other, { process: 'p2' }).finish(stalled).end();
      },
      ['key-starts-in-order'],
    ),
  ],
} satisfies Record<string, readonly ForgedCase[]>;
