/** The content of `changes.json`: the changes of each release of the catalog. */
export interface ChangesFile {
  /** Increased when readers of the file must change. */
  readonly changesVersion: 1;
  /** Differences between the last release and the catalog. */
  readonly unreleased: readonly EventChange[];
  /** Newest first. */
  readonly releases: readonly ReleaseChanges[];
}

/** One release of the catalog. */
export interface ReleaseChanges {
  readonly version: string;
  /** ISO date. */
  readonly recordedAt: string;
  /** Hash of the catalog, as in `catalog.json`. */
  readonly hash: string;
  /** Differences from the release before; empty for the first release. */
  readonly events: readonly EventChange[];
}

/** One event that a release added, removed or changed. */
export interface EventChange {
  readonly type: string;
  readonly key: string;
  readonly domain: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Schema version before the change; absent if the event was added. */
  readonly from?: string;
  /** Schema version after the change; absent if the event was removed. */
  readonly to?: string;
  /** Which side the change breaks. */
  readonly impact: ChangeImpact;
  /** Which compatibility the change breaks. */
  readonly against: readonly ChangeDirection[];
  /** True if the major version was increased with the change: of the event, or of the catalog if the event was removed. */
  readonly isAnnounced: boolean;
  readonly changes: readonly ChangeDetail[];
}

/** Which side a change breaks. */
export type ChangeImpact = 'compatible' | 'breaking for consumers' | 'breaking for producers' | 'breaking for both';

/** `backward`: old events are invalid in the new catalog. `forward`: new events are invalid in the old catalog. */
export type ChangeDirection = 'backward' | 'forward';

/** One difference of an event. */
export interface ChangeDetail {
  /** Kind of the change, such as `PROPERTY_ADDED`; `docs/generator.md` lists them. */
  readonly code: string;
  /** Place in the event's data: `$.lines[*].price`. Absent if the change is of the event itself. */
  readonly path?: string;
  /** Description in one line. */
  readonly message: string;
  readonly breaks: readonly ('consumers' | 'producers')[];
  readonly against: readonly ChangeDirection[];
}
