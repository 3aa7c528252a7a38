import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';

/** One partition of the event stream: all keys with one hash tag, and therefore on one server. */
export interface Partition {
  /** From 0 on. */
  readonly index: number;
  readonly keys: Keys;
  /** The link to the server that has its keys at present. */
  readonly connection: Link;
}
