import type { DraftRecord } from '../history.js';
import type { Forge, ForgedEvent } from './forge.js';
import { type ForgedCase, handled } from './forged-case.js';
import { handleOne } from './handle-one.js';

/** A batch with an unknown outcome, of which the second event is in the stream, or what another call writes. */
function halfWritten(forge: Forge, otherwise: (draft: DraftRecord) => ForgedEvent | undefined) {
  handleOne(forge);
  const { call, drafts } = forge.call([{ id: 'x' }, { id: 'y' }]);
  forge.add({ kind: 'rejected', call, code: 'OUTCOME_UNKNOWN' });
  const [first, second] = drafts;
  const stored = first && (otherwise(first) ?? (second && forge.store({ eventId: 'y', draft: second })));
  return stored ? forge.run(stored).end() : [];
}

/** Publishes and handles an event in a partition that has no other one. */
function handleInPartition(forge: Forge, partition: number): ForgedEvent {
  const event = forge.publish({ tenantId: 't2' }, { streamId: `${forge.now}-0.${partition}` });
  forge.run(event);
  return event;
}

/** A call after two others, which were under way at the same time and have the positions 3 and 1. */
function afterTwo(forge: Forge, number: number) {
  const calls = [forge.call([{}]), forge.call([{}])];
  const positions = ['1700000001000-3', '1700000001000-1'];
  calls.forEach(({ call, drafts }, index) => {
    const [draft] = drafts;
    const [streamId, eventId] = [positions[index] ?? '', `x${index}`];
    forge.add({ kind: 'acknowledged', call, events: [{ eventId, streamId, duplicate: false }] });
    if (draft !== undefined) forge.run(forge.store({ eventId, streamId, draft }));
  });
  return forge.run(forge.publish({}, { streamId: `1700000001000-${number}` })).end();
}

export const streamCases = {
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
      'the partition is empty',
      (forge) => {
        handleOne(forge);
        const event = handleInPartition(forge, 1);
        return forge.unstore(event).end();
      },
      (forge) => {
        handleOne(forge);
        const event = handleInPartition(forge.process('p2', { eventsMs: 10_000 }), 1);
        return forge.wait(20_000).unstore(event).end();
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
    handled(
      'it is gone although it was published after the loss',
      (forge) => {
        handleOne(forge);
        const event = handleOne(forge.fault(['loss']).wait(200));
        return forge.unstore(event).end();
      },
      (forge) => {
        handleOne(forge);
        handleOne(forge.fault(['loss']).wait(200));
        return forge.end();
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
      'the greatest position of the calls before counts, not the latest one',
      (forge) => afterTwo(forge, 2),
      (forge) => afterTwo(forge, 4),
    ),
    handled(
      'the second call of a process has a smaller position',
      (forge) => {
        const first = handleOne(forge);
        return forge.run(forge.publish({}, { streamId: first.streamId.replace(/^17/, '16') })).end();
      },
      (forge) => {
        handleOne(forge);
        return forge.run(forge.publish()).end();
      },
    ),
    handled(
      'both calls are after a loss',
      (forge) => {
        const first = handleOne(forge.fault(['loss']).wait(200));
        return forge.run(forge.publish({}, { streamId: first.streamId.replace(/^17/, '16') })).end();
      },
      (forge) => {
        const first = handleOne(forge);
        return forge
          .fault(['loss'])
          .run(forge.publish({}, { streamId: first.streamId.replace(/^17/, '16') }))
          .end();
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
      'another call has written a part of it again, or it was the batch',
      (forge) => halfWritten(forge, () => undefined),
      (forge) => halfWritten(forge, ({ data }) => forge.publish({ id: 'x', data })),
    ),
    handled(
      'the other part was trimmed, or it was never there',
      (forge) => halfWritten(forge, () => undefined),
      (forge) => {
        const { call, drafts } = forge.call([{ id: 'x' }, { id: 'y' }]);
        forge.add({ kind: 'rejected', call, code: 'OUTCOME_UNKNOWN' });
        for (const draft of drafts.slice(1)) forge.run(forge.store({ eventId: 'y', draft }));
        return forge.end();
      },
    ),
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
} satisfies Record<string, readonly ForgedCase[]>;
