import type { Forge, ForgedEvent } from './forge.js';
import { type ForgedCase, forged, handled } from './forged-case.js';

type Step = (forge: Forge, event: ForgedEvent) => Forge;

/** An event is published, then the steps happen to it. */
const event =
  (...steps: readonly Step[]) =>
  (forge: Forge) => {
    const published = forge.publish();
    for (const step of steps) step(forge, published);
    return forge.end();
  };

const run: Step = (forge, each) => forge.run(each);
const runElsewhere: Step = (forge, each) => forge.process('p2').run(each, { process: 'p2' });
const dead: Step = (forge, each) => forge.run(each, {}, { outcome: 'dead' });
const fail: (attempt: number, retryInMs?: number) => Step =
  (attempt, retryInMs = 0) =>
  (forge, each) =>
    forge.run(each, { attempt }, { outcome: 'failed', retryInMs });
const runAgain: (attempt: number) => Step = (attempt) => (forge, each) => forge.run(each, { attempt });
const wait: (ms: number) => Step = (ms) => (forge) => forge.wait(ms);
const log: (change: string) => Step = (change) => (forge, each) => forge.log(change, each);
const final: (state: 'COMPLETED' | 'DLQ' | 'DISCARDED' | 'PARKED') => Step = (state) => (forge, each) =>
  forge.final(each.eventId, state);
const retry: Step = (forge, each) => forge.operator('retry', { eventId: each.eventId }).log('retried', each);
const loss: Step = (forge) => forge.fault(['loss']);
const lessThanLoss: Step = (forge) => forge.fault(['repeat', 'overlap']);
const kill: Step = (forge) => forge.kill();

/** `p1` begins a run, the steps happen, then `p2` runs the same delivery, and the first run ends after it. */
const overlapping =
  (...steps: readonly Step[]) =>
  (forge: Forge) => {
    const published = forge.process('p2').publish();
    const first = forge.start(published);
    for (const step of steps) step(forge, published);
    return forge.run(published, { process: 'p2' }).finish(first).end();
  };

/** Both handlers of some events run at the same time, in a process with a limit of one event. */
const withTwoHandlers = (count: number) => (forge: Forge) => {
  forge.process('p1', { concurrency: 1 }, { name: 'bill' }, { name: 'mail' });
  const events = Array.from({ length: count }, () => forge.publish());
  const runs = events.flatMap((each) => [forge.start(each), forge.start(each, { handler: 'mail' })]);
  for (const started of runs) forge.finish(started);
  return forge.end();
};

/** Runs begin together in `p1`. */
const together =
  (count: number, options: { readonly concurrency?: number; readonly ofHandler?: number }) => (forge: Forge) => {
    const { concurrency = 10, ofHandler = 10 } = options;
    forge.process('p1', { concurrency }, { concurrency: ofHandler });
    const events = Array.from({ length: count }, () => forge.publish());
    const runs = events.map((each) => forge.start(each));
    for (const each of runs) forge.finish(each);
    return forge.end();
  };

/** The second run begins some milliseconds before the first one ends, by the clock of another process. */
function runsTouching(forge: Forge, ms: number) {
  const published = forge.process('p2').fault(['repeat']).publish();
  const first = forge.start(published);
  forge.finish(first).wait(-50 - ms);
  return forge.run(published, { process: 'p2' }).wait(100).end();
}

const parkedFor =
  (ms: number, reason = 'VERSION_AHEAD') =>
  (forge: Forge) => {
    forge.process('p1', { maxParkMs: 10_000 });
    const each = forge.publish();
    forge
      .log('parked', each)
      .wait(ms - 50)
      .log('dead', each, { reason });
    return forge.final(each.eventId, 'DLQ').end();
  };

