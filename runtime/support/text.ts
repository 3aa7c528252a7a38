/** Whether `text` has no half of a surrogate pair: only such text has a form in UTF-8. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormedText).isWellFormed();
}

/**
 * At most `maxLength` UTF-16 units of `text`, cut between whole characters and well formed. What JSON escapes as half of a
 * surrogate pair is refused by Redis's Lua and by other languages, so that no stored text may have one.
 */
export function cutText(text: string, maxLength: number): string {
  let cut = text;
  if (text.length > maxLength) {
    const last = text.charCodeAt(maxLength - 1);
    const isHigh = last >= 0xd800 && last <= 0xdbff;
    cut = text.slice(0, isHigh ? maxLength - 1 : maxLength);
  }
  return isWellFormed(cut) ? cut : (cut as unknown as WellFormedText).toWellFormed();
}

/** Node 20 has these; the types of ES2023 do not. */
interface WellFormedText {
  isWellFormed(): boolean;
  toWellFormed(): string;
}
