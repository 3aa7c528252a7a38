import type { ChangeDetail, ChangesFile, EventModelEntry, OlderVersionModel } from '@hyvve-events/catalog-model';
import { parseVersion, relateVersion } from '@hyvve-events/runtime/versions';

/** The parts of an event that decide how its data of any version is read. */
export type VersionedEvent = Pick<EventModelEntry, 'version' | 'payload' | 'older' | 'retired'>;

/** How the catalog knows the version of stored data. */
export type KnownVersion =
  /** The present major version, or a text that is not a version. */
  | { readonly kind: 'present'; readonly payload: string }
  | { readonly kind: 'older'; readonly payload: string; readonly older: OlderVersionModel }
  /** An older major version that the SDK does not read any more. */
  | { readonly kind: 'retired' }
  /** Newer than the catalog. */
  | { readonly kind: 'newer' };

/** How the catalog knows a version of an event. @param version As in the envelope. */
export function knownVersion(event: VersionedEvent, version: string): KnownVersion {
  const relation = relateVersion(version, event.version);
  if (relation === 'known') return { kind: 'present', payload: event.payload };
  if (relation !== 'older-major') return { kind: 'newer' };
  const older = event.older?.find(({ major }) => major === majorOf(version));
  return older === undefined ? { kind: 'retired' } : { kind: 'older', payload: older.payload, older };
}

/** The changes of an event from a major version to the next one; empty if the history does not contain them. */
export function changesOfMajor(changes: ChangesFile | undefined, type: string, major: number): readonly ChangeDetail[] {
  if (changes === undefined) return [];
  const ended = [changes.unreleased, ...changes.releases.map(({ events }) => events)]
    .flat()
    .find((change) => change.type === type && majorOf(change.from) === major && majorOf(change.to) !== major);
  return ended?.changes.filter(({ code }) => code !== 'VERSION_RAISED') ?? [];
}

/** The major number of a version; undefined for a text that is not a version. */
export function majorOf(version: string | undefined): number | undefined {
  return version === undefined ? undefined : parseVersion(version)?.[0];
}