export const runCases = {
  'repeated-with-cause': [
    handled(
      'a completed delivery runs again',
      event(run, runElsewhere),
      event(run, (forge) => forge.process('p2')),
    ),
    handled(
      'there was a fault, but it was over before: it began to have effects within two leases and 2 s',
      event((forge) => forge.fault(['repeat']), wait(4_100), run, runElsewhere),
      event((forge) => forge.fault(['repeat']), wait(3_800), run, runElsewhere),
    ),
    handled(
      'the leases of the processes count, not those of others',
      event((forge) => forge.process('p3', { leaseMs: 30_000 }).fault(['repeat']), wait(4_100), run, runElsewhere),
      (forge) => {
        const published = forge.process('p2', { leaseMs: 30_000 }).publish();
        return forge.fault(['repeat']).wait(60_000).run(published).run(published, { process: 'p2' }).end();
      },
    ),
    handled(
      'there was a fault, but later',
      event(run, runElsewhere, (forge) => forge.fault(['repeat'])),
      event(run, (forge) => forge.fault(['repeat']), runElsewhere),
    ),
    handled(
      'the fault concerned another process',
      event(run, (forge) => forge.process('p3').fault(['repeat'], { process: 'p3' }), runElsewhere),
      event(run, (forge) => forge.fault(['repeat'], { process: 'p1' }), runElsewhere),
    ),
    handled(
      'the fault has no effect on deliveries',
      event(run, (forge) => forge.fault([]), runElsewhere),
      event(run, (forge) => forge.fault(['overlap'], { process: 'p1' }), runElsewhere),
    ),
    handled(
      'its process ended long after the run',
      event(run, wait(2_100), kill, runElsewhere),
      event(run, wait(1_800), kill, runElsewhere),
    ),
    handled(
      'its process ended after the second run had begun',
      event(run, runElsewhere, kill),
      event(run, kill, runElsewhere),
    ),
    handled(
      'a dead letter runs without an action of an operator',
      event(dead, run, log('completed')),
      event(dead, retry, run, log('completed')),
      ['one-outcome'],
    ),
    handled(
      'a failed run is repeated with the same number',
      event(fail(1), fail(1), runAgain(2)),
      event(fail(1), kill, (forge, each) => forge.process('p2').run(each, { process: 'p2' })),
    ),
    handled(
      'an operator retried another event',
      event(
        run,
        (forge) => {
          const other = forge.publish();
          return retry(dead(forge, other), other).run(other).log('completed', other);
        },
        runElsewhere,
      ),
      event(dead, retry, run, log('completed')),
    ),
  ],
  'overlap-with-cause': [
    handled(
      'nothing explains it',
      overlapping(),
      overlapping((forge) => forge.fault(['overlap'], { process: 'p1' })),
    ),
    handled(
      'a fault that lets runs be repeated does not let them overlap',
      overlapping((forge) => forge.fault(['repeat'])),
      overlapping((forge) => forge.fault(['overlap'])),
    ),
    handled(
      'clocks of processes differ by no more than 20 ms',
      (forge) => runsTouching(forge, 30),
      (forge) => runsTouching(forge, 10),
    ),
    handled(
      'the first process was killed later',
      (forge) => {
        const published = forge.process('p2').publish();
        forge.start(published);
        return forge.run(published, { process: 'p2' }).kill().end();
      },
      (forge) => {
        const published = forge.process('p2').publish();
        forge.start(published);
        return forge.kill().run(published, { process: 'p2' }).end();
      },
    ),
    handled(
      'the first process was closed much later',
      (forge) => {
        const published = forge.process('p2').publish();
        forge.start(published);
        return forge.run(published, { process: 'p2' }).wait(2_000).kill('p1', 'closed').end();
      },
      (forge) => {
        const published = forge.process('p2').publish();
        forge.start(published);
        return forge.run(published, { process: 'p2' }).kill('p1', 'closed').end();
      },
    ),
    handled(
      'one process runs a delivery twice at the same time',
      (forge) => {
        const published = forge.publish();
        const [first, second] = [forge.start(published), forge.start(published)];
        return forge.finish(first).finish(second).end();
      },
      (forge) => {
        const published = forge.fault(['repeat'], { lastsMs: 500 }).publish();
        return forge.run(published).run(published).end();
      },
    ),
  ],
  'one-outcome': [
    handled(
      'a late outcome is recorded: completed in a retry, then dead',
      event(fail(1), runAgain(2), log('dead'), final('COMPLETED')),
      event(fail(1), runAgain(2), final('COMPLETED')),
    ),
    handled('dead twice', event(dead, log('dead')), event(dead, retry, dead)),
    handled(
      'dead twice, and Redis cannot have lost the first one',
      event(lessThanLoss, dead, log('dead')),
      event(loss, dead, log('dead')),
    ),
    handled('dead, then failed', event(dead, log('failed')), event(log('failed'), dead)),
    handled(
      'discarded, then dead',
      event(dead, log('discarded'), log('dead')),
      event(dead, log('discarded'), final('DISCARDED')),
    ),
    handled(
      'completed in the first run, then dead',
      event(run, wait(200), log('dead'), final('DLQ')),
      event(run, kill, wait(200), log('dead'), final('DLQ')),
    ),
    handled('dead, and COMPLETED at the end', event(dead, final('COMPLETED')), event(dead, final('DLQ')), [
      'completed-by-a-run',
    ]),
    handled(
      'completed in a retry, and DLQ at the end',
      event(fail(1), runAgain(2), final('DLQ')),
      event(fail(1), runAgain(2), final('COMPLETED')),
      ['transitions-logged'],
    ),
  ],
  attempts: [
    handled('the second run is run 3', event(fail(1), runAgain(3)), event(fail(1), runAgain(2)), [
      'transitions-logged',
    ]),
    handled('the first run is run 2', event(runAgain(2)), event(runAgain(1)), ['transitions-logged']),
    handled(
      'more runs than the maximum',
      event(fail(1), fail(2), fail(3), fail(4), runAgain(5)),
      event(fail(1), fail(2), fail(3), runAgain(4)),
    ),
    handled(
      'the last run has failed and is not dead',
      (forge) => {
        event(fail(1), fail(2), fail(3), fail(4))(forge);
        return forge.records
          .filter(({ kind }) => kind !== 'end' && kind !== 'delivery')
          .concat(forge.end({ drained: false }).slice(-1));
      },
      event(fail(1), fail(2), fail(3), (forge, each) => forge.run(each, { attempt: 4 }, { outcome: 'dead' })),
    ),
    handled(
      'a retried dead letter goes on with its old number',
      event(
        fail(1),
        (forge, each) => forge.run(each, { attempt: 2 }, { outcome: 'dead' }),
        wait(100),
        retry,
        wait(100),
        runAgain(2),
      ),
      event(
        fail(1),
        (forge, each) => forge.run(each, { attempt: 2 }, { outcome: 'dead' }),
        retry,
        run,
        log('completed'),
      ),
    ),
  ],
  'retry-not-early': [
    handled('too early', event(fail(1, 500), wait(300), runAgain(2)), event(fail(1, 500), wait(400), runAgain(2))),
    handled(
      'clocks of processes differ by no more than 20 ms',
      event(fail(1, 500), wait(500 - 100 - 30), runAgain(2)),
      event(fail(1, 500), wait(500 - 100 - 10), runAgain(2)),
    ),
    handled(
      'an operator retried it before, not now',
      event(dead, retry, fail(1, 500), runAgain(2)),
      event(fail(1), fail(2, 100_000), log('dead'), retry, run, log('completed')),
    ),
  ],
  concurrency: [
    forged('of the process', together(7, { concurrency: 2 }), together(6, { concurrency: 2 })),
    forged('of the handler', together(3, { ofHandler: 2 }), together(2, { ofHandler: 2 })),
    forged('the handlers of an event count once', withTwoHandlers(4), withTwoHandlers(3)),
  ],
  'parked-long-enough': [
    forged('dead before maxParkMs', parkedFor(9_000), parkedFor(10_000)),
    forged(
      'dead without having been parked',
      (forge) => {
        const each = forge.process().publish();
        return forge.log('dead', each, { reason: 'VERSION_AHEAD' }).final(each.eventId, 'DLQ').end();
      },
      parkedFor(1_000, 'SCHEMA'),
    ),
    forged(
      'without maxParkMs, before seven days',
      (forge) => {
        const each = forge.process().publish();
        forge
          .log('parked', each)
          .wait(6 * 24 * 3_600_000)
          .log('dead', each, { reason: 'VERSION_AHEAD' });
        return forge.final(each.eventId, 'DLQ').end();
      },
      (forge) => {
        const each = forge.process().publish();
        forge
          .log('parked', each)
          .wait(7 * 24 * 3_600_000)
          .log('dead', each, { reason: 'VERSION_AHEAD' });
        return forge.final(each.eventId, 'DLQ').end();
      },
    ),
  ],
  'transitions-logged': [
    handled(
      'a dead letter without a line, and Redis cannot have lost the line',
      event(lessThanLoss, log('failed'), final('DLQ')),
      event(loss, log('failed'), final('DLQ')),
    ),
    handled(
      'a dead letter without a line',
      event(log('failed'), final('DLQ')),
      event(log('failed'), log('dead'), final('DLQ')),
    ),
    handled(
      'a discarded one without a line',
      event(dead, final('DISCARDED')),
      event(dead, log('discarded'), final('DISCARDED')),
    ),
    handled(
      'a parked one without a line',
      event(log('failed'), final('PARKED')),
      event(log('parked'), final('PARKED')),
    ),
    handled(
      'a failure without a line',
      event(log('deferred'), (forge, each) => {
        forge.finish(forge.start(each), { outcome: 'failed', retryInMs: 0 });
        return forge.run(each, { attempt: 2 });
      }),
      event(fail(1), runAgain(2)),
    ),
    handled(
      'a success in a retry without a line',
      event(fail(1), (forge, each) => forge.finish(forge.start(each, { attempt: 2 }))),
      event(fail(1), runAgain(2)),
    ),
    handled(
      'an entry that could not be read is a dead letter of all handlers',
      event(log('failed'), final('DLQ')),
      event((forge, each) => forge.log('dead', each, { handler: '*' }), final('DLQ')),
    ),
  ],
  'one-operator-succeeds': [
    handled(
      'two operators retried a dead letter',
      event(dead, retry, retry, run, log('completed')),
      event(dead, retry, dead, retry, run, log('completed')),
    ),
    handled(
      'one retried it, another one discarded it',
      event(dead, (forge, { eventId }) => forge.operator('discard', { eventId }), retry, run, log('completed')),
      event(dead, (forge, { eventId }) => forge.operator('discard', { eventId }), log('discarded'), final('DISCARDED')),
    ),
  ],
} satisfies Record<string, readonly ForgedCase[]>;
