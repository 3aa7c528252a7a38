import type { Forge } from './forge.js';
import { type ForgedCase, handled } from './forged-case.js';
import { dead, event, fail, final, kill, log, retry, run, runAgain, runElsewhere, type Step, wait } from './steps.js';

/** `p1` begins a run, the steps happen, then `p2` runs the same delivery, and the first run ends after it. */
const overlapping =
  (...steps: readonly Step[]) =>
  (forge: Forge) => {
    const published = forge.process('p2').publish();
    const first = forge.start(published);
    for (const step of steps) step(forge, published);
    return forge.run(published, { process: 'p2' }).finish(first).end();
  };

/** The second run begins some milliseconds before the first one ends, by the clock of another process. */
function runsTouching(forge: Forge, ms: number) {
  const published = forge.process('p2').fault(['repeat']).publish();
  const first = forge.start(published);
  forge.finish(first).wait(-50 - ms);
  return forge.run(published, { process: 'p2' }).wait(100).end();
}

export const repetitionCases = {
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
      'an operator retried it before the run that is repeated',
      event(dead, retry, run, log('completed'), wait(200), runElsewhere),
      event(dead, wait(200), retry, run, log('completed')),
    ),
    handled(
      'an operator discarded it, or the reply to a retry was lost: then only the log has it',
      event(
        dead,
        log('discarded'),
        (forge, { eventId }) => forge.operator('discard', { eventId }),
        run,
        final('DISCARDED'),
      ),
      event(dead, log('retried'), run, log('completed')),
    ),
    handled(
      'there was a fault, but later',
      event(run, runElsewhere, (forge) => forge.fault(['repeat'])),
      event(run, (forge) => forge.fault(['repeat']), runElsewhere),
    ),
    handled(
      'there was a fault when its outcome had been recorded',
      event(run, wait(2_100), (forge) => forge.fault(['repeat', 'overlap']), runElsewhere),
      event(run, wait(2_100), (forge) => forge.fault(['loss']), runElsewhere),
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
      'its process was closed after the run: a process that closes records outcomes',
      event(run, (forge) => forge.kill('p1', 'closed'), runElsewhere),
      event(run, kill, runElsewhere),
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
} satisfies Record<string, readonly ForgedCase[]>;
