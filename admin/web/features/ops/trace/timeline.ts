import type { TraceNode } from './tree.js';

/** The time from an event to its last effect, as a part of the trace. */
export interface Bar<Node extends TraceNode> {
  readonly event: Node;
  /** Where it was written, 0 to 1. */
  readonly start: number;
  /** Where the last of its effects was written, 0 to 1. */
  readonly end: number;
}

/** A mark on the time scale. */
export interface Tick {
  readonly offsetMs: number;
  /** 0 to 1. */
  readonly place: number;
}

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
const steps: readonly number[] = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 30].map((count) => count * day),
];
const mostTicks = 6;

/** A bar for each event, in the same order: from when it was written to when its last effect was written. */
export function barsOf<Node extends TraceNode>(events: readonly Node[], durationMs: number): readonly Bar<Node>[] {
  const place = (offsetMs: number) => (durationMs <= 0 ? 0 : Math.min(1, offsetMs / durationMs));
  // For each depth: the latest time among the events that were visited below the next event above them.
  const lasts: number[] = [];
  const bars = events.toReversed().map((event): Bar<Node> => {
    const { depth, offsetMs } = event;
    const end = Math.max(offsetMs, lasts[depth + 1] ?? 0);
    lasts.length = Math.min(lasts.length, depth + 1);
    lasts[depth] = Math.max(end, lasts[depth] ?? 0);
    return { event, start: place(offsetMs), end: place(end) };
  });
  return bars.reverse();
}

/** Marks at round times, few enough to be read. */
export function ticksOf(durationMs: number): readonly Tick[] {
  if (durationMs <= 0) return [{ offsetMs: 0, place: 0 }];
  const step = steps.find((one) => durationMs / one <= mostTicks) ?? durationMs / mostTicks;
  const count = Math.floor(durationMs / step);
  return Array.from({ length: count + 1 }, (_, index) => ({
    offsetMs: index * step,
    place: (index * step) / durationMs,
  }));
}
