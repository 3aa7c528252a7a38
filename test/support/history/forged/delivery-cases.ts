import type { Forge } from './forge.js';
import { type ForgedCase, forged, handled } from './forged-case.js';

/** A dead letter runs some milliseconds before an operator has retried it, by the clock of another process. */
function retriedAfterRun(forge: Forge, ms: number) {
  const event = dead(forge);
  const { now } = forge.log('retried', event);
  forge.run(event).log('completed', event);
  return forge.operator('retry', { eventId: event.eventId, at: now + ms }).end();
}

/** A dead letter. */
function dead(forge: Forge) {
  const event = forge.publish();
  forge.run(event, {}, { outcome: 'dead' });
  return event;
}

/** Redis forgets everything; the group reports that it has lost its state. */
const forgotten = (stateLost: boolean) => (forge: Forge) => {
  const gone = forge.process().publish();
  forge.fault(['loss']).log('group-restored', undefined, { handler: '*', stateLost });
  forge.run(forge.publish());
  return forge.unstore(gone).end();
};

export const deliveryCases = {
  sound: [
    forged(
      'there is no end',
      (forge) => forge.records,
      (forge) => forge.end(),
    ),
    forged(
      'there is a record after the end',
      (forge) => {
        forge.end();
        return forge.fault(['repeat']).records;
      },
      (forge) => forge.fault(['repeat']).end(),
    ),
    handled(
      'an id is used twice',
      (forge) => forge.process().end(),
      (forge) => forge.process('p2').end(),
    ),
    handled(
      'a run ends that has not begun',
      (forge) => forge.add({ kind: 'run-end', run: 'r1', outcome: 'completed' }).end(),
      (forge) => forge.run(forge.publish()).end(),
    ),
    handled(
      'an acknowledgement has another number of events than its call',
      (forge) => {
        const { call } = forge.call([{}, {}]);
        return forge.add({ kind: 'acknowledged', call, events: [] }).end();
      },
      (forge) => {
        const [one, two] = forge.publishBatch([{}, {}]);
        return one && two ? forge.run(one).run(two).end() : [];
      },
    ),
    handled(
      'a process runs a handler that it does not have',
      (forge) => forge.run(forge.publish(), { handler: 'mail' }).run(forge.publish()).end({ drained: false }),
      (forge) => {
        forge.process('p2', {}, { name: 'mail' });
        const event = forge.publish();
        return forge.run(event, { handler: 'mail', process: 'p2' }).run(event).end();
      },
    ),
    handled(
      'a process runs a handler of another group',
      (forge) => {
        forge.process('p2', { service: 'mails' });
        const event = forge.publish();
        return forge.run(event).run(event, { group: 'mails' }).end();
      },
      (forge) => {
        forge.process('p2', { service: 'mails' });
        const event = forge.publish();
        return forge.run(event).run(event, { group: 'mails', process: 'p2' }).end();
      },
    ),
  ],
  'at-least-once': [
    forged('everything was lost, and no group has reported it', forgotten(false), forgotten(true)),
    handled(
      'the state of an event is SKIPPED although the handler was registered before',
      (forge) => forge.final(forge.publish().eventId, 'SKIPPED').end(),
      (forge) => {
        const event = forge.publish();
        return forge.log('skipped', event).final(event.eventId, 'SKIPPED').end();
      },
    ),
    forged(
      'an event was published after the handler was registered, and has neither a run nor a state',
      (forge) => forge.process().unstore(forge.publish()).end(),
      (forge) => {
        const early = forge.publish();
        return forge.process().unstore(early).end();
      },
    ),
    handled(
      'a run has not ended, and its process is dead',
      (forge) => {
        const event = forge.publish();
        forge.start(event);
        return forge.kill().unstore(event).end();
      },
      (forge) => {
        const event = forge.publish();
        forge.start(event);
        return forge.kill().process('p2').wait(1_000).run(event, { process: 'p2' }).end();
      },
    ),
    handled(
      'without final states, only a history that was not drained may have something left to do',
      (forge) => forge.unstore(forge.publish()).end(),
      (forge) => forge.unstore(forge.publish()).end({ drained: false }),
    ),
    handled(
      'with final states, one that is missing is a delivery that the system has forgotten',
      (forge) => forge.unstore(forge.publish()).run(forge.publish()).end({ drained: false }),
      (forge) => forge.unstore(forge.publish()).end({ drained: false }),
    ),
    handled(
      'a run says that an event is a dead letter, and the log has no line for it',
      (forge) => {
        const event = forge.publish();
        return forge.finish(forge.start(event), { outcome: 'dead' }).unstore(event).end();
      },
      (forge) => {
        const event = forge.publish();
        return forge.run(event, {}, { outcome: 'dead' }).unstore(event).end();
      },
    ),
    handled(
      'its group was retired, or another one',
      (forge) => forge.unstore(forge.publish()).operator('retire-group', { group: 'mails' }).end(),
      (forge) => forge.unstore(forge.publish()).operator('retire-group').end(),
    ),
    handled(
      'one of two handlers got it',
      (forge) => {
        forge.process('p2', {}, { name: 'mail' });
        const event = forge.publish();
        return forge.run(event).final(event.eventId, 'SKIPPED', 'mail').end();
      },
      (forge) => {
        const event = forge.publish();
        forge.process('p2', {}, { name: 'mail' });
        return forge.run(event).final(event.eventId, 'SKIPPED', 'mail').end();
      },
    ),
    handled(
      'an event was trimmed before it was handled',
      (forge) => forge.unstore(forge.publish()).run(forge.publish()).end(),
      (forge) => {
        const trimmed = forge.publish();
        return forge.unstore(trimmed).log('expired', trimmed).run(forge.publish()).end();
      },
    ),
    handled(
      'an event that was published with an unknown outcome was acknowledged as a duplicate, and is not handled',
      (forge) => {
        const draft = { data: 'd', id: 'x' };
        const streamId = `${forge.now}-0`;
        forge.reject('OUTCOME_UNKNOWN', draft);
        forge.publish(draft, { duplicate: true, streamId });
        return forge.run(forge.publish()).end();
      },
      (forge) => {
        const draft = { data: 'd', id: 'x' };
        const streamId = `${forge.now}-0`;
        forge.reject('OUTCOME_UNKNOWN', draft);
        return forge.run(forge.store(forge.publish(draft, { duplicate: true, streamId }))).end();
      },
    ),
  ],
  drained: [
    handled(
      'its group was not retired',
      (forge) => forge.operator('retire-group', { group: 'mails' }).final(forge.publish().eventId, 'PENDING').end(),
      (forge) => forge.operator('retire-group').final(forge.publish().eventId, 'PENDING').end(),
    ),
    handled(
      'its handler was not retired',
      (forge) =>
        forge.log('handler-retired', undefined, { handler: 'mail' }).final(forge.publish().eventId, 'FAILED').end(),
      (forge) => forge.log('handler-retired').final(forge.publish().eventId, 'FAILED').end(),
    ),
    handled(
      'a delivery is unfinished at the end',
      (forge) => forge.final(forge.publish().eventId, 'PENDING').end(),
      (forge) => forge.final(forge.publish().eventId, 'PENDING').end({ drained: false }),
    ),
    handled(
      'a retry has not run',
      (forge) => forge.run(forge.publish(), {}, { outcome: 'failed', retryInMs: 5 }).end(),
      (forge) => dead(forge) && forge.end(),
    ),
    handled(
      'a delivery is being processed at the end',
      (forge) => forge.final(forge.publish().eventId, 'PROCESSING').end(),
      (forge) => {
        const event = forge.publish();
        return forge.log('parked', event).final(event.eventId, 'PARKED').end();
      },
    ),
  ],
  'completed-by-a-run': [
    handled(
      'a delivery is COMPLETED without a run',
      (forge) => forge.final(forge.publish().eventId, 'COMPLETED').end(),
      (forge) => forge.run(forge.publish()).end(),
    ),
    handled(
      'the log reports a success that no run had',
      (forge) => forge.log('completed', forge.publish()).end({ drained: false }),
      (forge) => {
        const event = forge.publish();
        forge.run(event, {}, { outcome: 'failed', retryInMs: 0 }).wait(30);
        return forge.run(event, { attempt: 2 }).end();
      },
    ),
    handled(
      'a delivery is COMPLETED, and its run has no outcome',
      (forge) => {
        const event = forge.publish();
        forge.start(event);
        return forge.kill().final(event.eventId, 'COMPLETED').end();
      },
      (forge) => {
        const event = forge.publish();
        forge.finish(forge.start(event));
        return forge.kill().end();
      },
    ),
  ],
  'redriven-runs-again': [
    handled(
      'another handler ran afterwards',
      (forge) => {
        const event = dead(forge.process('p2', {}, { name: 'mail' }));
        forge.operator('retry', { eventId: event.eventId }).log('retried', event);
        return forge.final(event.eventId, 'DLQ').run(event, { handler: 'mail', process: 'p2' }).end();
      },
      (forge) => {
        const event = dead(forge.process('p2', {}, { name: 'mail' }));
        forge.operator('retry', { eventId: event.eventId }).log('retried', event).run(event).log('completed', event);
        return forge.run(event, { handler: 'mail', process: 'p2' }).end();
      },
    ),
    handled(
      'it was a dead letter before, not afterwards',
      (forge) => {
        const event = dead(forge);
        forge.operator('retry', { eventId: event.eventId }).log('retried', event);
        return forge.final(event.eventId, 'DLQ').end();
      },
      (forge) => {
        const event = dead(forge);
        forge.operator('retry', { eventId: event.eventId }).log('retried', event).log('dead', event);
        return forge.final(event.eventId, 'DLQ').end();
      },
    ),
    handled(
      'a retried dead letter does not run',
      (forge) => {
        const event = dead(forge);
        return forge
          .operator('retry', { eventId: event.eventId })
          .log('retried', event)
          .final(event.eventId, 'DLQ')
          .end();
      },
      (forge) => {
        const event = dead(forge);
        return forge
          .operator('retry', { eventId: event.eventId })
          .log('retried', event)
          .run(event)
          .log('completed', event)
          .end();
      },
    ),
    handled(
      'clocks of processes differ by no more than 20 ms',
      (forge) => retriedAfterRun(forge, 30),
      (forge) => retriedAfterRun(forge, 10),
      ['repeated-with-cause'],
    ),
    handled(
      'an edited dead letter does not run',
      (forge) => {
        const { eventId, streamId } = dead(forge);
        forge.operator('edit', { eventId, newEventId: 'edited' }).log('edited', { eventId, streamId });
        return forge.final(eventId, 'DISCARDED').end();
      },
      (forge) => {
        const { eventId, streamId, draft } = dead(forge);
        forge.operator('edit', { eventId, newEventId: 'edited' }).log('edited', { eventId, streamId });
        const edited = { eventId: 'edited', streamId: `edit-${streamId}`, draft: { ...draft, data: 'other' } };
        return forge.run(edited).final(eventId, 'DISCARDED').end();
      },
    ),
  ],
} satisfies Record<string, readonly ForgedCase[]>;
