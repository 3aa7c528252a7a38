/** What compatibility asks for: whose old or new events must still fit, against the last version or all that are kept. */
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

/** The directions that a mode asks for. */
export function directionsOf(mode: CompatibilityMode): readonly Direction[] {
  if (mode.startsWith('full')) return ['backward', 'forward'];
  return mode.startsWith('backward') ? ['backward'] : ['forward'];
}

/** Whether a mode asks about every version that is kept, not the last alone. */
export function isTransitive(mode: CompatibilityMode): boolean {
  return mode.endsWith('_transitive');
}
