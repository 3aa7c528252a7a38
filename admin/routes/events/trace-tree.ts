/** The fields that determine the tree of events. */
export interface Caused {
  readonly eventId: string;
  readonly causationId: string | null;
}

export interface TreeNode<Row> {
  readonly row: Row;
  /** Number of causes above the event. */
  readonly depth: number;
  /** Ids of the events that it caused. */
  readonly effects: readonly string[];
}

/** Sorts events so that each cause is before its effects, depth first. An event whose cause is missing or itself is a root. */
export function inTreeOrder<Row extends Caused>(rows: readonly Row[]): readonly TreeNode<Row>[] {
  const ids = new Set(rows.map(({ eventId }) => eventId));
  const effects = new Map<string, Row[]>();
  const roots: Row[] = [];
  for (const row of rows) {
    const { causationId, eventId } = row;
    if (causationId === null || causationId === eventId || !ids.has(causationId)) roots.push(row);
    else effects.set(causationId, [...(effects.get(causationId) ?? []), row]);
  }
  const placed = new Set<Row>();
  const nodes: TreeNode<Row>[] = [];
  const place = (start: Row) => {
    const open = [{ row: start, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { row, depth } = next;
      if (placed.has(row)) continue;
      placed.add(row);
      const own = effects.get(row.eventId) ?? [];
      nodes.push({ row, depth, effects: own.map(({ eventId }) => eventId) });
      for (const effect of own.toReversed()) open.push({ row: effect, depth: depth + 1 });
    }
  };
  for (const root of roots) place(root);
  // Events in a cycle of causes have no root: the oldest one becomes the root.
  for (const row of rows) place(row);
  return nodes;
}
