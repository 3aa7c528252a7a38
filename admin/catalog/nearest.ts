import { editsBetween } from '@hyvve-events/runtime/codegen';

/** Known names that are similar to an unknown one, most similar first, at most three. */
export function nearest(name: string, known: Iterable<string>): readonly string[] {
  const limit = Math.max(3, Math.floor(name.length / 3));
  return [...known]
    .map((candidate) => ({ candidate, distance: editsBetween(name.slice(0, 200), candidate.slice(0, 200)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
