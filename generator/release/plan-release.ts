import type { EventChange } from '../diff/change.js';
import { type ComparableModel, compareModels } from '../diff/compare-models.js';
import { isReleased, type Release, type ReleasedSdk } from '../diff/history.js';
import type { CompatibilityMode } from '../diff/modes.js';
import { requiredBump } from '../diff/required-bump.js';
import { type Bump, compareVersions, greatestBump, isNewerMinor, raiseVersion } from '../support/versions.js';

/** A version that a release raises. */
export interface RaisedVersion {
  readonly from: string;
  readonly to: string;
}

/** The versions of the next release, and the changes since the last one. */
export interface ReleasePlan {
  /** The last release; undefined if this is the first one. */
  readonly last: Release | undefined;
  /** How much the versions of the catalog and of the package must rise since the last release. */
  readonly bump: Bump;
  /** The version of the catalog: `info.version`. */
  readonly catalog: RaisedVersion;
  /** The version of the SDK's package; undefined if the SDK is not a package. */
  readonly package: RaisedVersion | undefined;
  /** Events whose version in the catalog is too low, by type. */
  readonly events: ReadonlyMap<string, RaisedVersion>;
  /** The changes since the last release, with the raised versions. Empty for the first release. */
  readonly changes: readonly EventChange[];
  /** Whether only the written conversions of older data have changed. */
  readonly isConversionOnly: boolean;
}

export interface PlanOptions {
  /** The releases to compare with, oldest first; the last one is the last release. */
  readonly releases: readonly Release[];
  readonly mode: CompatibilityMode;
  /** The SDK of the catalog as it is now. */
  readonly sdk: ReleasedSdk;
}

/** Decides the versions of the next release from what changed since the earlier ones. */
export function planRelease(model: ComparableModel, { releases, mode, sdk }: PlanOptions): ReleasePlan {
  const last = releases.at(-1);
  const { packageVersion } = sdk;
  const events = versionsTooLow(model, releases, mode);
  const raised = withVersions(model, events);
  const changes = last === undefined ? [] : compareModels(last.model, raised).events;
  const bump =
    last === undefined || isReleased(last, model, sdk) ? 'none' : greatestBump(['patch', ...changes.map(packageBump)]);
  const raisedFrom = (present: string, base = present): RaisedVersion => {
    const lowest = raiseVersion(base, bump);
    return { from: present, to: compareVersions(present, lowest) < 0 ? lowest : present };
  };
  return {
    last,
    bump,
    events,
    changes,
    catalog: raisedFrom(model.catalog.version, last?.model.catalog.version),
    isConversionOnly: bump !== 'none' && last?.model.catalog.hash === model.catalog.hash,
    package: packageVersion === undefined ? undefined : raisedFrom(packageVersion, last?.packageVersion),
  };
}

/** The events whose version is too low for their changes since one of the releases. */
export function versionsTooLow(
  model: ComparableModel,
  releases: readonly Release[],
  mode: CompatibilityMode,
): ReadonlyMap<string, RaisedVersion> {
  const found = new Map<string, RaisedVersion>();
  for (const release of releases) {
    for (const change of compareModels(release.model, model).events) {
      const { type, from, to } = change;
      if (from === undefined || to === undefined) continue;
      const lowest = raiseVersion(from, requiredBump(change, mode));
      const reached = found.get(type)?.to ?? to;
      if (compareVersions(reached, lowest) < 0) found.set(type, { from: to, to: lowest });
    }
  }
  return found;
}

/** A model with other versions of some events. */
export function withVersions<Model extends ComparableModel>(
  model: Model,
  versions: ReadonlyMap<string, RaisedVersion>,
): Model {
  const events = model.events.map((event) => {
    const raised = versions.get(event.type);
    return raised === undefined ? event : { ...event, version: raised.to };
  });
  return { ...model, events };
}

/** Changes of the types that a handler receives, although an older event is valid in the new version. */
const typeChanges: readonly string[] = [
  'TYPE_WIDENED',
  'ENUM_WIDENED',
  'REQUIRED_REMOVED',
  'BRANCH_ADDED',
  'MAYBE_WIDENED',
];

/**
 * How much a changed event raises the version of the SDK's package: `major` if code that uses the SDK may no longer compile,
 * `minor` if something is new.
 */
export function packageBump({ kind, changes, isAnnounced, from, to }: EventChange): Bump {
  if (kind === 'removed') return 'major';
  if (kind === 'added') return 'minor';
  if (isAnnounced || changes.some(({ code }) => code === 'KEY_CHANGED' || typeChanges.includes(code))) return 'major';
  if (changes.some(({ code }) => code === 'EVENT_DEPRECATED')) return 'minor';
  return from !== undefined && to !== undefined && isNewerMinor(to, from) ? 'minor' : 'patch';
}
