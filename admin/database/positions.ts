import { parsePosition, positionOf as positionText } from '@hyvve-events/runtime';

/** The position of an entry as numbers: the two parts of its stream id, and its partition. */
export interface Position {
  readonly ms: number;
  readonly seq: number;
  readonly part: number;
}

/** Parses a position such as `1732406400000-0.5`; undefined if the text is not one. */
export function positionOf(text: string): Position | undefined {
  const { streamId = '', partition: part = 0 } = parsePosition(text) ?? {};
  const [, ms, seq] = /^(\d{1,16})-(\d{1,16})$/.exec(streamId) ?? [];
  const position = { ms: Number(ms), seq: Number(seq), part };
  return Number.isSafeInteger(position.ms) && Number.isSafeInteger(position.seq) ? position : undefined;
}

/** Formats a position as text. */
export function formatPosition({ ms, seq, part }: Position): string {
  return positionText(`${ms}-${seq}`, part);
}

/** Compare function for sorting, oldest first. */
export function comparePositions(a: Position, b: Position): number {
  return a.ms - b.ms || a.seq - b.seq || a.part - b.part;
}
