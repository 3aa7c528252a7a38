import type { ComparableModel } from '../diff/compare-models.js';
import type { Release } from '../diff/history.js';
import type { EventModel, EventModelEntry } from '../model/event-model.js';
import type { SourceLocation } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { majorOf } from '../support/versions.js';
import { FormerVersions } from './former-versions.js';
import { releaseHint } from './version-problems.js';

/**
 * Events whose major version rose since the SDK was last generated, while no release has the former one: the new SDK could not
 * read stored events of it.
 * @param before The model of the existing SDK; undefined if there is none.
 */
export function unreleasedMajors(
  before: ComparableModel | undefined,
  {
    model,
    releases,
    placeOf,
  }: {
    readonly model: EventModel;
    readonly releases: readonly Release[];
    readonly placeOf: (source: EventModelEntry['source'], pointer?: string) => SourceLocation;
  },
): Problem[] {
  const generated = new Map(before?.events.map(({ type, version }) => [type, version]));
  const history = new FormerVersions(releases);
  return model.events.flatMap((event): Problem[] => {
    const { type, version, source, older = [], retired = [] } = event;
    const former = generated.get(type);
    if (former === undefined || majorOf(former) >= majorOf(version)) return [];
    const major = majorOf(former);
    if (history.has(type, major) || [...older, ...retired].some((each) => each.major === major)) return [];
    const message = `the major version of ${type} rose from ${former} to ${version}, and no release of ${major}.x is in the history`;
    const place = placeOf(source, '/x-event-version');
    return [{ code: 'VERSION_UNRELEASED', severity: 'error', ...place, message, hint: releaseHint(major) }];
  });
}
