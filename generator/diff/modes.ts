/** Compatibility modes: which old and new versions must understand each other; with `_transitive`, all versions in the retention. */
export const compatibilityModes = [
  'backward',
  'backward_transitive',
  'forward',
  'forward_transitive',
  'full',
  'full_transitive',
] as const;

export type CompatibilityMode = (typeof compatibilityModes)[number];

/** Old events under the new catalog (`backward`), new events under the old one (`forward`). */
export type Direction = 'backward' | 'forward';

/** The directions that a mode checks. */
export function directionsOf(mode: CompatibilityMode): readonly Direction[] {
  if (mode.startsWith('full')) return ['backward', 'forward'];
  return mode.startsWith('backward') ? ['backward'] : ['forward'];
}

/** Whether a mode checks every version in the retention, not only the last one. */
export function isTransitive(mode: CompatibilityMode): boolean {
  return mode.endsWith('_transitive');
}
