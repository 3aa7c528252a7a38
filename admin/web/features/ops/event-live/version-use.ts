import type { VersionsOfEvents, VersionsOfType } from '../../../../answers.js';
import { majorOf, type VersionedEvent } from '../../../shared/event-versions.js';

type Registered = VersionsOfEvents['events'][number];
type Found = VersionsOfType['stored']['found'][number];

/** Who uses one major version of an event, and what is stored of it. */
export interface VersionUse {
  readonly major: number;
  /** `3.0.0` for a version of the catalog, otherwise `4.x`. */
  readonly label: string;
  readonly publishers: readonly PublisherOfVersion[];
  /** Events of the last day. */
  readonly lastDay: number;
  /** Groups of which every living process reads this major version. */
  readonly readers: readonly string[];
  /** Groups with a living process whose build is older: events of this version wait for a newer build. */
  readonly waitingFor: readonly string[];
  /** Groups with a living process that refuses this major version, because its build does not convert it. */
  readonly refusedBy: readonly string[];
  /** Groups with a living process of an earlier runtime, which does not say what it reads. */
  readonly unknownIn: readonly string[];
  readonly parked: number;
}

/** A service that publishes a version, or has published it in the last 30 days. */
export interface PublisherOfVersion {
  readonly service: string;
  readonly version: string;
  /** Number of living processes. */
  readonly processes: number;
  /** ISO 8601; undefined if it has not been reported. */
  readonly lastAt: string | undefined;
}

/** Every major version that the catalog, a process or a stored event has, the newest first. */
export function versionUse(
  event: VersionedEvent,
  registered: Registered,
  found: readonly Found[],
): readonly VersionUse[] {
  const { readers, publishers, published, lastDay, parked } = registered;
  const labels = new Map<number | undefined, string>([
    [majorOf(event.version), event.version],
    ...(event.older ?? []).map(({ major, version }) => [major, version] as const),
  ]);
  const majors = new Set<number>();
  const add = (major: number | 'unknown' | undefined) => {
    if (typeof major === 'number') majors.add(major);
  };
  for (const major of labels.keys()) add(major);
  for (const { version } of [...publishers, ...published, ...parked]) add(majorOf(version));
  for (const { major } of [...lastDay, ...found]) add(major);
  const groups = [...new Set(readers.filter(({ alive }) => alive).map(({ group }) => group))].sort();
  const some = (group: string, isIt: (reader: Registered['readers'][number], build: number) => boolean) =>
    readers.some((reader) => {
      const build = reader.version === undefined ? undefined : majorOf(reader.version);
      return reader.alive && reader.group === group && build !== undefined && isIt(reader, build);
    });
  const unknownIn = groups.filter((group) =>
    readers.some(({ alive, group: of, version }) => alive && of === group && version === undefined),
  );
  return [...majors]
    .sort((a, b) => b - a)
    .map((major) => {
      const waitingFor = groups.filter((group) => some(group, (_reader, build) => build < major));
      const refusedBy = groups.filter((group) =>
        some(group, ({ older }, build) => build > major && !older.includes(major)),
      );
      return {
        major,
        label: labels.get(major) ?? `${major}.x`,
        publishers: publishersOf(registered, major),
        lastDay: lastDay.find((each) => each.major === major)?.count ?? 0,
        readers: groups.filter(
          (group) => !waitingFor.includes(group) && !refusedBy.includes(group) && !unknownIn.includes(group),
        ),
        waitingFor,
        refusedBy,
        unknownIn,
        parked: sum(parked.filter(({ version }) => majorOf(version) === major).map(({ count }) => count)),
      };
    });
}

function publishersOf({ publishers, published }: Registered, major: number): PublisherOfVersion[] {
  const found = new Map<string, PublisherOfVersion>();
  for (const { service, version, lastAt } of published) {
    if (majorOf(version) === major) found.set(`${service} ${version}`, { service, version, processes: 0, lastAt });
  }
  for (const { service, version, alive } of publishers) {
    if (!alive || majorOf(version) !== major) continue;
    const known = found.get(`${service} ${version}`) ?? { service, version, processes: 0, lastAt: undefined };
    found.set(`${service} ${version}`, { ...known, processes: known.processes + 1 });
  }
  return [...found.values()].sort((a, b) => b.processes - a.processes || a.service.localeCompare(b.service));
}

/** The stored events of one major version, by place. Parts of a scan are added up. */
export function storedOf(found: readonly Found[], major: number): Readonly<Record<Found['place'], number>> {
  const count = (place: Found['place']) =>
    sum(found.filter((each) => each.major === major && each.place === place).map((each) => each.count));
  return {
    stream: count('stream'),
    replayable: count('replayable'),
    unfinished: count('unfinished'),
    replay: count('replay'),
    retry: count('retry'),
    'dead-letter': count('dead-letter'),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
