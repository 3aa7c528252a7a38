import type { EventVersions, VersionPublisher, VersionReader } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import type { EventModelEntry } from '../../../../generator/model/event-model.js';
import {
  findParked,
  findPublishers,
  findReaders,
  isUnchanged,
  linesOf,
  noVersions,
} from '../../../../generator/rollout/compatibility.js';

const process = { host: 'mars', pid: 7, sinceHeartbeatMs: 10, alive: true };
const reader = (group: string, version: string | undefined, older: readonly number[] = []): VersionReader => ({
  ...process,
  group,
  consumer: `${group}-1`,
  version,
  older,
});
const publisher = (version: string): VersionPublisher => ({
  ...process,
  service: 'shop',
  publisher: 'shop-1',
  version,
});

/** The event of the working copy. */
function event(version: string, older: readonly number[] = []): EventModelEntry {
  const versions = older.map((major) => ({ major, version: `${major}.4.0` }));
  return { type: 'a.b', version, older: versions } as unknown as EventModelEntry;
}

const running = (parts: Partial<EventVersions>): EventVersions => ({ ...noVersions('a.b'), ...parts });
const briefly = (found: readonly { readonly severity: string; readonly message: string }[]) =>
  found.map(({ severity, message }) => `${severity}: ${message}`);

const ofReaders: readonly (readonly [name: string, given: readonly VersionReader[], want: readonly RegExp[]])[] = [
  ['the same version', [reader('mails', '2.1.0')], []],
  ['a newer minor', [reader('mails', '2.4.0')], []],
  [
    'a newer patch of an older minor',
    [reader('mails', '2.0.9')],
    [/^warning: .*reads 2\.0\.9: events that its schema/],
  ],
  [
    'an older major',
    [reader('mails', '1.9.0')],
    [/^error: a\.b: mails \(mars 7\) reads 1\.9\.0 and cannot read 2\.x$/],
  ],
  ['a newer major that converts it', [reader('mails', '3.0.0', [2])], []],
  ['a newer major that does not', [reader('mails', '3.0.0', [1])], [/^error: .*reads 3\.0\.0, and 2\.x no longer/]],
  ['an unknown version', [reader('mails', undefined)], [/^error: .*does not say what it reads$/]],
  ['a process that no longer lives', [{ ...reader('mails', '1.0.0'), alive: false }], []],
  ['two groups', [reader('a', '1.0.0'), reader('b', '2.1.0')], [/^error: a\.b: a \(/]],
  [
    'two processes of a group, of which one can read it',
    [reader('mails', '1.0.0'), { ...reader('mails', '2.1.0'), pid: 8 }],
    [
      /^warning: .*mails \(mars 7\) reads 1\.0\.0 and cannot read 2\.x: it leaves events to the group's other processes$/,
    ],
  ],
];

const ofPublishers: readonly (readonly [name: string, given: Partial<EventVersions>, want: readonly RegExp[]])[] = [
  ['the same version', { publishers: [publisher('2.1.0')] }, []],
  ['an older version that is read', { publishers: [publisher('1.0.0')] }, []],
  ['an older minor', { publishers: [publisher('2.0.0')] }, []],
  [
    'a newer minor',
    { publishers: [publisher('2.2.0')] },
    [/^warning: .*publishes 2\.2\.0: events that the schema of 2\.1\.0/],
  ],
  [
    'a newer minor of an older major',
    { publishers: [publisher('1.5.0')] },
    [/^warning: .*publishes 1\.5\.0: events that the schema of 1\.4\.0 refuses wait for a newer build$/],
  ],
  ['a newer major', { publishers: [publisher('3.0.0')] }, [/^warning: .*wait for a build that knows 3\.x$/]],
  [
    'a retired major',
    { publishers: [publisher('0.3.0')] },
    [/^error: .*shop \(mars 7\) publishes 0\.3\.0, which this/],
  ],
  [
    'a retired major, by a service that does not run now',
    {
      published: [
        { service: 'nightly', version: '0.3.0', lastAt: '2026-11-27T02:00:00.000Z' },
        { service: 'nightly', version: '1.3.0', lastAt: '2026-11-28T02:00:00.000Z' },
      ],
    },
    [/^warning: a\.b: nightly has published 0\.3\.0 at 2026-11-27T02:00:00\.000Z, which this version no longer reads$/],
  ],
  [
    'events of a retired major, of publishers that are not registered',
    {
      lastDay: [
        { major: 0, count: 2 },
        { major: 1, count: 5 },
      ],
    },
    [/^warning: a\.b: 2 events of 0\.x were published in the last day/],
  ],
];

describe('rollout', () => {
  it.each(ofReaders)('as publisher of 2.1.0, read by %s', (_name, readers, want) => {
    const found = briefly(findReaders(event('2.1.0'), running({ readers })));
    expect(found).toEqual(want.map((text) => expect.stringMatching(text)));
  });

  it.each(ofPublishers)('as consumer of 2.1.0 that reads 1.x, published with %s', (_name, parts, want) => {
    const found = briefly(findPublishers(event('2.1.0', [1]), running(parts)));
    expect(found).toEqual(want.map((text) => expect.stringMatching(text)));
  });

  it('parked deliveries: whether the working copy can read them decides what to do', () => {
    const parked = [
      { group: 'mails', version: '2.1.0', count: 3 },
      { group: 'mails', version: '3.0.0', count: 1 },
      { group: 'mails', version: '1.4.0', count: 1 },
      { group: 'mails', version: '1.5.0', count: 1 },
      { group: 'mails', version: '0.3.0', count: 1 },
    ];
    const found = findParked(event('2.1.0', [1]), running({ parked }));
    expect(found.map(({ hint }) => hint)).toEqual([
      'deploying mails with 2.1.0 handles them',
      'they wait for at most 7 days (maxParkMs): deploy mails with an SDK that knows 3.0.0',
      'deploying mails with 2.1.0 handles them',
      'they wait for at most 7 days (maxParkMs): deploy mails with an SDK that knows 1.5.0',
      '2.1.0 no longer reads 0.x: first deploy mails with an SDK that knows 0.3.0, or they become dead letters',
    ]);
    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set(['warning']));
  });

  it('the lines are the same in whichever order the processes have registered', () => {
    const readers = [
      reader('b', '1.4.0'),
      { ...reader('a', '2.1.0', [1]), pid: 9 },
      { ...reader('a', '1.4.0'), pid: 8 },
      { ...reader('a', '10.0.0', [2]), pid: 5 },
    ];
    const publishers = [publisher('2.1.0'), { ...publisher('1.4.0'), service: 'mars' }];
    const lines = [
      'a.b  2.1.0, reads also 1.x',
      '  read by a: 1.4.0 (1 process); 2.1.0, reads also 1.x (1 process); 10.0.0, reads also 2.x (1 process)',
      '  read by b: 1.4.0 (1 process)',
      '  published by mars: 1.4.0 (1 process)',
      '  published by shop: 2.1.0 (1 process)',
    ];
    expect(linesOf(event('2.1.0', [1]), running({ readers, publishers }))).toEqual(lines);
    const reversed = { readers: [...readers].reverse(), publishers: [...publishers].reverse() };
    expect(linesOf(event('2.1.0', [1]), running(reversed))).toEqual(lines);
  });

  it('an event is unchanged if all living processes have its version, and none is parked', () => {
    const dead = { ...reader('mails', '1.0.0'), alive: false };
    expect(isUnchanged(event('2.1.0'), running({ readers: [reader('mails', '2.1.0'), dead] }))).toBe(true);
    expect(isUnchanged(event('2.1.0'), running({ publishers: [publisher('2.0.0')] }))).toBe(false);
    expect(isUnchanged(event('2.1.0'), running({ parked: [{ group: 'a', version: '3.0.0', count: 1 }] }))).toBe(false);
  });
});
