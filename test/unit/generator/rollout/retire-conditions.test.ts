import { describe, expect, it } from 'vitest';
import type { StoredVersions } from '../../../../generator/rollout/admin-client.js';
import { noVersions } from '../../../../generator/rollout/compatibility.js';
import { retireConditions } from '../../../../generator/rollout/retire-conditions.js';

const at = '2026-11-28T12:00:00.000Z';
const hoursBefore = (hours: number) => new Date(Date.parse(at) - hours * 3_600_000).toISOString();
const registry = { at, uncounted: 0, unlistedAt: undefined };
const nothing: StoredVersions = { registry, event: noVersions('a.b'), found: [] };
const count = { type: 'a.b', major: 1, count: 1, group: 'mails' } as const;

/** The conditions that hold 1.x back, with their reasons. */
function held(parts: Partial<StoredVersions>): string[] {
  return retireConditions({ ...nothing, ...parts }, 1).flatMap(({ number, reasons }) =>
    reasons.map((reason) => `${number}: ${reason}`),
  );
}

describe('the conditions for retiring a version', () => {
  it('all hold for a version that is not used', () => {
    expect(held({})).toEqual([]);
    expect(retireConditions(nothing, 1).map(({ number, mayBeAccepted }) => `${number} ${mayBeAccepted}`)).toEqual([
      '1 false',
      '2 false',
      '3 false',
      '5 true',
    ]);
  });

  it('1: what a service has published counts for 24 hours; what is not known counts too', () => {
    const published = (version: string, hours: number) => ({ service: 'shop', version, lastAt: hoursBefore(hours) });
    const event = {
      ...nothing.event,
      published: [published('1.4.0', 23), published('1.3.0', 25), published('2.0.0', 1)],
    };
    expect(held({ event })).toEqual([`1: shop has published 1.4.0 at ${hoursBefore(23)}`]);
    expect(held({ registry: { ...registry, uncounted: 7 } })).toEqual([
      expect.stringContaining('1: the versions of 7 events of the last day are not known'),
    ]);
    expect(held({ registry: { ...registry, uncounted: 'unknown' } })).toEqual([
      '1: the service has not counted all events of the last day yet: try again',
    ]);
    expect(held({ registry: { ...registry, unlistedAt: hoursBefore(1) } })).toEqual([
      expect.stringContaining('1: the list of published versions is full'),
    ]);
    expect(held({ registry: { ...registry, unlistedAt: hoursBefore(25) } })).toEqual([]);
  });

  it('2: unfinished entries, also of replays; not those of retired groups', () => {
    const found = [
      { ...count, place: 'unfinished', count: 2 },
      { ...count, place: 'unfinished', count: 3 },
      { ...count, place: 'unfinished', group: 'old', retired: true },
      { ...count, place: 'replay' },
      { ...count, place: 'unfinished', major: 2 },
    ] as const;
    expect(held({ found })).toEqual(['2: mails: 5 unfinished events', '2: mails: 1 unfinished event of replays']);
  });

  it('3: retries and dead letters of any group', () => {
    const found = [
      { ...count, place: 'retry', count: 3, retired: true },
      { ...count, place: 'dead-letter', count: 4 },
    ] as const;
    const parked = [{ group: 'mails', version: '1.4.0', count: 2 }];
    expect(held({ found, event: { ...nothing.event, parked } })).toEqual([
      '3: mails: 3 scheduled or parked retries, of which 2 parked',
      '3: mails: 4 dead letters',
    ]);
  });

  it('5: the number of entries that only a replay could read, and the last date of all parts of the scan', () => {
    const place = 'replayable';
    const found = [
      { ...count, group: '', place, count: 10, lastAt: hoursBefore(5) },
      { ...count, group: '', place, count: 2, lastAt: hoursBefore(3) },
      { ...count, group: '', place: 'stream', count: 12 },
    ] as const;
    expect(held({ found })).toEqual([`5: 12 entries, the last of ${hoursBefore(3)}`]);
  });
});
