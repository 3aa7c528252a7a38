/**
 * Orders positions of the stream or the log: `<milliseconds>-<number>`, and `.<partition>` except in partition 0. Positions of different
 * partitions say only for the events of one key which one was published first. Other texts are ordered as texts.
 */
export function comparePositions(a: string, b: string): number {
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-') && !a.includes('.')) return a < b ? -1 : a > b ? 1 : 0;
  const [aMs = '', aNumber = '', aPartition = ''] = a.split(/[-.]/);
  const [bMs = '', bNumber = '', bPartition = ''] = b.split(/[-.]/);
  return compareDigits(aMs, bMs) || compareDigits(aNumber, bNumber) || compareDigits(aPartition, bPartition);
}

/** Whether a text is a position. An edited event has none in the stream. */
export function isPosition(text: string): boolean {
  return /^\d+-\d+(\.\d+)?$/.test(text);
}

/** The index of the partition that has a position. */
export function partitionOfPosition(position: string): number {
  return Number(position.split('.')[1] ?? 0);
}

/** The time in a position: milliseconds since 1970 by Redis's clock. */
export function timeOfPosition(position: string): number {
  return Number(position.slice(0, position.indexOf('-')));
}

function compareDigits(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
