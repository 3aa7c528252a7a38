import type { Forge, ForgedEvent } from './forge.js';
import { type ForgedCase, forged } from './forged-case.js';

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

export const idempotencyCases = {
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
