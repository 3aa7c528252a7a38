/** An event in a trace. Events are in depth-first order, each cause before its effects. */
export interface TraceNode {
  readonly id: string;
  readonly status: string;
  /** Number of causes above it. */
  readonly depth: number;
  /** Since the trace started, in milliseconds. */
  readonly offsetMs: number;
}

/** Whether an event has failed: it waits for a retry, or is a dead letter. */
export function hasFailed({ status }: Pick<TraceNode, 'status'>): boolean {
  return status === 'DLQ' || status === 'FAILED';
}

/** The cause of each event, by the event's id; roots have none. */
export function causesOf<Node extends TraceNode>(events: readonly Node[]): ReadonlyMap<string, Node> {
  const causes = new Map<string, Node>();
  const above: Node[] = [];
  for (const event of events) {
    const cause = event.depth === 0 ? undefined : above[event.depth - 1];
    if (cause !== undefined) causes.set(event.id, cause);
    above.length = event.depth;
    above.push(event);
  }
  return causes;
}

/** Failed events and their causes, in the same order. */
export function failedWithCauses<Node extends TraceNode>(events: readonly Node[]): readonly Node[] {
  const found: Node[] = [];
  let wanted = -1;
  for (const event of events.toReversed()) {
    if (event.depth !== wanted && !hasFailed(event)) continue;
    found.push(event);
    wanted = event.depth - 1;
  }
  return found.reverse();
}
