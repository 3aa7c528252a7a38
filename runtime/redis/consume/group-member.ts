import type { HandlerSet } from '../../handle/handler-set.js';
import type { Logger } from '../../logger.js';
import type { Link } from '../connection/link.js';
import type { GroupKeys, Keys } from '../store/keys.js';

/** This process as a member of a consumer group: common dependencies of all parts of a consumer. */
export interface GroupMember {
  /** The bus's connection, for every call that does not block. */
  readonly connection: Link;
  readonly keys: Keys;
  readonly group: GroupKeys;
  /** Name of this consumer in the group. */
  readonly consumer: string;
  readonly handlers: HandlerSet;
  readonly logger: Logger;
  /** Time without a renewal after which another process takes over the deliveries of this process, in milliseconds. */
  readonly leaseMs: number;
}
