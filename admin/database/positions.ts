/** A stream id as two numbers. */
export interface Position {
  readonly ms: number;
  readonly seq: number;
}

/** Parses a stream id; undefined if the text is not one. */
export function positionOf(streamId: string): Position | undefined {
  const [, ms, seq] = /^(\d{1,16})-(\d{1,16})$/.exec(streamId) ?? [];
  const position = { ms: Number(ms), seq: Number(seq) };
  return Number.isSafeInteger(position.ms) && Number.isSafeInteger(position.seq) ? position : undefined;
}

/** Formats a position as a stream id. */
export function formatPosition({ ms, seq }: Position): string {
  return `${ms}-${seq}`;
}

/** Compare function for sorting, oldest first. */
export function comparePositions(a: Position, b: Position): number {
  return a.ms - b.ms || a.seq - b.seq;
}
