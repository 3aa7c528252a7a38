import { describe, expect, it } from 'vitest';
import { storedOf, versionUse } from '../../../../../../../admin/web/features/ops/event-live/version-use.js';

const event = {
  version: '2.1.0',
  payload: 'Order',
  older: [{ major: 1, version: '1.4.0', payload: 'OrderV1', next: 'Order', step: 'v1ToV2', upcast: 'code' as const }],
};
const process = { host: 'h', pid: 1, sinceHeartbeatMs: 0, alive: true };
const reader = (group: string, version: string | undefined, older: number[] = [], alive = true) => ({
  group,
  consumer: `${group}-${version}`,
  host: 'h',
  pid: 1,
  sinceHeartbeatMs: 0,
  alive,
  older,
  ...(version === undefined ? {} : { version }),
});
const registered = {
  type: 'shop.order.placed',
  readers: [
    reader('mails', '2.1.0', [1]),
    reader('billing', '2.1.0', [1]),
    reader('billing', '1.4.0'),
    reader('audit', '2.0.0'),
    reader('earlier', undefined),
    reader('gone', '1.0.0', [], false),
  ],
  publishers: [
    { ...process, service: 'shop', publisher: 'a', version: '2.1.0' },
    { ...process, service: 'shop', publisher: 'b', version: '2.1.0' },
    { ...process, service: 'legacy', publisher: 'c', version: '1.2.0', alive: false },
  ],
  published: [
    { service: 'legacy', version: '1.2.0', lastAt: '2026-11-28T10:00:00.000Z' },
    { service: 'shop', version: '2.1.0', lastAt: '2026-11-29T10:00:00.000Z' },
  ],
  lastDay: [
    { major: 2, count: 100 },
    { major: 'unknown' as const, count: 3 },
  ],
  parked: [{ group: 'billing', version: '2.1.0', count: 7 }],
};

describe('versionUse', () => {
  it('lists for each major version who publishes it, who reads it, and where it waits or is refused', () => {
    expect(versionUse(event, registered, [])).toEqual([
      {
        major: 2,
        label: '2.1.0',
        publishers: [{ service: 'shop', version: '2.1.0', processes: 2, lastAt: '2026-11-29T10:00:00.000Z' }],
        lastDay: 100,
        readers: ['audit', 'mails'],
        waitingFor: ['billing'],
        refusedBy: [],
        unknownIn: ['earlier'],
        parked: 7,
      },
      {
        major: 1,
        label: '1.4.0',
        publishers: [{ service: 'legacy', version: '1.2.0', processes: 0, lastAt: '2026-11-28T10:00:00.000Z' }],
        lastDay: 0,
        readers: ['billing', 'mails'],
        waitingFor: [],
        refusedBy: ['audit'],
        unknownIn: ['earlier'],
        parked: 0,
      },
    ]);
  });

  it('a group of which a process does not say what it reads is no reader', () => {
    const readers = [...registered.readers, reader('mails', undefined)];
    const [present] = versionUse(event, { ...registered, readers }, []);
    expect(present).toMatchObject({ readers: ['audit'], unknownIn: ['earlier', 'mails'] });
  });

  it('lists a major version that is only stored, or newer than the catalog', () => {
    const found = [{ type: 'shop.order.placed', major: 0, place: 'dead-letter' as const, group: 'mails', count: 2 }];
    const newer = { ...registered, parked: [{ group: 'mails', version: '3.0.0', count: 1 }] };
    const uses = versionUse(event, newer, found);
    expect(uses.map(({ label }) => label)).toEqual(['3.x', '2.1.0', '1.4.0', '0.x']);
    expect(uses[0]).toMatchObject({ waitingFor: ['audit', 'billing', 'mails'], readers: [], parked: 1 });
    expect(uses[3]).toMatchObject({ refusedBy: ['audit', 'billing', 'mails'] });
  });
});

describe('storedOf', () => {
  it('adds up the parts of a scan, by place', () => {
    const type = 'shop.order.placed';
    const found = [
      { type, major: 1, place: 'stream' as const, count: 2 },
      { type, major: 1, place: 'stream' as const, count: 3 },
      { type, major: 1, place: 'dead-letter' as const, group: 'mails', count: 1 },
      { type, major: 2, place: 'stream' as const, count: 9 },
    ];
    expect(storedOf(found, 1)).toMatchObject({ stream: 5, 'dead-letter': 1, retry: 0, unfinished: 0 });
  });
});
