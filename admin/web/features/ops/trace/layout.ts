import { causesOf, type TraceNode } from './tree.js';

/** A box of the graph; places in pixels. */
export interface TraceBox<Node extends TraceNode> {
  readonly event: Node;
  readonly x: number;
  readonly y: number;
}

/** A line from a cause to its effect. */
export interface TraceLine {
  readonly from: string;
  readonly to: string;
}

export interface TraceLayout<Node extends TraceNode> {
  readonly boxes: readonly TraceBox<Node>[];
  readonly lines: readonly TraceLine[];
  readonly width: number;
  readonly height: number;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** Sizes in pixels. */
export const boxSize = { width: 250, height: 52 } as const;
const gap = { x: 70, y: 12 } as const;
const step = { x: boxSize.width + gap.x, y: boxSize.height + gap.y };

/**
 * A column for each depth; the first effect is to the right of its cause, the others below it. So the root is
 * always at the top left, and the trace is read to the right and down.
 */
export function layoutTrace<Node extends TraceNode>(events: readonly Node[]): TraceLayout<Node> {
  const causes = causesOf(events);
  let row = -1;
  let before: Node | undefined;
  const boxes = events.map((event): TraceBox<Node> => {
    const isFirstEffect = before !== undefined && causes.get(event.id) === before;
    if (!isFirstEffect) row += 1;
    before = event;
    return { event, x: event.depth * step.x, y: row * step.y };
  });
  return {
    boxes,
    lines: [...causes].map(([to, { id: from }]) => ({ from, to })),
    width: Math.max(0, ...boxes.map(({ x }) => x + boxSize.width)),
    height: Math.max(0, (row + 1) * step.y - gap.y),
  };
}

/** The box that an arrow key leads to: the cause, the first effect, the box above or below of the same depth. */
export function neighbourOf<Node extends TraceNode>(
  { boxes, lines }: TraceLayout<Node>,
  id: string,
  direction: Direction,
): TraceBox<Node> | undefined {
  const at = boxes.findIndex(({ event }) => event.id === id);
  const own = boxes[at];
  if (own === undefined) return undefined;
  const named = (other: string | undefined) => boxes.find(({ event }) => event.id === other);
  const isSameColumn = ({ x }: TraceBox<Node>) => x === own.x;
  switch (direction) {
    case 'left':
      return named(lines.find(({ to }) => to === id)?.from);
    case 'right':
      return named(lines.find(({ from }) => from === id)?.to);
    case 'up':
      return boxes.slice(0, at).findLast(isSameColumn);
    case 'down':
      return boxes.slice(at + 1).find(isSameColumn);
  }
}
