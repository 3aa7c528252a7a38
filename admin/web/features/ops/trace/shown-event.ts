import type { TraceNode } from './tree.js';

/** An event with what the graph and the timeline show. */
export interface ShownEvent extends TraceNode {
  readonly type: string;
  readonly source: string;
}
