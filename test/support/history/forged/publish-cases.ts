import type { Forge, ForgedEvent } from './forge.js';
import { type ForgedCase, forged, handled } from './forged-case.js';

/** Publishes and handles an event, so that the stream has an older entry. */
function handleOne(forge: Forge): ForgedEvent {
  const event = forge.publish();
  forge.run(event);
  return event;
}

/** Two calls with one id, other data and unknown outcomes. */
function publishedTwice(forge: Forge) {
  forge.reject('OUTCOME_UNKNOWN', { id: 'x', data: 'd1' });
  return { eventId: 'x', draft: forge.reject('OUTCOME_UNKNOWN', { id: 'x', data: 'd2' }) };
}

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

const day = 24 * 60 * 60 * 1_000;

/** Two calls with one key or id: the second one as `second` says. */
function twice(draft: object, second: (forge: Forge, first: ForgedEvent) => ForgedEvent) {
  return (forge: Forge) => {
    const first = forge.publish(draft);
    second(forge, first);
    return forge.end({ drained: false });
  };
}

const asDuplicate = (draft: object) => (forge: Forge, first: ForgedEvent) =>
  forge.publish(draft, { eventId: first.eventId, streamId: first.streamId, duplicate: true });

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
  'acknowledged-in-stream': [
    handled(
      'an acknowledged event is not in the stream, and older ones are',
      (forge) => {
        handleOne(forge);
        const event = handleOne(forge);
        return forge.unstore(event).end();
      },
      (forge) => {
        const trimmed = handleOne(forge);
        handleOne(forge);
        return forge.unstore(trimmed).end();
      },
    ),
    handled(
      'another event is at its position',
      (forge) => {
        handleOne(forge);
        const event = forge.publish();
        const draft = forge.reject('OUTCOME_UNKNOWN', { id: 'x' });
        forge.unstore(event).store({ streamId: event.streamId, eventId: 'x', draft });
        return forge.end({ drained: false });
      },
      (forge) => {
        handleOne(forge);
        const draft = forge.reject('OUTCOME_UNKNOWN', { id: 'x' });
        return forge.run(forge.store({ eventId: 'x', draft })).end();
      },
      ['at-least-once'],
    ),
    handled(
      'it is gone after a fault that cannot lose it',
      (forge) => {
        handleOne(forge);
        const event = handleOne(forge);
        return forge.fault(['repeat', 'overlap']).unstore(event).end();
      },
      (forge) => {
        handleOne(forge);
        const event = handleOne(forge);
        return forge.fault(['loss']).unstore(event).end();
      },
    ),
  ],
  'one-position': [
    handled(
      'an event is in the stream twice',
      (forge) => {
        const event = handleOne(forge);
        forge.store({ ...event, streamId: `${forge.now}-0` });
        return forge.final(event.eventId, 'COMPLETED').end();
      },
      (forge) => {
        const draft = { id: 'x', rememberedMs: 1_000 };
        const first = forge.publish(draft);
        forge.run(first).wait(1_100);
        const second = forge.publish({ ...draft, data: first.draft.data });
        return forge.fault(['repeat']).run(second).end();
      },
      ['completed-by-a-run'],
    ),
    handled(
      'an event runs as another entry',
      (forge) => {
        const other = handleOne(forge);
        return forge.run(forge.publish(), { streamId: other.streamId }).end();
      },
      (forge) => handleOne(forge) && forge.run(forge.publish()).end(),
      ['completed-by-a-run'],
    ),
  ],
  'positions-grow': [
    handled(
      'the second call of a process has a smaller position',
      (forge) => {
        const first = handleOne(forge);
        return forge
          .run(forge.publish({}, { streamId: first.streamId.replace('-0', '-0').replace(/^17/, '16') }))
          .end();
      },
      (forge) => {
        handleOne(forge);
        return forge.run(forge.publish()).end();
      },
    ),
    handled(
      'the second event of a batch has a smaller position',
      (forge) => {
        const [one, two] = forge.publishBatch(
          [{}, {}],
          [{ streamId: '1700000000100-1' }, { streamId: '1700000000100-0' }],
        );
        return one && two ? forge.run(one).run(two).end() : [];
      },
      (forge) => {
        const [one, two] = forge.publishBatch(
          [{}, {}],
          [{ streamId: '1700000000100-9' }, { streamId: '1700000000100-10' }],
        );
        return one && two ? forge.run(one).run(two).end() : [];
      },
    ),
  ],
  'batch-whole': [
    handled(
      'one of two events of a batch with an unknown outcome is in the stream',
      (forge) => {
        handleOne(forge);
        const { call, drafts } = forge.call([{ id: 'x' }, { id: 'y' }]);
        forge.add({ kind: 'rejected', call, code: 'OUTCOME_UNKNOWN' });
        for (const draft of drafts.slice(1)) forge.run(forge.store({ eventId: draft.id ?? '', draft }));
        return forge.end();
      },
      (forge) => {
        handleOne(forge);
        const { call, drafts } = forge.call([{ id: 'x' }, { id: 'y' }]);
        forge.add({ kind: 'rejected', call, code: 'OUTCOME_UNKNOWN' });
        for (const draft of drafts) forge.run(forge.store({ eventId: draft.id ?? '', draft }));
        return forge.end();
      },
    ),
  ],
  'one-event-per-key': [
    forged(
      'a key writes two events within its window',
      twice({ idempotencyKey: 'k' }, (forge) => forge.wait(day - 1_000).publish({ idempotencyKey: 'k' })),
      twice({ idempotencyKey: 'k' }, (forge) => forge.wait(day).publish({ idempotencyKey: 'k' })),
    ),
    forged(
      'the window of the draft counts',
      twice({ idempotencyKey: 'k', rememberedMs: 500 }, (forge) => forge.wait(300).publish({ idempotencyKey: 'k' })),
      twice({ idempotencyKey: 'k', rememberedMs: 500 }, (forge) => forge.wait(500).publish({ idempotencyKey: 'k' })),
    ),
    forged(
      'an id writes two events, the first of which was trimmed',
      (forge) => {
        forge.unstore(forge.publish({ id: 'x' })).publish({ id: 'x' });
        return forge.end({ drained: false });
      },
      (forge) => {
        forge
          .unstore(forge.publish({ id: 'x', rememberedMs: 500 }))
          .wait(500)
          .publish({ id: 'x' });
        return forge.end({ drained: false });
      },
    ),
    forged(
      'a key of one tenant; that of another tenant is another key',
      twice({ idempotencyKey: 'k' }, (forge) => forge.publish({ idempotencyKey: 'k' })),
      twice({ idempotencyKey: 'k' }, (forge) => forge.publish({ idempotencyKey: 'k', tenantId: 't2' })),
    ),
    forged(
      'one call writes a key twice',
      (forge) =>
        forge.publishBatch([{ idempotencyKey: 'k' }, { idempotencyKey: 'k' }]) && forge.end({ drained: false }),
      (forge) => {
        const streamId = `${forge.now + 10}-0`;
        forge.publishBatch(
          [{ idempotencyKey: 'k' }, { idempotencyKey: 'k' }],
          [
            { eventId: 'x', streamId },
            { eventId: 'x', streamId, duplicate: true },
          ],
        );
        return forge.end({ drained: false });
      },
    ),
    forged(
      'a call with an unknown outcome has written an event, and a later call another one',
      (forge) => {
        const draft = forge.reject('OUTCOME_UNKNOWN', { idempotencyKey: 'k' }, 'x');
        forge.store({ eventId: 'x', draft });
        forge.publish({ idempotencyKey: 'k' });
        return forge.end({ drained: false });
      },
      (forge) => {
        forge.reject('OUTCOME_UNKNOWN', { idempotencyKey: 'k' }, 'x');
        forge.publish({ idempotencyKey: 'k' });
        return forge.end({ drained: false });
      },
    ),
  ],
  'duplicate-of-published': [
    forged(
      'the first call with a key is acknowledged as a duplicate',
      (forge) => {
        forge.publish({ idempotencyKey: 'k' }, { duplicate: true });
        return forge.end({ drained: false });
      },
      twice({ idempotencyKey: 'k' }, asDuplicate({ idempotencyKey: 'k' })),
    ),
    forged(
      'the only call before was rejected',
      (forge) => {
        forge.reject('UNAVAILABLE', { idempotencyKey: 'k' });
        forge.publish({ idempotencyKey: 'k' }, { duplicate: true });
        return forge.end({ drained: false });
      },
      (forge) => {
        forge.reject('OUTCOME_UNKNOWN', { idempotencyKey: 'k' });
        forge.publish({ idempotencyKey: 'k' }, { duplicate: true });
        return forge.end({ drained: false });
      },
    ),
    forged(
      'a duplicate of another tenant',
      twice({ idempotencyKey: 'k' }, asDuplicate({ idempotencyKey: 'k', tenantId: 't2' })),
      twice({ idempotencyKey: 'k' }, asDuplicate({ idempotencyKey: 'k' })),
    ),
    forged(
      'a duplicate with another position',
      twice({ id: 'x' }, (forge) => forge.publish({ id: 'x' }, { duplicate: true })),
      twice({ id: 'x' }, asDuplicate({ id: 'x' })),
      ['acknowledged-in-stream'],
    ),
    forged(
      'a duplicate without a key or an id',
      twice({}, asDuplicate({})),
      twice({}, (forge, { eventId, streamId }) => forge.publish({ id: eventId }, { streamId, duplicate: true })),
    ),
    forged(
      'a duplicate of what was published later',
      (forge) => {
        const later = { eventId: 'x', streamId: `${forge.now + 1_000}-0` };
        forge.publish({ idempotencyKey: 'k' }, { ...later, duplicate: true });
        forge.wait(900).publish({ idempotencyKey: 'k' }, later);
        return forge.end({ drained: false });
      },
      (forge) => {
        // Both calls are under way: either one may write the event.
        const [one, two] = [forge.call([{ idempotencyKey: 'k' }]), forge.call([{ idempotencyKey: 'k' }])];
        const { eventId, streamId } = forge.store({ eventId: 'x', draft: two.drafts[0] ?? { type: '', data: '' } });
        const duplicate = {
          kind: 'acknowledged',
          call: one.call,
          events: [{ eventId, streamId, duplicate: true }],
        } as const;
        const first = {
          kind: 'acknowledged',
          call: two.call,
          events: [{ eventId, streamId, duplicate: false }],
        } as const;
        return forge.add(duplicate).add(first).end({ drained: false });
      },
    ),
  ],
} satisfies Record<string, readonly ForgedCase[]>;
