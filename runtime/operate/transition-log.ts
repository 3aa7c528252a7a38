/** Every kind of entry of the transition log. */
export const logKinds = [
  // A delivery: the outcome of a run, or another change of its state.
  ...(['completed', 'failed', 'deferred', 'parked', 'skipped', 'dead', 'expired', 'lost'] as const),
  // A dead letter or a parked delivery: the action of an operator.
  ...(['retried', 'edited', 'discarded'] as const),
  // A group or a handler.
  ...(['group-retired', 'group-returned', 'group-restored', 'handler-retired', 'queue-freed'] as const),
  // A replay.
  ...(['replay-started', 'replay-completed', 'replay-failed', 'replay-cancelled', 'replay-resumed'] as const),
  // The partitions.
  ...(['growth-started', 'growth-completed'] as const),
] as const;

/** Kind of an entry of the transition log. */
export type LogKind = (typeof logKinds)[number];

/** One entry of the transition log: a change of a delivery other than success in the first run, or an operator's action. */
export interface TransitionLogEntry {
  /** Position of the log entry: newer entries have greater ones. */
  readonly id: string;
  /** `unknown` for an entry that a newer version wrote. */
  readonly kind: LogKind | 'unknown';
  readonly group: string;
  readonly handler: string;
  /** Position of the event's entry; `0-0` for entries that belong to no event. */
  readonly streamId: string;
  /** The person who made the change; absent for changes that no person made. */
  readonly actor?: string;
  /** Origin of that person's request, if it is known. */
  readonly from?: string;
  readonly deadLetterId?: string;
  /** For `dead`: the reason of the dead letter. */
  readonly reason?: string;
  /** For `failed`, `deferred` and `parked`: when the next run is due. ISO 8601. */
  readonly dueAt?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
