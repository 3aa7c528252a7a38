/** Formats indexes, ascending, with ranges for three and more in a row: `0, 4–7, 9`. */
export function listOf(indexes: readonly number[]): string {
  return rangesOf(indexes.map((index) => ({ from: index, to: index }))).join(', ');
}

/** Formats ranges, ascending; adjacent ones are joined: `0–5460`. */
export function rangesOf(ranges: readonly { readonly from: number; readonly to: number }[]): readonly string[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && last.to + 1 === from) last.to = to;
    else joined.push({ from, to });
  }
  return joined.flatMap(({ from, to }) => {
    if (from === to) return [String(from)];
    return to === from + 1 ? [String(from), String(to)] : [`${from}–${to}`];
  });
}
