/**
 * The Redis keys of one partition. Every key starts with the partition's prefix, in a cluster with its hash tag, so that
 * each script stays in one slot.
 */
export interface Keys {
  /** What everything here starts with, without the `:`. */
  readonly prefix: string;
  /** The event stream. */
  readonly events: string;
  /** Dead letters, a stream. */
  readonly dlq: string;
  /** Every transition of a delivery but success at the first try, a stream. */
  readonly log: string;
  /** Replayed events on their way, a stream. */
  readonly replay: string;
  /** Sorted set: job id of a replay → when it was started (Redis ms). */
  readonly replays: string;
  /** Hash: group that a replay was for → when the last one was started (Redis ms). */
  readonly replayTargets: string;
  /** What the names of the replays' records, hashes, start with; the job id follows. */
  readonly replayRecordPrefix: string;
  /** Hash: group → when it was first seen. */
  readonly groups: string;
  /** Stream id up to which published events are counted. */
  readonly counted: string;
  /** Names of the hashes that hold the counters of a minute and of an hour. @param ms A time in it, since 1970. */
  counters(ms: number): CounterKeys;
  /** The ring of one publisher's last batches by token. */
  ring(publisherId: string): string;
  /** `=<event id>@<stream id>` of what was published under an idempotency key, or under an id that contains no time. */
  idempotency(key: string): string;
  /**
   * Hash of what was published under ids that contain the time when they were made: event id → stream id, for all that were made within ten
   * seconds. One hash takes half of what a key each takes, of Redis's time and memory.
   * @param ms When an id was made, since 1970.
   */
  ids(ms: number): string;
  /** The result of a side effect (`ctx.once`). */
  once(key: string): string;
  group(name: string): GroupKeys;
}

/** Hashes of counters: counter → how many. Both are counted in at once. */
export interface CounterKeys {
  readonly minute: string;
  readonly hour: string;
}

/** The keys of one consumer group. */
export interface GroupKeys {
  readonly name: string;
  /** Hash: `position`, `handlersVersion`, `retiredAt`, `passedAt`. */
  readonly state: string;
  /** Hash: `position` in the replay stream. */
  readonly replayState: string;
  /** Hash: handler → what events it takes, as {@link HandlerRegistration} writes it. */
  readonly handlers: string;
  /** Hash: handler → the group's position when it was new: what had been finished by then never came to it. */
  readonly since: string;
  /** Hash: handler → when an instance that has it was last alive (Redis ms). */
  readonly seen: string;
  /** Hash: consumer → what it handles, as JSON. */
  readonly consumers: string;
  /** Sorted set: consumer → its last heartbeat (Redis ms). */
  readonly alive: string;
  /** Hash: `<stream id>/<handler>` (of replays: `<stream id>@<job id>/<handler>`) of finished handlers of events that are not finished. */
  readonly completedHandlers: string;
  /** Hash: ref → the scheduled retry, as JSON. Its name in Redis is older than this one. */
  readonly scheduledRetries: string;
  /**
   * Hash: ref → `<runs>|<consumer>` of a retry that is being run; `<runs>|` of a parked one that has been run before, so that
   * what kills every process that runs it is found out.
   */
  readonly claims: string;
  /**
   * Hash: name of a set of parked deliveries → when it was first used (Redis ms). The set is `due(name)`: ref → when it was
   * parked.
   */
  readonly ahead: string;
  /** Hash: ref → id of its dead letter. */
  readonly dead: string;
  /** Sorted set: `<DISCARDED or EXPIRED> <ref>` → its entry's time (ms): how a delivery ended that is stored nowhere else. */
  readonly closed: string;
  /** Hash of how long the runs of a handler took: upper bound in ms, or `inf`, → runs; `us` → their time together. */
  durations(handler: string): string;
  /** What the names of the sorted sets of due retries start with; the handler's name follows. */
  readonly duePrefix: string;
  /** Sorted set: ref → when it is due (Redis ms), for the retries of one handler; or of the parked ones of one name. */
  due(handler: string): string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Short: Redis does nothing else while it removes a hash that is past its time. */
const idsMs = 10_000;

/** The keys of partition `index` below `prefix`; `clustered` adds the hash tag. */
export function partitionKeys(prefix: string, index = 0, clustered = false): Keys {
  const base = clustered ? `{${prefix}:${index}}` : index === 0 ? prefix : `${prefix}:${index}`;
  return {
    prefix: base,
    events: `${base}:events`,
    dlq: `${base}:dlq`,
    log: `${base}:log`,
    replay: `${base}:events:replay`,
    replays: `${base}:replays`,
    replayTargets: `${base}:replay-targets`,
    replayRecordPrefix: `${base}:replay:`,
    groups: `${base}:groups`,
    counted: `${base}:counted`,
    counters: (ms) => ({
      minute: `${base}:stats:m:${Math.floor(ms / minuteMs)}`,
      hour: `${base}:stats:h:${Math.floor(ms / hourMs)}`,
    }),
    ring: (publisherId) => `${base}:publisher:${publisherId}`,
    idempotency: (key) => `${base}:idempotency:${key}`,
    ids: (ms) => `${base}:ids:${Math.floor(ms / idsMs)}`,
    once: (key) => `${base}:once:${key}`,
    group: (name) => groupKeys(`${base}:group:${name}`, name),
  };
}

function groupKeys(base: string, name: string): GroupKeys {
  return {
    name,
    state: base,
    replayState: `${base}:replay`,
    handlers: `${base}:handlers`,
    since: `${base}:since`,
    seen: `${base}:seen`,
    consumers: `${base}:consumers`,
    alive: `${base}:alive`,
    completedHandlers: `${base}:marks`,
    scheduledRetries: `${base}:rows`,
    claims: `${base}:claims`,
    ahead: `${base}:ahead`,
    dead: `${base}:dead`,
    closed: `${base}:closed`,
    durations: (handler) => `${base}:durations:${handler}`,
    duePrefix: `${base}:due:`,
    due: (handler) => `${base}:due:${handler}`,
  };
}

/** A stream entry's fields and values, given in turn, as an object. */
export function fieldsOf(fields: readonly string[]): Readonly<Record<string, string | undefined>> {
  const named: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) named[fields[i] ?? ''] = fields[i + 1] ?? '';
  return named;
}
