/**
 * The history of a test: what publishers, handlers, operators and faults did, and when. It is the only input of the history checker, which
 * therefore knows nothing of how the runtime works. Recorders write one record per line, as JSON.
 */
export type HistoryRecord =
  | PublishCall
  | PublishResult
  | PublishFailure
  | ProcessStart
  | ProcessEnd
  | RunStart
  | RunEnd
  | Fault
  | OperatorCall
  | Transition
  | StreamEntry
  | FinalDelivery
  | HistoryEnd;

/** Each record. */
interface At {
  /** Milliseconds since 1970 by this machine's monotonic clock (`performance.timeOrigin + performance.now()`), which tests do not change. */
  readonly at: number;
}

/** One event of a call of `publish` or `publishBatch`, as its caller wrote it. */
export interface DraftRecord {
  readonly type: string;
  readonly tenantId?: string;
  /** The explicit id, if the caller gave one. */
  readonly id?: string;
  readonly idempotencyKey?: string;
  /** How long the key, or the explicit id, is remembered, in milliseconds. */
  readonly rememberedMs?: number;
  /** The key whose order matters; absent: the tenant. */
  readonly key?: string;
  /** Hash of the data. */
  readonly data: string;
}

/** A call of `publish` or `publishBatch` begins. */
export interface PublishCall extends At {
  readonly kind: 'publish';
  /** Unique in the history. */
  readonly call: string;
  readonly process: string;
  readonly drafts: readonly DraftRecord[];
}

/** The call has resolved: its events are acknowledged. */
export interface PublishResult extends At {
  readonly kind: 'acknowledged';
  readonly call: string;
  /** In the order of the drafts. */
  readonly events: readonly { readonly eventId: string; readonly streamId: string; readonly duplicate: boolean }[];
}

/** The call was rejected. Only `OUTCOME_UNKNOWN` leaves open whether its events were written. */
export interface PublishFailure extends At {
  readonly kind: 'rejected';
  readonly call: string;
  readonly code: string;
  /** The event's id, if the error names it. */
  readonly eventId?: string;
}

/** A handler of a process. */
export interface HandlerRecord {
  readonly name: string;
  /** The types that it takes; a name that ends with `*` stands for every type that begins so. */
  readonly types: readonly string[];
  /** Which events it takes. */
  readonly replay: 'also' | 'skip' | 'only';
  /** Runs after the first one, if each fails. */
  readonly maxRetries: number;
  /** The maximum number of its runs at the same time in one process; `Infinity` is `null` in JSON. */
  readonly concurrency: number;
  /** Set when the events of one key must run one after another, in the order of the stream. */
  readonly order?: { readonly whenFailed: 'hold' | 'pass'; readonly whenDead: 'hold' | 'pass' };
}

/** A process has joined its group, and handles events from now on. */
export interface ProcessStart extends At {
  readonly kind: 'process-start';
  /** Unique in the history. */
  readonly process: string;
  /** The group. */
  readonly service: string;
  readonly handlers: readonly HandlerRecord[];
  /** The maximum number of events at the same time; the handlers of one event count once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** How long a delivery that no build can read waits before it is a dead letter `VERSION_AHEAD`. Absent: 7 days. */
  readonly maxParkMs?: number;
  /** Retention of events. Absent: 30 days. */
  readonly eventsMs?: number;
}

/** A process has ended. Runs that it had started and not ended have no outcome. */
export interface ProcessEnd extends At {
  readonly kind: 'process-end';
  readonly process: string;
  readonly how: 'closed' | 'killed';
}

/** A handler was called. */
export interface RunStart extends At {
  readonly kind: 'run-start';
  /** Unique in the history. */
  readonly run: string;
  readonly process: string;
  readonly group: string;
  readonly handler: string;
  readonly eventId: string;
  /** Position of the event; of a replayed one, that of the original. */
  readonly streamId: string;
  readonly type: string;
  readonly tenantId?: string;
  /** The key whose order matters; absent: the tenant. */
  readonly key?: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Set for a replayed event. */
  readonly replayJobId?: string;
  /** Hash of the data that the handler got. Absent if it was converted from another version. */
  readonly data?: string;
}

