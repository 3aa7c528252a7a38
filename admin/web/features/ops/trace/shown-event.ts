import type { TraceNode } from './tree.js';

/** An event as graph and timeline show it. */
export interface ShownEvent extends TraceNode {
  readonly type: string;
  readonly source: string;
}
