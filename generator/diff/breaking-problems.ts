import type { EventModelEntry } from '../model/event-model.js';
import type { SourceLocation } from '../source/source-file.js';
import type { Problem } from '../support/errors.js';
import { compareVersions, raiseVersion } from '../support/versions.js';
import type { EventChange } from './change.js';
import { isBreaking } from './compare-models.js';
import { type CompatibilityMode, directionsOf } from './modes.js';
import { needsMinor, requiredBump } from './required-bump.js';

export interface ChangeProblemOptions {
  readonly mode: CompatibilityMode;
  readonly severity: Problem['severity'];
  /** Label of the version that the events are compared with: `1.2.0 of 2026-11-24`. */
  readonly since: string;
  /** The events of the current catalog, with their older versions. */
  readonly events: readonly EventModelEntry[];
  readonly placeOf: (source: EventModelEntry['source']) => SourceLocation;
  /** Place for problems of removed events: the catalog's root document. */
  readonly catalog: string;
  /** Added to each hint. */
  readonly advice?: string;
}

/** A problem for each change that breaks compatibility in a mode without a new major version. */
export function breakingProblems(diffs: readonly EventChange[], options: ChangeProblemOptions): Problem[] {
  const { mode, severity, since, advice } = options;
  const directions = directionsOf(mode);
  return diffs
    .filter((event) => isBreaking(event, mode))
    .flatMap((event) =>
      event.changes
        .filter(({ against }) => against.some((direction) => directions.includes(direction)))
        .map(({ code, path, message, breaks }): Problem => {
          const change = `${code}${path === undefined ? '' : ` ${path}`}: ${message}`;
          return {
            code: 'BREAKING_CHANGE',
            severity,
            ...placeOfEvent(event, options),
            message: `${event.type}, since ${since}: ${change}; breaks ${breaks.join(' and ')}`,
            hint: `${hintOf(event)}${advice === undefined ? '' : `; ${advice}`}`,
          };
        }),
    );
}

/**
 * A problem for each event whose version is too low for changes that do not break compatibility in the mode: a consumer knows
 * only by the minor version that an event may contain something new.
 */
export function lowVersionProblems(diffs: readonly EventChange[], options: ChangeProblemOptions): Problem[] {
  const { mode, severity, since } = options;
  return diffs.flatMap((event): Problem[] => {
    const { type, from, to } = event;
    if (from === undefined || to === undefined || isBreaking(event, mode)) return [];
    const lowest = raiseVersion(from, ['minor', 'major'].includes(requiredBump(event, mode)) ? 'minor' : 'none');
    if (compareVersions(to, lowest) >= 0) return [];
    const became = from === to ? `the version is still ${to}` : `version ${from} became ${to}`;
    const changes = [...new Set(event.changes.filter(needsMinor).map(({ code }) => code))].join(', ');
    return [
      {
        code: 'VERSION_TOO_LOW',
        severity,
        ...placeOfEvent(event, options),
        message: `${type}, since ${since}: ${became}, but ${changes} needs at least ${lowest}`,
        hint: `write \`x-event-version: ${lowest}\`, or let \`hyvve-events release\` raise the version`,
      },
    ];
  });
}

function placeOfEvent({ type }: EventChange, { events, placeOf, catalog }: ChangeProblemOptions): SourceLocation {
  const event = events.find((each) => each.type === type);
  return event === undefined ? { file: catalog, line: 1, column: 1 } : placeOf(event.source);
}

function hintOf({ kind, type, to, from }: EventChange): string {
  if (kind === 'removed') {
    return 'deprecate it until its entries are older than the retention, or raise the major version of the catalog’s `info.version`';
  }
  const major = Number.parseInt(to ?? from ?? '1', 10) + 1;
  return `deprecate the old form and add the new one next to it, or announce the change with \`x-event-version: ${major}.0.0\` and say how its data is converted: \`hyvve-events upcaster ${type}\``;
}
