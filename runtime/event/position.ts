import { compareStreamIds, isStreamId } from './stream-id.js';

/**
 * The place of an entry among all partitions: its stream id, followed by `.` and its partition unless that is 0, as in
 * `1732406400000-0.5`. With one partition, positions are stream ids.
 */
export function positionOf(streamId: string, partition: number): string {
  return partition === 0 ? streamId : `${streamId}.${partition}`;
}

/** The parts of a position; undefined if `text` is none. */
export function parsePosition(text: string): { readonly streamId: string; readonly partition: number } | undefined {
  const [, streamId, partition = '0'] = /^(\d+-\d+)(?:\.([1-9]\d{0,3}))?$/.exec(text) ?? [];
  return streamId !== undefined && isStreamId(streamId) ? { streamId, partition: Number(partition) } : undefined;
}

/** Orders positions by time, sequence number and partition. Texts that are no positions are before all others. */
export function comparePositions(a: string, b: string): number {
  const [first, second] = [parsePosition(a), parsePosition(b)];
  if (first === undefined || second === undefined) return Number(first !== undefined) - Number(second !== undefined);
  return compareStreamIds(first.streamId, second.streamId) || first.partition - second.partition;
}
