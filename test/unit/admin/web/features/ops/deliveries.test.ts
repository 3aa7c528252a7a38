import { expect, it } from 'vitest';
import type { Attempt } from '../../../../../../admin/answers.js';
import { deliveriesOf, errorOf, runsOf } from '../../../../../../admin/web/features/ops/events/deliveries.js';

let count = 0;
const line = (kind: string, handler: string, more: Partial<Attempt> = {}): Attempt => {
  count += 1;
  return { id: `${count}-0`, at: '2026-03-04T10:00:00.000Z', kind, group: 'shop', handler, ...more };
};
const lines = [
  line('failed', 'mails', { attempt: 1 }),
  line('dead', 'mails', { attempt: 2, deadLetterId: '7-0' }),
  line('failed', 'bills', { attempt: 1, replayJobId: 'replay-1' }),
  line('failed', 'old', { attempt: 3 }),
  line('retired', '*'),
];
const groups = [
  {
    group: 'shop',
    handlers: [
      { handler: 'bills', status: 'COMPLETED' },
      { handler: 'mails', status: 'DLQ', deadLetterId: '7-0' },
    ],
  },
];

it('deliveriesOf: one delivery for each handler, dead letters first, handlers that no longer exist last', () => {
  const found = deliveriesOf(groups, lines);
  const shown = found.map((delivery) => [
    delivery.handler,
    delivery.state?.status,
    delivery.lines.length,
    runsOf(delivery),
  ]);
  expect(shown).toEqual([
    ['mails', 'DLQ', 2, 2],
    ['bills', 'COMPLETED', 0, 1],
    ['old', undefined, 1, 3],
  ]);
});

it('errorOf: returns name and message for any thrown value', () => {
  expect(errorOf({ name: 'TypeError', message: 'no', code: 'E' })).toEqual({
    name: 'TypeError',
    message: 'no',
    code: 'E',
  });
  expect(errorOf({})).toEqual({ name: 'Error', message: '' });
  expect(errorOf(undefined)).toBeUndefined();
});
