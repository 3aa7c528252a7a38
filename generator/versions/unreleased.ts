import type { ComparableModel } from '../diff/compare-models.js';
import type { EventModel, EventModelEntry } from '../model/event-model.js';
import type { SourceLocation } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { majorOf } from '../support/versions.js';
import { releaseHint } from './version-problems.js';

/**
 * Events whose major version rose, while neither a release nor `x-versions` has the former one: the new SDK could not read stored
 * events of it.
 * @param before The model of the existing SDK, or of an earlier version of the catalog; undefined if there is none.
 */
export function unreleasedMajors(
  before: ComparableModel | undefined,
  {
    model,
    placeOf,
  }: {
    readonly model: EventModel;
    readonly placeOf: (source: EventModelEntry['source'], pointer?: string) => SourceLocation;
  },
): Problem[] {
  const versions = new Map(before?.events.map(({ type, version }) => [type, version]));
  return model.events.flatMap((event): Problem[] => {
    const { type, version, source, reply, older = [], retired = [] } = event;
    const former = versions.get(type);
    if (reply || former === undefined || majorOf(former) >= majorOf(version)) return [];
    const major = majorOf(former);
    if ([...older, ...retired].some((each) => each.major === major)) return [];
    const message = `the major version of ${type} rose from ${former} to ${version}, and no release of ${major}.x is in the history`;
    const place = placeOf(source, '/x-event-version');
    return [{ code: 'VERSION_UNRELEASED', severity: 'error', ...place, message, hint: releaseHint(major) }];
  });
}
