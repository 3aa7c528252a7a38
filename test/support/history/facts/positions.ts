/** Orders positions of the stream or the log: `<milliseconds>-<number>`. Other texts are ordered as texts. */
export function comparePositions(a: string, b: string): number {
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-')) return a < b ? -1 : a > b ? 1 : 0;
  const [aMs = '', aNumber = ''] = a.split('-');
  const [bMs = '', bNumber = ''] = b.split('-');
  return compareDigits(aMs, bMs) || compareDigits(aNumber, bNumber);
}

/** Whether a text is a position. An edited event has none in the stream. */
export function isPosition(text: string): boolean {
  return /^\d+-\d+$/.test(text);
}

/** The time in a position: milliseconds since 1970 by Redis's clock. */
export function timeOfPosition(position: string): number {
  return Number(position.slice(0, position.indexOf('-')));
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
