import { checkedElsewhere, type OptionTable, orUnlimited, wholeNumber } from '../options.js';
import { type Argument, anyId, type CallTable, type PageQuery, pageQuery } from './call-arguments.js';
import { type Actor, actor, type Page } from './dead-letter.js';

/** One handler of one group. */
export interface HandlerTarget {
  readonly group: string;
  /** The handler's name within the group. */
  readonly handler: string;
}

/** Which events to deliver again, and to which handlers. A field that is left out restricts nothing. */
export interface ReplayRequest {
  /** First time of the range, by the time events were written. Default: all that is retained. */
  readonly from?: Date | string;
  /** Last time of the range, inclusive. Default: what is in the stream when the replay starts; never more than that. */
  readonly to?: Date | string;
  /** Event types or patterns (`*`, `approval.*`, `approval.item.*`). Default: every type. */
  readonly eventTypes?: readonly string[];
  /** Only events of this tenant. */
  readonly tenantId?: string;
  /** Groups whose every matching handler gets the events. With `handlers`: in addition to those. Default: all groups. */
  readonly groups?: readonly string[];
  /** Single handlers that get the events. */
  readonly handlers?: readonly HandlerTarget[];
  /** Events handed to the groups a second at most. Default 1,000. */
  readonly ratePerSecond?: number;
}

/** {@link ReplayRequest} as it is carried out: with defaults filled in and the groups named. */
export interface ReplayPlan {
  /** ISO 8601; absent where the range starts with what is retained. */
  readonly from?: string;
  /** ISO 8601. */
  readonly to: string;
  readonly eventTypes: readonly string[];
  readonly tenantId?: string;
  readonly groups: readonly string[];
  readonly handlers: readonly HandlerTarget[];
  readonly ratePerSecond: number;
}

/**
 * The status of a replay: `waiting` for a process to run it, `running`, `completed` (all events of its range were delivered
 * to the groups), `cancelled` by an operator, or `failed` (see its `error`).
 */
export type ReplayStatus = 'waiting' | 'running' | 'completed' | 'cancelled' | 'failed';

export interface ReplayProgress {
  /** How much of the range is done, 0 to 1, by time. */
  readonly fraction: number;
  /** Entries of the stream looked at. */
  readonly scanned: number;
  /** Events passed on to the groups. */
  readonly replayed: number;
  /** Entries passed over because they are no envelope: they cannot say that they are replayed. */
  readonly unreadable: number;
  /** The last entry looked at; undefined before the first. */
  readonly streamId: string | undefined;
}

/** One replay. */
export interface Replay {
  /** Stands in the envelopes it delivers, as `replay.jobId`. */
  readonly jobId: string;
  readonly status: ReplayStatus;
  readonly plan: ReplayPlan;
  readonly progress: ReplayProgress;
  /** Who started it. */
  readonly actor: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; of its last change. */
  readonly updatedAt: string;
  /** ISO 8601, when it is `completed`, `cancelled` or `failed`. */
  readonly endedAt?: string;
  /** Why it `failed`. */
  readonly error?: string;
}

/** What a replay would do. */
export interface ReplayCount {
  /** Events that would be handed to the groups: those that at least one of the handlers chosen gets. */
  readonly events: number;
  /** Of those, by type. */
  readonly byType: Readonly<Record<string, number>>;
  /** Entries of the range that are no envelope: a replay passes them over. */
  readonly unreadable: number;
  /** Entries looked at. */
  readonly scanned: number;
  /** False when counting stopped at `maxScanned` entries: the figures are of the part before that. */
  readonly complete: boolean;
  readonly plan: ReplayPlan;
}

export interface CountOptions {
  /** Entries to look at, at most. Default 1,000,000. */
  readonly maxScanned?: number;
}

/**
 * Replays, for operators. A replay reads the event stream and hands each event of its range once more to the groups or
 * handlers asked for, beside live events and only in slots that those leave free.
 */
export interface Replays {
  /**
   * Counts what a replay would hand on, without doing it. Reads the range.
   * @throws EventBusError `REPLAY_INVALID`
   */
  count(request: ReplayRequest, options?: CountOptions): Promise<ReplayCount>;
  /**
   * Starts one. It is carried out in the background, by this operator or another that runs replays, and goes on where
   * it was when the process that runs it dies.
   * @throws EventBusError `REPLAY_INVALID`
   */
  start(request: ReplayRequest, by: Actor): Promise<Replay>;
  /** One by its id; undefined when there is none. */
  get(jobId: string): Promise<Replay | undefined>;
  /** The replays, newest first. */
  list(query?: PageQuery): Promise<Page<Replay>>;
  /**
   * Stops one that waits or runs. What no group was delivered yet is taken back, and comes when it is resumed.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when it is over.
   */
  cancel(jobId: string, by: Actor): Promise<Replay>;
  /**
   * Goes on with one that was cancelled or has failed, after the last entry it looked at.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when it is neither.
   */
  resume(jobId: string, by: Actor): Promise<Replay>;
}

// The plan that is made of it checks a request.
const request: Argument = { name: 'request', check: checkedElsewhere };
const jobId: Argument = { name: 'jobId', check: anyId };

const countFields: OptionTable<CountOptions> = { maxScanned: { check: orUnlimited(wholeNumber(0)) } };

/** What the calls about replays are given. */
export const replayCalls: CallTable<Replays> = {
  count: [request, { name: 'options', optional: true, fields: countFields }],
  start: [request, actor],
  get: [jobId],
  list: [pageQuery(anyId)],
  cancel: [jobId, actor],
  resume: [jobId, actor],
};
