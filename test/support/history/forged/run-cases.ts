import type { Forge } from './forge.js';
import { type ForgedCase, forged, handled } from './forged-case.js';
import { dead, event, fail, log, retry, run, runAgain, wait } from './steps.js';

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

export const runCases = {
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
    forged('of the process', together(3, { concurrency: 2 }), together(2, { concurrency: 2 })),
    forged('of the handler', together(3, { ofHandler: 2 }), together(2, { ofHandler: 2 })),
    forged('the handlers of an event count once', withTwoHandlers(2), withTwoHandlers(1)),
  ],
} satisfies Record<string, readonly ForgedCase[]>;
