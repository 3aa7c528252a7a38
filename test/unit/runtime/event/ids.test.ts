import { isCuid } from '@paralleldrive/cuid2';
import { describe, expect, it } from 'vitest';
import { createEventId, eventIdTime, isEventId, randomName } from '../../../../runtime/event/ids.js';

const now = Date.UTC(2026, 4, 17, 12, 30, 0, 123);

describe('createEventId', () => {
  it('has the format of cuid2: 24 characters, a letter first', () => {
    for (let i = 0; i < 1_000; i += 1) {
      const id = createEventId(now + i);
      expect(id).toMatch(/^[a-z][0-9a-z]{23}$/);
      expect(isCuid(id)).toBe(true);
    }
  });

  it('many ids in one millisecond are all different', () => {
    const ids = new Set(Array.from({ length: 200_000 }, () => createEventId(now)));
    expect(ids.size).toBe(200_000);
  });

  it('sorts by time', () => {
    const times = [now + 1, now, Date.UTC(2031, 0, 1), now - 86_400_000, Date.UTC(2020, 0, 1)];
    const byId = times.map(createEventId).sort();
    expect(byId.map(eventIdTime)).toEqual([...times].sort((a, b) => a - b));
  });

  it('all characters are equally likely', () => {
    const counts = new Map<string, number>();
    const ids = 20_000;
    for (let i = 0; i < ids; i += 1) {
      for (const character of createEventId(now).slice(9)) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (ids * 15) / 36;
    expect(counts.size).toBe(36);
    // 8,333 expected with a standard deviation of 90: bytes modulo 36 without skipping large ones would give the
    // first four characters 14 % more than the others.
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  });

  it('accepts a time with a fraction', () => {
    expect(eventIdTime(createEventId(now + 0.9))).toBe(now);
  });
});

describe('eventIdTime', () => {
  it('returns the creation time of an id', () => {
    expect(eventIdTime(createEventId(now))).toBe(now);
  });

  it.each([
    ['an id of cuid2 itself', 'tz4a98xxat96iws9zmbrgj3a'],
    ['a UUID', '0b9e2f2c-0f3b-4a53-9d2f-6d9d1d6f2c11'],
    ['too short', createEventId(now).slice(0, 23)],
    ['too long', `${createEventId(now)}0`],
    ['a capital letter', createEventId(now).toUpperCase()],
    ['a time before 2020', createEventId(Date.UTC(2019, 11, 31))],
    ['the latest time of eight characters', `e${'z'.repeat(23)}`],
    ['an empty text', ''],
  ])('%s: undefined', (_what, id) => {
    expect(eventIdTime(id)).toBeUndefined();
  });
});

describe('isEventId', () => {
  it.each([createEventId(now), 'tz4a98xxat96iws9zmbrgj3a', 'a1', `a${'0'.repeat(31)}`])('accepts %s', (id) => {
    expect(isEventId(id)).toBe(true);
  });

  it.each(['', 'a', '1a', 'a b', 'a@1-0', 'A1', `a${'0'.repeat(32)}`, 12, null])('refuses %j', (id) => {
    expect(isEventId(id)).toBe(false);
  });
});

describe('randomName', () => {
  it('names are all different', () => {
    const names = new Set(Array.from({ length: 10_000 }, randomName));
    expect(names.size).toBe(10_000);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{12}$/);
  });
});
