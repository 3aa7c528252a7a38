import { editsBetween } from '@hyvve-events/runtime/codegen';

/** The known names nearest to one that is not, best first: at most three, and none that is far. */
export function nearest(name: string, known: Iterable<string>): readonly string[] {
  const limit = Math.max(3, Math.floor(name.length / 3));
  return [...known]
    .map((candidate) => ({ candidate, distance: editsBetween(name.slice(0, 200), candidate.slice(0, 200)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