/** A handler has returned or thrown; the runtime decided on this outcome, which Redis has not recorded yet. */
export interface RunEnd extends At {
  readonly kind: 'run-end';
  readonly run: string;
  readonly outcome: 'completed' | 'failed' | 'dead';
  /** For `failed`: the time until the next run, in milliseconds. */
  readonly retryInMs?: number;
}

/** What a fault may cause. Anything else that a checker finds is a defect. */
export type Effect =
  /** A run may be repeated although it has completed: its outcome was not recorded, or its lease expired. */
  | 'repeat'
  /** Redis may lose what it has acknowledged. */
  | 'loss'
  /** A process may be away for longer than its lease, so that two processes run the same delivery at the same time. */
  | 'overlap';

/** A failure that a test caused, or another change from outside. */
export interface Fault extends At {
  readonly kind: 'fault';
  readonly name: string;
  /** The process that it concerns; absent: all. */
  readonly process?: string;
  /** When its cause was over, on the clock of {@link At}. Absent: it lasts until the end. Its effects may appear later. */
  readonly until?: number;
  readonly effects: readonly Effect[];
}

/** An operator's action that has succeeded. It is recorded afterwards, with the time at which the call began. */
export interface OperatorCall extends At {
  readonly kind: 'operator';
  /** When the call had resolved, on the clock of {@link At}. */
  readonly until: number;
  readonly action: 'retry' | 'edit' | 'discard' | 'replay' | 'retire-group' | 'retry-parked' | 'discard-parked';
  readonly group?: string;
  readonly handler?: string;
  readonly eventId?: string;
  /** For `edit`: the id of the new event. */
  readonly newEventId?: string;
  /** For `replay`. */
  readonly replay?: {
    readonly jobId: string;
    /** Groups whose handlers are targets. `groups` and `handlers` absent: all groups. */
    readonly groups?: readonly string[];
    /** Further targets, as `<group>/<handler>`. */
    readonly handlers?: readonly string[];
    /** Types, or patterns as in {@link HandlerRecord.types}. Absent: all. */
    readonly types?: readonly string[];
    readonly tenantId?: string;
    /** Positions; absent: from the first, to the last of the time of the call. */
    readonly from?: string;
    readonly to?: string;
  };
}

/** A line of the system's own log of transitions, read at the end. */
export interface Transition extends At {
  readonly kind: 'transition';
  /** Position in that log. */
  readonly position: string;
  /** `completed`, `failed`, `parked`, `dead`, `expired`, `lost`, `retried`, `edited`, `discarded`, `replay-completed` and others. */
  readonly change: string;
  readonly group: string;
  /** `*` for an entry that could not be read. */
  readonly handler: string;
  readonly streamId: string;
  readonly eventId?: string;
  readonly replayJobId?: string;
  /** For `dead`. */
  readonly reason?: string;
  /** For `lost`: the events after the first position, up to the second one, are lost. */
  readonly lost?: { readonly after: string; readonly upTo: string };
  /** For `group-restored`: Redis had forgotten the state of the group, and what the stream contained before. */
  readonly stateLost?: boolean;
}

/** An event that the stream contained at the end. */
export interface StreamEntry extends At {
  readonly kind: 'stream';
  readonly streamId: string;
  /** Absent for an entry that is no event. */
  readonly eventId?: string;
  readonly type?: string;
}

/** The state of a delivery at the end, as the system reports it. */
export interface FinalDelivery extends At {
  readonly kind: 'delivery';
  readonly eventId: string;
  readonly streamId: string;
  readonly group: string;
  readonly handler: string;
  readonly state:
    | 'PENDING'
    | 'PROCESSING'
    | 'FAILED'
    | 'PARKED'
    | 'WAITING'
    | 'DLQ'
    | 'COMPLETED'
    | 'SKIPPED'
    | 'DISCARDED'
    | 'EXPIRED';
}

/** The last record: without it, a history is not complete and says nothing about what is missing. */
export interface HistoryEnd extends At {
  readonly kind: 'end';
  /** Whether the test waited until nothing was left to do: then no delivery may be unfinished. */
  readonly drained: boolean;
}
