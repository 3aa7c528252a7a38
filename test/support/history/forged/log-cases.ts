import type { Forge } from './forge.js';
import { type ForgedCase, forged, handled } from './forged-case.js';
import { dead, event, fail, final, kill, lessThanLoss, log, loss, retry, run, runAgain, wait } from './steps.js';

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

export const logCases = {
  'one-outcome': [
    handled(
      'a late outcome is recorded: completed in a retry, then dead',
      event(fail(1), runAgain(2), log('dead'), final('COMPLETED')),
      event(fail(1), runAgain(2), final('COMPLETED')),
    ),
    handled('dead twice', event(dead, log('dead')), event(dead, retry, dead)),
    handled(
      'dead twice, and Redis cannot have lost the first one',
      event(dead, lessThanLoss, log('dead')),
      event(dead, loss, log('dead')),
    ),
    handled('dead twice after a loss', event(loss, wait(200), dead, log('dead')), event(loss, wait(200), dead)),
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
      'a dead letter without a line, after a loss',
      (forge) => event(final('DLQ'))(forge.fault(['loss']).wait(200)),
      (forge) => event(log('dead'), final('DLQ'))(forge.fault(['loss']).wait(200)),
    ),
    handled('a dead letter, and a log without lines', event(final('DLQ')), event(log('dead'), final('DLQ'))),
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
