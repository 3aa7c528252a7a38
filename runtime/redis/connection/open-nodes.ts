import type { Nodes, NodesOptions } from './nodes.js';
import { SingleNode } from './single-node.js';

/** The nodes of a target. They connect at the first use. */
export function openNodes(options: NodesOptions): Nodes {
  return new SingleNode(options);
}
