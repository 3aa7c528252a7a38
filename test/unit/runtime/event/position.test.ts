import { describe, expect, it } from 'vitest';
import { comparePositions, parsePosition, positionOf } from '../../../../runtime/event/position.js';

describe('positions', () => {
  it('name the partition, unless it is the first one', () => {
    expect(positionOf('1732406400000-0', 0)).toBe('1732406400000-0');
    expect(positionOf('1732406400000-0', 5)).toBe('1732406400000-0.5');
    expect(parsePosition('1732406400000-0')).toEqual({ streamId: '1732406400000-0', partition: 0 });
    expect(parsePosition('1732406400000-12.1023')).toEqual({ streamId: '1732406400000-12', partition: 1_023 });
  });

  it.each(['', '1', '1-', '1-0.', '1-0.0', '1-0.05', '1-0.x', '1-0.12345', '99999999999999999999-0', '1-0 ', 'edit-1'])(
    'are in no other form: %j',
    (text) => {
      expect(parsePosition(text)).toBeUndefined();
    },
  );

  it('are ordered by time, number and partition', () => {
    const sorted = ['1-0', '1-0.1', '1-0.2', '1-0.10', '1-1', '1-10', '2-0', '2-0.1', '10-0'];
    expect([...sorted].reverse().sort(comparePositions)).toEqual(sorted);
  });
});
