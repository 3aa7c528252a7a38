import { type Bump, greatestBump } from '../support/versions.js';
import type { ChangeDetail, EventChange } from './change.js';
import { type CompatibilityMode, directionsOf } from './modes.js';

/** Changes that the version of an event does not count: of its version, of its names, and of the services that use it. */
const notOfTheEvent: readonly string[] = [
  'EVENT_ADDED',
  'EVENT_REMOVED',
  'KEY_CHANGED',
  'STREAM_CHANGED',
  'SENDER_ADDED',
  'SENDER_REMOVED',
  'RECEIVER_ADDED',
  'RECEIVER_REMOVED',
  'VERSION_RAISED',
  'VERSION_LOWERED',
];

/**
 * How much an event's version must rise for its changes: `major` if old data must be converted or the mode requires it, `minor`
 * if consumers may receive something new, `patch` if only texts changed.
 */
export function requiredBump({ changes }: Pick<EventChange, 'changes'>, mode: CompatibilityMode): Bump {
  return greatestBump(changes.map((change) => bumpOf(change, mode)));
}

function bumpOf(change: ChangeDetail, mode: CompatibilityMode): Bump {
  const { code, against } = change;
  if (notOfTheEvent.includes(code)) return 'none';
  if (against.includes('backward') || against.some((direction) => directionsOf(mode).includes(direction)))
    return 'major';
  return needsMinor(change) ? 'minor' : 'patch';
}

/** Whether a change is a reason why a minor version must rise, or an older version than before. */
export function needsMinor({ code, against }: ChangeDetail): boolean {
  return code === 'VERSION_LOWERED' || code === 'PROPERTY_ADDED' || against.length > 0;
}
