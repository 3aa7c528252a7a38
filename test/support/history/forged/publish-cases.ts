import type { Forge } from './forge.js';
import { type ForgedCase, handled } from './forged-case.js';
import { handleOne } from './handle-one.js';

/** An event runs before its call has begun, by the clock of its process. */
function runEarly(forge: Forge, ms: number) {
  const event = forge.publish();
  const begunAt = forge.now - 100;
  const { now } = forge.wait(begunAt - ms - forge.now);
  const run = forge.start(event);
  return forge
    .wait(begunAt + 100 - now)
    .finish(run)
    .end();
}

/** Two calls with one id, other data and unknown outcomes. */
function publishedTwice(forge: Forge) {
  forge.reject('OUTCOME_UNKNOWN', { id: 'x', data: 'd1' });
  return { eventId: 'x', draft: forge.reject('OUTCOME_UNKNOWN', { id: 'x', data: 'd2' }) };
}

export const publishCases = {
  'run-of-published-event': [
    handled(
      'an event runs that no call has published',
      (forge) => {
        const event = handleOne(forge);
        return forge.run({ ...event, eventId: 'other', streamId: '1700000000500-0' }).end();
      },
      (forge) => handleOne(forge) && forge.end(),
    ),
    handled(
      'an event runs before its call has begun',
      (forge) => {
        const event = forge.publish();
        const run = forge.wait(-200).start(event);
        return forge.wait(200).finish(run).end();
      },
      (forge) => {
        // Before its acknowledgement, which is possible.
        const { call, drafts } = forge.call([{}]);
        const event = forge.store({ eventId: 'e', draft: drafts[0] ?? { type: '', data: '' } });
        const { eventId, streamId } = event;
        forge.run(event);
        return forge.add({ kind: 'acknowledged', call, events: [{ eventId, streamId, duplicate: false }] }).end();
      },
    ),
    handled(
      'clocks of processes differ by no more than 20 ms',
      (forge) => runEarly(forge, 30),
      (forge) => runEarly(forge, 10),
    ),
    handled(
      'more events run than a call with an unknown outcome can have written',
      (forge) => {
        const draft = forge.reject('OUTCOME_UNKNOWN', { data: 'd' });
        forge.run(forge.store({ eventId: 'x', draft }));
        return forge.run({ eventId: 'y', streamId: `${forge.now}-0`, draft }).end();
      },
      (forge) => {
        const draft = forge.reject('OUTCOME_UNKNOWN', { data: 'd' });
        forge.reject('OUTCOME_UNKNOWN', { data: 'd' });
        forge.run(forge.store({ eventId: 'x', draft }));
        return forge.run(forge.store({ eventId: 'y', draft })).end();
      },
    ),
    handled(
      'an edited event runs before the edit',
      (forge) => {
        const event = forge.publish();
        forge.run(event, {}, { outcome: 'dead' });
        const edited = { ...event, eventId: 'edited', streamId: 'edit-1' };
        forge
          .run(edited)
          .wait(50)
          .operator('edit', { eventId: event.eventId, newEventId: 'edited' })
          .log('edited', event);
        return forge.final(event.eventId, 'DISCARDED').end({ drained: false });
      },
      (forge) => {
        const event = forge.publish();
        forge.run(event, {}, { outcome: 'dead' });
        const edited = { ...event, eventId: 'edited', streamId: 'edit-1' };
        forge.operator('edit', { eventId: event.eventId, newEventId: 'edited' }).log('edited', event).run(edited);
        return forge.final(event.eventId, 'DISCARDED').end();
      },
    ),
  ],
  'rejected-not-written': [
    handled(
      'a rejected event is in the stream',
      (forge) => {
        const draft = forge.reject('UNAVAILABLE', {}, 'x');
        forge.store({ eventId: 'x', draft });
        return forge.end({ drained: false });
      },
      (forge) => {
        const draft = forge.reject('OUTCOME_UNKNOWN', {}, 'x');
        forge.store({ eventId: 'x', draft });
        return forge.end({ drained: false });
      },
    ),
    handled(
      'a rejected event runs',
      (forge) => forge.run({ eventId: 'x', streamId: '1-0', draft: forge.reject('MEMORY_HIGH', { id: 'x' }) }).end(),
      (forge) => forge.run(forge.store({ eventId: 'x', draft: forge.reject('OUTCOME_UNKNOWN', { id: 'x' }) })).end(),
    ),
    handled(
      'an event without a known id runs, and the only call with its content was rejected',
      (forge) => {
        const draft = forge.reject('UNAVAILABLE', { data: 'd' }, 'x');
        return forge.run({ eventId: 'x', streamId: '1-0', draft }).end();
      },
      (forge) => {
        forge.reject('UNAVAILABLE', { data: 'd' }, 'x');
        return forge.run(forge.publish({ id: 'x', data: 'd' })).end();
      },
    ),
  ],
  'content-unchanged': [
    ...(['data', 'type', 'tenantId', 'key'] as const).map((field) =>
      handled(
        `another ${field}`,
        (forge) => forge.run(forge.publish({ key: 'k' }), { [field]: 'other' }).end(),
        (forge) => forge.run(forge.publish({ key: 'k' })).end(),
      ),
    ),
    handled(
      'without a key, the tenant is the key',
      (forge) => forge.run(forge.publish(), { key: 'k' }).end(),
      (forge) => forge.run(forge.publish(), { key: 't1' }).end(),
    ),
    handled(
      'it was published twice with unknown outcomes: one of them has written it',
      (forge) => forge.run(forge.store(publishedTwice(forge)), { data: 'd3' }).end(),
      (forge) => forge.run(forge.store(publishedTwice(forge))).end(),
    ),
    handled(
      'the stream has another type',
      (forge) => {
        const event = handleOne(forge);
        forge.store({ ...event, draft: { ...event.draft, type: 'other' } });
        return forge.end();
      },
      (forge) => handleOne(forge) && forge.end(),
    ),
    handled(
      'a duplicate has other data: that of the first call counts',
      (forge) => {
        const first = forge.publish({ id: 'x', data: 'd1' });
        forge.publish({ id: 'x', data: 'd2' }, { streamId: first.streamId, duplicate: true });
        return forge.run(first, { data: 'd2' }).end();
      },
      (forge) => {
        const first = forge.publish({ id: 'x', data: 'd1' });
        forge.publish({ id: 'x', data: 'd2' }, { streamId: first.streamId, duplicate: true });
        return forge.run(first).end();
      },
    ),
  ],
  'stream-of-published-events': [
    handled(
      'an entry with an id that no call has; one without an id is no event',
      (forge) => handleOne(forge) && forge.add({ kind: 'stream', streamId: '1-0', eventId: 'x' }).end(),
      (forge) => handleOne(forge) && forge.add({ kind: 'stream', streamId: '1-0' }).end(),
    ),
    handled(
      'no call has published it',
      (forge) => {
        const { draft } = handleOne(forge);
        forge.store({ eventId: 'x', draft });
        return forge.end({ drained: false });
      },
      (forge) => {
        // A process was killed while it published.
        forge.store({ eventId: 'x', draft: forge.call([{}]).drafts[0] ?? { type: '', data: '' } });
        return forge.end({ drained: false });
      },
    ),
    handled(
      'a call with an unknown outcome has another type',
      (forge) => {
        const draft = forge.reject('OUTCOME_UNKNOWN');
        forge.store({ eventId: 'x', draft: { ...draft, type: 'other' } });
        return forge.end({ drained: false });
      },
      (forge) => {
        forge.store({ eventId: 'x', draft: forge.reject('OUTCOME_UNKNOWN') });
        return forge.end({ drained: false });
      },
    ),
  ],
} satisfies Record<string, readonly ForgedCase[]>;
