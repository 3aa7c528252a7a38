import type { DescribedVersion } from '../build/collect-versions.js';
import type { Release } from '../diff/history.js';
import type { EventModelEntry, UpcastKind } from '../model/event-model.js';
import type { Definitions } from '../model/shape.js';
import { majorOf } from '../support/versions.js';

/** The payload of one version of an event, and the schemas that it may refer to. */
export interface VersionedPayload {
  /** Name of its schema in `definitions`. */
  readonly name: string;
  readonly definitions: Definitions;
}

/** An older major version of an event: its last release, or its entry in `x-versions`. */
export interface FormerVersion {
  readonly major: number;
  /** `major.minor.patch`. */
  readonly version: string;
  readonly payload: VersionedPayload;
  /** The word with which this version was released: how data of the major before it is converted. */
  readonly upcast: UpcastKind | undefined;
  /** Number of the release, from 0. `Infinity` for a version that only the catalog describes. */
  readonly release: number;
  /** ISO date from which no publisher should use it. */
  readonly sunset: string | undefined;
  readonly isRetired: boolean;
}

/** Finds the older majors of events in the releases of a catalog. */
export class FormerVersions {
  /** Last release of each major, by type and major. */
  readonly #released = new Map<string, Map<number, FormerVersion>>();

  constructor(history: readonly Release[]) {
    for (const [release, { model }] of history.entries()) {
      const definitions = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
      for (const { type, version, payload: name, upcast } of model.events) {
        const major = majorOf(version);
        const majors = this.#released.get(type) ?? new Map<number, FormerVersion>();
        const common = { sunset: undefined, isRetired: false };
        majors.set(major, { major, version, payload: { name, definitions }, upcast, release, ...common });
        this.#released.set(type, majors);
      }
    }
  }

  /** Whether a release has this major version of an event. */
  has(type: string, major: number): boolean {
    return this.#released.get(type)?.has(major) === true;
  }

  /** The older majors of an event, in ascending order, including retired ones. */
  of({ type, version }: EventModelEntry, described: readonly DescribedVersion[]): readonly FormerVersion[] {
    const majors = new Map(this.#released.get(type));
    for (const { major, payload, sunset, retired } of described) {
      const known = majors.get(major);
      if (known !== undefined) majors.set(major, { ...known, sunset, isRetired: retired !== undefined });
      else if (payload !== undefined) {
        const common = { sunset, isRetired: retired !== undefined, upcast: undefined };
        majors.set(major, { major, version: `${major}.0.0`, payload, release: Number.POSITIVE_INFINITY, ...common });
      }
    }
    const present = majorOf(version);
    return [...majors.values()].filter(({ major }) => major < present).sort((a, b) => a.major - b.major);
  }
}
