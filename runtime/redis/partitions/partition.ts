import type { Link } from '../connection/link.js';
import type { Nodes } from '../connection/nodes.js';
import { type Keys, partitionKeys, partitionTag } from '../store/keys.js';

/** One partition of the event stream: all keys with one hash tag, and therefore on one server. */
export interface Partition {
  /** From 0 on. */
  readonly index: number;
  readonly keys: Keys;
  /** The link to the server that has its keys at present. */
  readonly connection: Link;
}

/** The partition with this index, on the server that has its keys. */
export function partitionOn(nodes: Pick<Nodes, 'link'>, prefix: string, index: number): Partition {
  return { index, keys: partitionKeys(prefix, index), connection: nodes.link(partitionTag(prefix, index)) };
}
