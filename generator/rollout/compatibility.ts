import type { EventVersions, VersionPublisher, VersionReader } from '@hyvve-events/runtime';
import type { EventModelEntry } from '../model/event-model.js';
import { count } from '../report/count.js';
import { compare, groupBy } from '../support/values.js';
import { compareVersions, isNewerMinor, majorOf } from '../support/versions.js';

/** What a deployment of the working copy changes. */
export type Role = 'consumer' | 'publisher';

/** Why a version cannot be deployed now, or what its deployment delays. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string;
}

/**
 * Whether every living group can read what the working copy would publish. A group in which at least one process can read it
 * handles every event: its other processes park them.
 */
export function findReaders({ type, version }: EventModelEntry, { readers }: EventVersions): Finding[] {
  return [...groupBy(living(readers), ({ group }) => group)].flatMap(([group, processes]) => {
    const unknown = processes.filter((reader) => reader.version === undefined);
    const refusing = processes.filter((reader) => refuses(reader, version));
    const behind = processes.filter((reader) => reader.version !== undefined && isBehind(reader.version, version));
    const found: Finding[] = [];
    const add = (severity: Finding['severity'], which: readonly VersionReader[], what: string, hint: string) => {
      if (which.length > 0) found.push({ severity, message: `${type}: ${group} (${placesOf(which)}) ${what}`, hint });
    };
    const readsOnly = `reads ${versionsOf(behind)} and cannot read ${majorText(version)}`;
    const isWhole = behind.length === processes.length;
    add('error', unknown, 'does not say what it reads', `deploy ${group} with the present runtime first`);
    add(
      'error',
      refusing,
      `reads ${versionsOf(refusing)}, and ${majorText(version)} no longer: its events would become dead letters`,
      'publish the newer version, which this group reads',
    );
    if (isWhole) add('error', behind, readsOnly, `deploy ${group} first, with an SDK that knows ${majorText(version)}`);
    else
      add(
        'warning',
        behind,
        `${readsOnly}: it leaves events to the group's other processes`,
        `deploy ${group} everywhere`,
      );
    const older = processes.filter((reader) => reader.version !== undefined && isNewerMinor(version, reader.version));
    const hint = `deploy ${group} first, or expect a delay`;
    add('warning', older, `reads ${versionsOf(older)}: events that its schema refuses wait for ${version}`, hint);
    return found;
  });
}

/** Whether the working copy can read what running publishers write. */
export function findPublishers(event: EventModelEntry, { publishers, published, lastDay }: EventVersions): Finding[] {
  const { type, version, older = [] } = event;
  const readable = new Map([...older.map((each) => each.version), version].map((each) => [majorOf(each), each]));
  const found: Finding[] = [];
  for (const [written, processes] of groupBy(living(publishers), (publisher) => publisher.version)) {
    const who = `${[...new Set(processes.map(({ service }) => service))].join(', ')} (${placesOf(processes)})`;
    const publishes = `${type}: ${who} publishes ${written}`;
    const major = majorOf(written);
    const known = readable.get(major);
    if (major > majorOf(version)) {
      const message = `${publishes}: its events wait for a build that knows ${major}.x`;
      found.push({ severity: 'warning', message, hint: `deploy a consumer with an SDK that knows ${major}.x` });
    } else if (known === undefined) {
      const message = `${publishes}, which this version no longer reads: its events would become dead letters`;
      found.push({ severity: 'error', message, hint: `deploy these publishers with ${version} first` });
    } else if (isNewerMinor(written, known)) {
      const message = `${publishes}: events that the schema of ${known} refuses wait for a newer build`;
      found.push({ severity: 'warning', message, hint: `deploy a consumer with an SDK that knows ${written}` });
    }
  }
  const isDropped = (major: number) => major < majorOf(version) && !readable.has(major);
  const hintOf = (major: number) => `\`hyvve-events retire ${type}@${major}\` says what still uses it`;
  // Such as a job that runs once a week.
  for (const { service, version: written, lastAt } of published) {
    const isRunning = living(publishers).some((each) => each.service === service && each.version === written);
    if (isRunning || !isDropped(majorOf(written))) continue;
    const message = `${type}: ${service} has published ${written} at ${lastAt}, which this version no longer reads`;
    found.push({ severity: 'warning', message, hint: hintOf(majorOf(written)) });
  }
  for (const { major, count: events } of lastDay) {
    if (typeof major !== 'number' || !isDropped(major)) continue;
    if (living(publishers).some((publisher) => majorOf(publisher.version) === major)) continue;
    const message = `${type}: ${count(events, 'event')} of ${major}.x were published in the last day, which this version no longer reads`;
    found.push({ severity: 'warning', message, hint: hintOf(major) });
  }
  return found;
}

