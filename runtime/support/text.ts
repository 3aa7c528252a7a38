/** Whether `text` is well-formed Unicode: text with a lone surrogate cannot be encoded in UTF-8. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormedText).isWellFormed();
}

/**
 * The first `maxLength` UTF-16 units of `text`, cut between characters and well formed. Redis's Lua and other languages
 * refuse the JSON escape of a lone surrogate, so stored texts must not contain one.
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
