/** A number with its noun: `1 event`, `2 events`. @param plural Default: the noun with an `s`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
