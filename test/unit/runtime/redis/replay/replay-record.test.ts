import { describe, expect, it } from 'vitest';
import { replayOf } from '../../../../../runtime/redis/replay/replay-record.js';

const record = {
  from: '1000-0',
  to: '1001-99',
  plan: '{}',
  scanned: '4',
  replayed: '4',
  unreadable: '0',
  created: '1',
  updated: '1',
};
const fractionOf = (state: string, cursor: string) => replayOf('job', { ...record, state, cursor }).progress.fraction;

describe('replayOf: the completed share', () => {
  it('is 1 only when the replay is completed, also if its cursor has reached the last millisecond', () => {
    expect(fractionOf('running', '1001-3')).toBe(0.99);
    expect(fractionOf('cancelled', '1001-99')).toBe(0.99);
    expect(fractionOf('completed', '1001-99')).toBe(1);
  });

  it('is 0 before the first entry', () => {
    expect(fractionOf('waiting', '')).toBe(0);
    expect(fractionOf('running', '1000-5')).toBe(0);
  });
});
