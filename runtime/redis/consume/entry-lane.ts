import type { KeyQueues } from './key-queues.js';
import type { EnteredDeliveries } from './key-queues.lua.js';
import type { LaneSpec } from './lane-spec.js';
import type { RawEntry } from './raw-entry.js';

/** A lane as those see it who get its entries from Redis: by a read or by taking over. */
export interface EntryLane {
  readonly spec: LaneSpec;
  readonly queues: KeyQueues;
  /**
   * Accepts an entry. @param completedHandlers Handlers that have completed it in an earlier delivery.
   * @param heldSince When the call that delivered it was sent, by `performance.now()`.
   * @param entered Undefined if the group has no ordered handlers.
   */
  accept(
    entry: RawEntry,
    deliveryCount: number,
    completedHandlers: readonly string[],
    heldSince: number,
    entered: EnteredDeliveries | undefined,
  ): void;
  /** Creates the group again if it is missing. */
  ensureGroup(): Promise<void>;
}
