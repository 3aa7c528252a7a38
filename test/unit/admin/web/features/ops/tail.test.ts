import { expect, it } from 'vitest';
import { changeTail, emptyTail, mostShown, type Tail } from '../../../../../../admin/web/features/ops/events/tail.js';

const round = (...events: readonly number[]) =>
  ({ kind: 'arrived', events, passed: events.length, sampled: false }) as const;

it('new events: are shown newest first', () => {
  const tail = changeTail(changeTail<number>(emptyTail, round(1, 2)), round(3));
  expect(tail).toMatchObject({ shown: [3, 2, 1], passed: 3, sampled: false });
});

it('pause: new events are collected, and shown after resume', () => {
  let tail: Tail<number> = changeTail<number>(emptyTail, round(1));
  tail = changeTail(changeTail(tail, { kind: 'pause' }), round(2, 3));
  expect(tail).toMatchObject({ shown: [1], held: [3, 2], passedHeld: 2, passed: 3 });
  tail = changeTail(tail, { kind: 'resume' });
  expect(tail).toMatchObject({ shown: [3, 2, 1], held: [], passedHeld: 0, paused: false });
});

it('the limit: older events are dropped, also during a pause, and all are counted', () => {
  let tail: Tail<number> = changeTail<number>(emptyTail, { kind: 'pause' });
  for (let n = 0; n < 50; n += 1) tail = changeTail(tail, round(...Array.from({ length: 25 }, (_, i) => n * 25 + i)));
  expect([tail.held.length, tail.held[0], tail.passedHeld]).toEqual([mostShown, 1_249, 1_250]);
  tail = changeTail(tail, { kind: 'resume' });
  tail = changeTail(tail, round(9_999));
  expect([tail.shown.length, tail.shown[0], tail.passed]).toEqual([mostShown, 9_999, 1_251]);
});

it('sampled: stays set until the list is cleared', () => {
  let tail: Tail<number> = changeTail<number>(emptyTail, { ...round(1), passed: 400, sampled: true });
  tail = changeTail(tail, round(2));
  expect(tail).toMatchObject({ sampled: true, passed: 401 });
  expect(changeTail(tail, { kind: 'clear' })).toEqual(emptyTail);
});
