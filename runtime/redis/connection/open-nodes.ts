import { ClusterNodes } from './cluster-nodes.js';
import type { Nodes, NodesOptions } from './nodes.js';
import { SingleNode } from './single-node.js';

/** The nodes of a target. They connect at the first use. */
export function openNodes(options: NodesOptions): Nodes {
  return options.target.cluster === undefined ? new SingleNode(options) : new ClusterNodes(options);
}
