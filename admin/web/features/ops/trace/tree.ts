/** What the parts of a trace have to know of an event. Events come depth first, each cause before its effects. */
export interface TraceNode {
  readonly id: string;
  readonly status: string;
  /** Causes above it. */
  readonly depth: number;
  /** Since the trace started, in milliseconds. */
  readonly offsetMs: number;
}

/** Whether an operator should look at it: it failed and waits for a retry, or is a dead letter. */
export function isFault({ status }: Pick<TraceNode, 'status'>): boolean {
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

/** Faults and what led to them, in the same order. */
export function onlyFaults<Node extends TraceNode>(events: readonly Node[]): readonly Node[] {
  const kept: Node[] = [];
  let wanted = -1;
  for (const event of events.toReversed()) {
    if (event.depth !== wanted && !isFault(event)) continue;
    kept.push(event);
    wanted = event.depth - 1;
  }
  return kept.reverse();
}
