/** `cuid2`: a letter, then 1 to 31 characters `0-9a-z`; the same as `isCuid` of the package `@paralleldrive/cuid2`. */
export function isCuid2(text: string): boolean {
  return /^[a-z][0-9a-z]{1,31}$/.test(text);
}
