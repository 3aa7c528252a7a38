/** What makes a tree of events. */
export interface Caused {
  readonly eventId: string;
  readonly causationId: string | null;
}

export interface TreeNode<Row> {
  readonly row: Row;
  /** Causes above it. */
  readonly depth: number;
  /** Ids of the events it caused. */
  readonly effects: readonly string[];
}

/** Each cause before its effects, depth first. What names a cause that is not there, or that it caused itself, is a root. */
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
  // Events that are each other's cause have no root: they are shown from the oldest.
  for (const row of rows) place(row);
  return nodes;
}
