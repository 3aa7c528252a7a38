import { checkedElsewhere, type OptionTable, orUnlimited, wholeNumber } from '../options.js';
import { type Argument, anyId, type CallTable, type PageQuery, pageQuery } from './call-arguments.js';
import { type Actor, actor, type Page } from './dead-letter.js';

/** One handler of one group. */
export interface HandlerTarget {
  readonly group: string;
  /** The handler's name within the group. */
  readonly handler: string;
}

/** Which events to deliver again, and to which handlers. An omitted field does not restrict the replay. */
export interface ReplayRequest {
  /** Start of the range, by the time at which events were written. Default: the oldest event in the stream. */
  readonly from?: Date | string;
  /** End of the range, inclusive; at most the start of the replay. Default: the start of the replay. */
  readonly to?: Date | string;
  /** Event types or patterns (`*`, `approval.*`, `approval.item.*`). Default: every type. */
  readonly eventTypes?: readonly string[];
  /** Only events of this tenant. */
  readonly tenantId?: string;
  /** Groups of which every matching handler gets the events, in addition to `handlers`. Default: all groups, or none if `handlers` is set. */
  readonly groups?: readonly string[];
  /** Single handlers that get the events. */
  readonly handlers?: readonly HandlerTarget[];
  /** Maximum number of events per second that are delivered to the groups. Default 1,000. */
  readonly ratePerSecond?: number;
}

/** {@link ReplayRequest} with defaults filled in and all groups listed. */
export interface ReplayPlan {
  /** ISO 8601; absent if the range starts with the oldest event in the stream. */
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
  /** Completed share of the time range, 0 to 1; 1 only for a completed replay. */
  readonly fraction: number;
  /** Number of entries of the stream that were scanned. */
  readonly scanned: number;
  /** Number of events that were delivered to the groups. */
  readonly replayed: number;
  /** Number of skipped entries: they are not valid envelopes and cannot carry the mark of a replay. */
  readonly unreadable: number;
  /** The last scanned entry; undefined before the first. */
  readonly streamId: string | undefined;
}

/** One replay. */
export interface Replay {
  /** Id of the replay: `replay.jobId` in the envelopes that it delivers. */
  readonly jobId: string;
  readonly status: ReplayStatus;
  readonly plan: ReplayPlan;
  readonly progress: ReplayProgress;
  /** The person who started the replay. */
  readonly actor: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Time of the last change, ISO 8601. */
  readonly updatedAt: string;
  /** End of a `completed`, `cancelled` or `failed` replay, ISO 8601. */
  readonly endedAt?: string;
  /** Why the replay `failed`. */
  readonly error?: string;
}

/** What a replay would deliver. */
export interface ReplayCount {
  /** Number of events that at least one of the selected handlers would get. */
  readonly events: number;
  /** The same number by event type. */
  readonly byType: Readonly<Record<string, number>>;
  /** Number of entries of the range that are not valid envelopes: a replay skips them. */
  readonly unreadable: number;
  /** Number of scanned entries. */
  readonly scanned: number;
  /** False if counting stopped at `maxScanned` entries: the figures then cover only these entries. */
  readonly complete: boolean;
  readonly plan: ReplayPlan;
}

export interface CountOptions {
  /** Maximum number of entries to scan. Default 1,000,000. */
  readonly maxScanned?: number;
}

/**
 * Replays, for operators. A replay reads the event stream and delivers each event of its range again to the requested groups
 * or handlers. Live events have priority: a replay uses only the slots that they leave free.
 */
export interface Replays {
  /**
   * Counts the events that a replay would deliver, without delivering them. Reads the whole range.
   * @throws EventBusError `REPLAY_INVALID`
   */
  count(request: ReplayRequest, options?: CountOptions): Promise<ReplayCount>;
  /**
   * Starts a replay. It runs in the background, in this operator or another one that runs replays. If that process dies,
   * another one continues at the same position.
   * @throws EventBusError `REPLAY_INVALID`
   */
  start(request: ReplayRequest, by: Actor): Promise<Replay>;
  /** The replay with this id; undefined if there is none. */
  get(jobId: string): Promise<Replay | undefined>;
  /** The replays, newest first. */
  list(query?: PageQuery): Promise<Page<Replay>>;
  /**
   * Stops a waiting or running replay. Events that no process has read yet are removed and are delivered if it is resumed.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when the replay has ended.
   */
  cancel(jobId: string, by: Actor): Promise<Replay>;
  /**
   * Continues a cancelled or failed replay after the last scanned entry.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when the replay is not cancelled or failed.
   */
  resume(jobId: string, by: Actor): Promise<Replay>;
}

// `planReplay` checks the request.
const request: Argument = { name: 'request', check: checkedElsewhere };
const jobId: Argument = { name: 'jobId', check: anyId };

const countFields: OptionTable<CountOptions> = { maxScanned: { check: orUnlimited(wholeNumber(0)) } };

/** Arguments of the calls for replays. */
export const replayCalls: CallTable<Replays> = {
  count: [request, { name: 'options', optional: true, fields: countFields }],
  start: [request, actor],
  get: [jobId],
  list: [pageQuery(anyId)],
  cancel: [jobId, actor],
  resume: [jobId, actor],
};
