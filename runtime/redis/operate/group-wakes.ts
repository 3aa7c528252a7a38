import type { Logger } from '../../logger.js';
import type { Nodes } from '../connection/nodes.js';
import { probeJobs } from '../connection/permissions.js';
import { GroupWaker } from '../maintain/group-jobs.js';
import { timerTag } from '../store/keys.js';

export interface GroupWakesOptions {
  readonly nodes: Nodes;
  /** Option of the bus. */
  readonly prefix: string;
  readonly logger: Logger;
}

/** Makes groups claim due retries now, not at their next sweep: each group has one queue for all partitions. */
export class GroupWakes {
  readonly #options: GroupWakesOptions;
  readonly #waker: GroupWaker;
  /** Group → the check whether Redis permits BullMQ's commands. */
  readonly #permitted = new Map<string, Promise<void>>();

  constructor(options: GroupWakesOptions) {
    this.#options = options;
    const { nodes, prefix, logger } = options;
    this.#waker = new GroupWaker({ newClient: (tag, name) => nodes.jobsClient(tag, name), prefix, logger });
  }

  /** Does not wait for Redis, and never throws. */
  wake(group: string): void {
    const { nodes, prefix, logger } = this.#options;
    let permitted = this.#permitted.get(group);
    if (permitted === undefined) {
      // Checked first: BullMQ retries a command that is not permitted endlessly, which blocks the event loop.
      const tag = timerTag(prefix, group);
      const link = nodes.link(tag);
      permitted = link.ask(() => probeJobs(link, tag));
      this.#permitted.set(group, permitted);
    }
    permitted
      .then(() => this.#waker.wake(group))
      .catch((error: unknown) => {
        this.#permitted.delete(group);
        logger.debug({ err: error }, 'could not wake the group; its next sweep finds the retry');
      });
  }

  close(): void {
    this.#waker.close();
  }
}