/** Deliveries that wait for a build that knows their version, such as after a rollback. */
export function findParked(event: EventModelEntry, { parked }: EventVersions): Finding[] {
  const { type } = event;
  return parked.map(({ group, version: wanted, count: deliveries }) => {
    const message = `${type}: ${count(deliveries, 'event')} of ${group} ${deliveries === 1 ? 'waits' : 'wait'} for a build that knows ${wanted}`;
    const hint = parkedHint(event, group, wanted);
    return { severity: 'warning', message, hint };
  });
}

/** How deliveries that wait for a version go on. */
function parkedHint({ version, older = [] }: EventModelEntry, group: string, wanted: string): string {
  const known = [{ version }, ...older].find((each) => majorOf(each.version) === majorOf(wanted));
  if (known !== undefined && compareVersions(wanted, known.version) <= 0) {
    return `deploying ${group} with ${version} handles them`;
  }
  if (known === undefined && majorOf(wanted) < majorOf(version)) {
    return `${version} no longer reads ${majorText(wanted)}: first deploy ${group} with an SDK that knows ${wanted}, or they become dead letters`;
  }
  return `they wait for at most 7 days (maxParkMs): deploy ${group} with an SDK that knows ${wanted}`;
}

/** Who reads and publishes it, in one line each. */
export function linesOf(event: EventModelEntry, { readers, publishers }: EventVersions): string[] {
  const { type, version, older = [] } = event;
  const readBy = [...groupBy(living(readers), ({ group }) => group)];
  const publishedBy = [...groupBy(living(publishers), ({ service }) => service)];
  return [
    `${type}  ${version}${alsoReads(older.map(({ major }) => major))}`,
    ...readBy.map(([group, processes]) => `  read by ${group}: ${partsOf(processes)}`),
    ...publishedBy.map(([service, processes]) => `  published by ${service}: ${partsOf(processes)}`),
    ...(readBy.length + publishedBy.length === 0 ? ['  no running process reads or publishes it'] : []),
  ];
}

/** Whether every running process has the version of the working copy. */
export function isUnchanged({ version }: EventModelEntry, { readers, publishers, parked }: EventVersions): boolean {
  const all = [...living(readers), ...living(publishers)];
  return parked.length === 0 && all.every((process) => process.version === version);
}

/** Whether a running process reads or publishes it. */
export function isUsed({ readers, publishers }: EventVersions): boolean {
  return living(readers).length + living(publishers).length > 0;
}

/** A type that no process has registered or published. */
export function noVersions(type: string): EventVersions {
  return { type, readers: [], publishers: [], published: [], lastDay: [], parked: [] };
}

/** The living processes, by group or service, then by version, host and process id: the same in every run. */
function living<Process extends VersionReader | VersionPublisher>(processes: readonly Process[]): Process[] {
  const ownerOf = (process: VersionReader | VersionPublisher) => ('group' in process ? process.group : process.service);
  return processes
    .filter(({ alive }) => alive)
    .sort(
      (a, b) =>
        compare(ownerOf(a), ownerOf(b)) ||
        compareVersions(a.version ?? '', b.version ?? '') ||
        compare(a.host, b.host) ||
        a.pid - b.pid,
    );
}

function isBehind(reads: string, version: string): boolean {
  return majorOf(reads) < majorOf(version);
}

/** Whether a build has dropped this older major version. */
function refuses({ version: reads, older }: VersionReader, version: string): boolean {
  return reads !== undefined && majorOf(reads) > majorOf(version) && !older.includes(majorOf(version));
}

function majorText(version: string): string {
  return `${majorOf(version)}.x`;
}

function alsoReads(majors: readonly number[]): string {
  return majors.length === 0 ? '' : `, reads also ${majors.map((major) => `${major}.x`).join(', ')}`;
}

function versionsOf(readers: readonly VersionReader[]): string {
  return [...new Set(readers.map(({ version }) => version ?? 'an unknown version'))].sort().join(' and ');
}

/** Hosts and process ids: `mars 41, venus 7`, the first four. */
function placesOf(processes: readonly (VersionReader | VersionPublisher)[]): string {
  const shown = processes.slice(0, 4).map(({ host, pid }) => `${host} ${pid}`);
  const more = processes.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** The versions of processes: `2.0.0, reads also 1.x (2 processes)`. */
function partsOf(processes: readonly (VersionReader | VersionPublisher)[]): string {
  const label = (process: VersionReader | VersionPublisher) =>
    `${process.version ?? 'unknown version'}${'older' in process ? alsoReads(process.older) : ''}`;
  const parts = [...groupBy(processes, label)].map(([version, all]) => {
    return `${version} (${all.length} ${all.length === 1 ? 'process' : 'processes'})`;
  });
  return parts.join('; ');
}
