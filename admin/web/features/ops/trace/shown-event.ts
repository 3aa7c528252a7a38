import type { TraceNode } from './tree.js';

/** An event with what the graph and the timeline show. */
export interface ShownEvent extends TraceNode {
  readonly type: string;
  /** As in the envelope. */
  readonly version: string;
  readonly source: string;
}
