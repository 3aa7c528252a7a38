import { EventBusError } from '../errors.js';
import type { AnyEventDefinition, OlderVersion } from './definition.js';
import { parseVersion, relateVersion } from './versions.js';

/** Index in `older` of the major version of an event; -1 if the build no longer reads it. */
export function indexOfOlder(older: readonly OlderVersion[], version: string): number {
  const major = parseVersion(version)?.[0];
  for (let index = 0; index < older.length; index += 1) if (older[index]?.major === major) return index;
  return -1;
}

/** The older major version to which an event of `version` belongs; undefined if the build no longer reads it, or it is the present one. */
export function olderVersionOf({ older = [] }: AnyEventDefinition, version: string): OlderVersion | undefined {
  return older[indexOfOlder(older, version)];
}

/**
 * Whether a build may decide the outcome of an event of this version: the version is not newer than the one that the build knows
 * of the same major version.
 */
export function canDecide(definition: AnyEventDefinition, version: string): boolean {
  const relation = relateVersion(version, definition.version);
  if (relation !== 'older-major') return relation === 'known';
  const older = olderVersionOf(definition, version);
  return older === undefined || relateVersion(version, older.version) === 'known';
}

/** Definitions by event type. @throws EventBusError `CONFIG_INVALID` if the older versions of one cannot be used */
export function definitionsByType(definitions: readonly AnyEventDefinition[]): Map<string, AnyEventDefinition> {
  for (const definition of definitions) checkOlderVersions(definition);
  return new Map(definitions.map((definition) => [definition.type, definition]));
}

/**
 * Checks the older versions of a definition: ascending majors below the event's own, each with its functions.
 * @throws EventBusError `CONFIG_INVALID`
 */
export function checkOlderVersions({ type, version, older }: AnyEventDefinition): void {
  if (older === undefined) return;
  const problem = Array.isArray(older) ? problemOf(older, version) : 'must be a list';
  if (problem === undefined) return;
  const message = `the definition of ${type} ${version} cannot be used: \`older\` ${problem}; generate the SDK again`;
  throw new EventBusError('CONFIG_INVALID', message);
}

function problemOf(older: readonly (Partial<OlderVersion> | null | undefined)[], version: string): string | undefined {
  const present = typeof version === 'string' ? parseVersion(version)?.[0] : undefined;
  if (present === undefined) return 'requires that the event has a version major.minor.patch';
  let former = -1;
  for (const [index, item] of older.entries()) {
    const { major, version: released, validate, upcast } = item ?? {};
    if (typeof released !== 'string' || typeof validate !== 'function' || typeof upcast !== 'function') {
      return `must have version, validate and upcast at index ${index}`;
    }
    if (typeof major !== 'number' || parseVersion(released)?.[0] !== major) {
      return `must have a version of its major at index ${index}`;
    }
    if (major <= former) return 'must be in ascending order of the majors';
    if (major >= present) return `must have only majors below ${present}`;
    former = major;
  }
  return undefined;
}
