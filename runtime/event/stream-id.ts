/** The largest number in a stream id: each part is an unsigned 64-bit number. */
const largest = 2n ** 64n - 1n;

/** Whether `text` is a complete stream id: `1700000000000-0`. Redis refuses any other text. */
export function isStreamId(text: string): boolean {
  if (!/^\d{1,20}-\d{1,20}$/.test(text)) return false;
  return text.split('-').every((part) => BigInt(part) <= largest);
}

/** Orders stream ids. */
export function compareStreamIds(a: string, b: string): number {
  // Parts of equal length can be compared as text, which covers nearly all ids.
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-')) return a < b ? -1 : a > b ? 1 : 0;
  const [aMs = '', aSeq = '0'] = a.split('-');
  const [bMs = '', bSeq = '0'] = b.split('-');
  return aMs.length - bMs.length || (aMs < bMs ? -1 : aMs > bMs ? 1 : Number(aSeq) - Number(bSeq));
}
