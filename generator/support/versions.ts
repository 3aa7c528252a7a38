import { parseVersion, relateVersion } from '@hyvve-events/runtime/versions';

/** Which part of a version rises. In ascending order, see {@link bumps}. */
export type Bump = (typeof bumps)[number];

/** Ascending. */
export const bumps = ['none', 'patch', 'minor', 'major'] as const;

/** The major number of a version; 0 for a text that is not a version. */
export function majorOf(version: string): number {
  return parseVersion(version)?.[0] ?? 0;
}

/** Negative if `a` is the older version, positive if `b` is. A text that is not a version counts as 0.0.0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a) ?? [0, 0, 0], parseVersion(b) ?? [0, 0, 0]];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** The next version: `raiseVersion('1.4.2', 'minor')` is `1.5.0`. */
export function raiseVersion(version: string, bump: Bump): string {
  const [major, minor, patch] = parseVersion(version) ?? [0, 0, 0];
  if (bump === 'none') return version;
  if (bump === 'major') return `${major + 1}.0.0`;
  return bump === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** The greatest of some bumps; `none` if there are none. */
export function greatestBump(all: Iterable<Bump>): Bump {
  let greatest: Bump = 'none';
  for (const bump of all) if (bumps.indexOf(bump) > bumps.indexOf(greatest)) greatest = bump;
  return greatest;
}

/** Whether a version has the same major and a newer minor than another one. */
export function isNewerMinor(version: string, than: string): boolean {
  return relateVersion(version, than) === 'newer-minor';
}
