import { editsBetween } from '@hyvve-events/runtime/codegen';

/** The known word that is most similar to a misspelt one; undefined if none is similar. */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.min(3, Math.floor(word.length / 3)));
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > most) continue;
    const distance = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= most && (best === undefined || distance < best.distance)) best = { word: candidate, distance };
  }
  return best?.word;
}
