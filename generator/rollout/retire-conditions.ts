import type { VersionCount, VersionPlace } from '@hyvve-events/runtime';
import { count } from '../report/count.js';
import { majorOf } from '../support/versions.js';
import type { StoredVersions } from './admin-client.js';

/** One condition for retiring a major version. */
export interface Condition {
  /** 4 is for transactional outboxes, which have no condition yet. */
  readonly number: 1 | 2 | 3 | 5;
  readonly title: string;
  /** What holds the version back; empty if the condition holds. */
  readonly reasons: readonly string[];
  /** Whether the flag `--even-so` accepts the reasons. */
  readonly mayBeAccepted: boolean;
}

type Check = (versions: StoredVersions, major: number) => readonly string[];

const dayMs = 24 * 60 * 60 * 1000;

const conditions: readonly (Omit<Condition, 'reasons'> & { readonly check: Check })[] = [
  {
    number: 1,
    title: 'no running process publishes it, and none has for 24 hours',
    check: published,
    mayBeAccepted: false,
  },
  { number: 2, title: 'no group has unfinished entries of it', check: unfinished, mayBeAccepted: false },
  { number: 3, title: 'no retry, parked delivery or dead letter of it is left', check: stored, mayBeAccepted: false },
  { number: 5, title: 'no entry that only a replay could read is left', check: replayable, mayBeAccepted: true },
];

/** Checks each condition. What is not known counts as a reason. */
export function retireConditions(versions: StoredVersions, major: number): readonly Condition[] {
  return conditions.map(({ check, ...condition }) => ({ ...condition, reasons: check(versions, major) }));
}

function published({ registry, event }: StoredVersions, major: number): string[] {
  const isRecent = (at: string) => Date.parse(registry.at) - Date.parse(at) < dayMs;
  const reasons = event.publishers
    .filter(({ alive, version }) => alive && majorOf(version) === major)
    .map(({ service, version, host, pid }) => `${service} publishes ${version} (${host} ${pid})`);
  const recent = event.published.filter(({ version, lastAt }) => majorOf(version) === major && isRecent(lastAt));
  reasons.push(...recent.map(({ service, version, lastAt }) => `${service} has published ${version} at ${lastAt}`));
  const events = event.lastDay.find((each) => each.major === major)?.count ?? 0;
  if (events > 0) reasons.push(`${count(events, 'event')} of it in the last day`);
  if (registry.uncounted === 'unknown') {
    reasons.push('the service has not counted all events of the last day yet: try again');
  } else if (registry.uncounted > 0) {
    const why = 'a process with an earlier runtime has counted them, or there were too many versions';
    reasons.push(`the versions of ${count(registry.uncounted, 'event')} of the last day are not known: ${why}`);
  }
  if (registry.unlistedAt !== undefined && isRecent(registry.unlistedAt)) {
    reasons.push('the list of published versions is full: whether it was published in the last day is not known');
  }
  return reasons;
}

function unfinished({ found }: StoredVersions, major: number): string[] {
  return [
    ...sums(found, major, 'unfinished').map(({ events, group }) => `${group}: ${count(events, 'unfinished event')}`),
    ...sums(found, major, 'replay').map(
      ({ events, group }) => `${group}: ${count(events, 'unfinished event')} of replays`,
    ),
  ];
}

function stored({ event, found }: StoredVersions, major: number): string[] {
  return [
    ...sums(found, major, 'retry').map(({ events, group }) => {
      const parked = event.parked.filter((each) => each.group === group && majorOf(each.version) === major);
      const waiting = parked.reduce((sum, each) => sum + each.count, 0);
      const text = `${group}: ${count(events, 'scheduled or parked retry', 'scheduled or parked retries')}`;
      return waiting === 0 ? text : `${text}, of which ${waiting} parked`;
    }),
    ...sums(found, major, 'dead-letter').map(({ events, group }) => `${group}: ${count(events, 'dead letter')}`),
  ];
}

function replayable({ found }: StoredVersions, major: number): string[] {
  return sums(found, major, 'replayable').map(
    ({ events, lastAt }) => `${count(events, 'entry', 'entries')}, the last of ${lastAt ?? 'an unknown time'}`,
  );
}

interface Sum {
  readonly group: string;
  readonly events: number;
  readonly lastAt: string | undefined;
}

/** The sums of the parts of a scan, by group. Groups that an operator has retired finish nothing: a replay must reach theirs. */
function sums(found: readonly VersionCount[], major: number, place: VersionPlace): Sum[] {
  const byGroup = new Map<string, Sum>();
  for (const each of found) {
    const isOpen = place === 'unfinished' || place === 'replay';
    if (each.major !== major || each.place !== place || (isOpen && each.retired === true)) continue;
    const { group = '', lastAt } = each;
    const known = byGroup.get(group);
    const newest = [known?.lastAt, lastAt].filter((at) => at !== undefined).sort();
    byGroup.set(group, { group, events: (known?.events ?? 0) + each.count, lastAt: newest.at(-1) });
  }
  return [...byGroup.values()];
}
