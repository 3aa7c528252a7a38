import type { DeadLetterReason } from '../../operate/dead-letter.js';
import type { DeadDetail, ScheduledRetry } from '../store/scheduled-retry.js';

/**
 * How one handler's part of a delivery ended. `logDetail` is the detail of its line in the transition log, as JSON. `queueKey` is that of
 * the key queue that the delivery leaves, see `queueKeyOf`; absent if it leaves none.
 */
export type SettleOperation = Ended & { readonly queueKey?: string | undefined };

type Ended =
  /** `logDetail` is empty for a success at the first attempt, which is not logged. */
  | { readonly kind: 'completed'; readonly handler: string; readonly logDetail: string }
  | {
      readonly kind: 'scheduled';
      readonly handler: string;
      readonly retry: ScheduledRetry;
      readonly delayMs: number;
      readonly logKind: 'failed' | 'deferred';
      readonly logDetail: string;
    }
  | {
      readonly kind: 'dead';
      readonly handler: string;
      readonly reason: DeadLetterReason;
      readonly detail: DeadDetail;
      readonly envelope: string;
      readonly logDetail: string;
      /** Ordered handlers in whose queues an event that could not be read may be. */
      readonly unreadFor?: readonly string[];
    }
  /** It is not the head of its key queue. */
  | {
      readonly kind: 'waiting';
      readonly handler: string;
      readonly retry: ScheduledRetry;
      readonly logDetail: '';
      readonly queueKey: string;
    }
  | {
      readonly kind: 'parked';
      readonly handler: string;
      readonly retry: ScheduledRetry;
      /** Name of the set of parked deliveries. */
      readonly set: string;
      readonly logDetail: string;
    }
  /** The handler does not accept the event of its retry. */
  | { readonly kind: 'skipped'; readonly handler: string; readonly logDetail: string };
