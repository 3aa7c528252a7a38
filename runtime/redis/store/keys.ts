/**
 * The Redis keys of one partition. Every key starts with the same hash tag, `{<prefix>:<index>}`, so that all keys of a script
 * are in one slot of a Redis Cluster.
 */
export interface Keys {
  /**
   * Hash: `epoch`, the epoch that publishers must know, and `bornAt` (Redis ms). In partition 0, `growth`: who has begun a growth, as JSON, until
   * its end is in the log. Once it was sealed: `count`, the number of partitions of
   * that epoch, and `fence`, the last id of its stream when it was sealed last. Of a partition that a growth has made: `parent`, the index of
   * the partition that had its keys before, and `parentFence`, the fence of that partition at the growth (`0-0` if nothing was ever published
   * to it and to the partitions that had its keys before).
   */
  readonly partition: string;
  /** The event stream. */
  readonly events: string;
  /** Dead letters, a stream. */
  readonly dlq: string;
  /** The transition log: every transition of a delivery except success at the first attempt, a stream. */
  readonly log: string;
  /** Replayed events that groups have not handled yet, a stream. */
  readonly replay: string;
  /** Sorted set: job id of a replay → when it was started (Redis ms). */
  readonly replays: string;
  /** Hash: target group of a replay → when its last replay was started (Redis ms). */
  readonly replayTargets: string;
  /** Prefix of the keys of replay records, which are hashes; the job id follows. */
  readonly replayRecordPrefix: string;
  /** Hash: group → when it was first seen. */
  readonly groups: string;
  /** Stream id up to which published events are counted. */
  readonly counted: string;
  /** Hash: publisher, a process → its description, as JSON. */
  readonly publishers: string;
  /** Hash: publisher → its last heartbeat (Redis ms). */
  readonly publishersSeen: string;
  /** Hash: `<type>@<version> <service>` → when a process reported that it was last published (Redis ms). */
  readonly published: string;
  /** Hashes with the counters of a minute and of an hour. @param ms A time within them, since 1970. */
  counters(ms: number): CounterKeys;
  /** The ring: results of one publisher's last batches, by slot and token. */
  ring(publisherId: string): string;
  /** `=<event id>@<stream id>` of an event that was published with an idempotency key, or with an id that contains no time. */
  idempotency(key: string): string;
  /**
   * Hash of the events that were published with explicit ids that contain their time: event id → stream id. One hash for all
   * ids of ten seconds: it needs half the time and memory of separate keys in Redis.
   * @param ms Time of an id, since 1970.
   */
  ids(ms: number): string;
  /** The result of a side effect (`ctx.once`). */
  once(key: string): string;
  group(name: string): GroupKeys;
}

/** Hashes of counters: counter → number. Every count is added to both. */
export interface CounterKeys {
  readonly minute: string;
  readonly hour: string;
  /** Published events of the hour by `<type>@<major>`; see `countPublishedScript`. Its values are in no other hash. */
  readonly versions: string;
}

/** The keys of one consumer group. */
export interface GroupKeys {
  readonly name: string;
  /**
   * Hash: `position`, `handlersVersion`, `retiredAt`, `passedAt`; `enteredTo`, up to where the stream was entered into key queues;
   * `inherits`, in a partition that a growth has made: the fence of its parent, until the group may read the partition.
   */
  readonly state: string;
  /** Hash: `position` and `enteredTo` in the replay stream. */
  readonly replayState: string;
  /** Hash: handler → which events it accepts; see `formatRegistration`. */
  readonly handlers: string;
  /** Hash: handler → the group's position when it was new: it did not get the events that were finished before. */
  readonly since: string;
  /** Hash: handler → last heartbeat of a process that has it (Redis ms). */
  readonly seen: string;
  /** Hash: consumer → its description, as JSON. */
  readonly consumers: string;
  /** Sorted set: consumer → its last heartbeat (Redis ms). */
  readonly alive: string;
  /** Hash: `<stream id>/<handler>` (replays: `<stream id>@<job id>/<handler>`) of completed handlers of unfinished events. */
  readonly completedHandlers: string;
  /** Hash: ref → the scheduled retry, as JSON. Its name in Redis is older than this one. */
  readonly scheduledRetries: string;
  /**
   * Hash: ref → `<runs>|<consumer>` of a running retry; `<runs>|` of a parked retry, and of one that a process has returned, if it has run before. The number of runs
   * detects poison messages.
   */
  readonly claims: string;
  /**
   * Hash: name of a set of parked deliveries → when it was first used (Redis ms). The set is `due(name)`: ref → when it was
   * parked.
   */
  readonly ahead: string;
  /** Hash: key queue of an ordered handler → ref of its head, the delivery that may run. */
  readonly heads: string;
  /** Sorted set, all scores 0: the deliveries that wait in key queues, in the order of the stream. */
  readonly waiting: string;
  /** Hash: key queue whose head is still in the parent partition → the placeholder that is its head here, or waits here; see `placeholderOf`. `\\0` and a random text follow if a retry has asked for its turn. */
  readonly inherited: string;
  /** Hash: ref → id of its dead letter. */
  readonly dead: string;
  /** Sorted set: `<DISCARDED or EXPIRED> <ref>` → its entry's time (ms), for deliveries that ended in one of these ways. */
  readonly closed: string;
  /** Hash with the durations of a handler's runs: upper bound in ms, or `inf`, → number of runs; `us` → total in microseconds. */
  durations(handler: string): string;
  /** Prefix of the sorted sets of due retries; the handler's name follows. */
  readonly duePrefix: string;
  /** Sorted set: ref → when it is due (Redis ms), for one handler; or ref → when it was parked, for a name of a parked set. */
  due(handler: string): string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Short, because removing a large expired hash blocks Redis. */
const idsMs = 10_000;

/** The key of the partition map. @param prefix Option of the bus. */
export function mapKey(prefix: string): string {
  return `{${mapTag(prefix)}}`;
}

/** The hash tag of the partition map. */
export function mapTag(prefix: string): string {
  return `${prefix}:map`;
}

/** Names as those of a partition, with any hash tag: a server can be checked with them. */
export function keysOfTag(tag: string): Keys {
  return keysBelow(`{${tag}}`);
}

/** The hash tag of all keys of a partition. */
export function partitionTag(prefix: string, index: number): string {
  return `${prefix}:${index}`;
}

/** The hash tag of BullMQ's keys of a group, which are in no partition: a job is only a hint. */
export function timerTag(prefix: string, group: string): string {
  return `${prefix}:timer:${group}`;
}

/** The hash tag of BullMQ's keys of replays. */
export function replayJobsTag(prefix: string): string {
  return `${prefix}:replay-jobs`;
}

/** The keys of a partition. @param prefix Option of the bus. @param index From 0 on. */
export function partitionKeys(prefix: string, index: number): Keys {
  return keysOfTag(partitionTag(prefix, index));
}

/** The keys of storage format 1, which had no partitions. */
export function formerKeys(prefix: string): Keys {
  return keysBelow(prefix);
}

function keysBelow(base: string): Keys {
  return {
    partition: `${base}:partition`,
    events: `${base}:events`,
    dlq: `${base}:dlq`,
    log: `${base}:log`,
    replay: `${base}:events:replay`,
    replays: `${base}:replays`,
    replayTargets: `${base}:replay-targets`,
    replayRecordPrefix: `${base}:replay:`,
    groups: `${base}:groups`,
    counted: `${base}:counted`,
    publishers: `${base}:publishers`,
    publishersSeen: `${base}:publishers-seen`,
    published: `${base}:published`,
    counters: (ms) => ({
      minute: `${base}:stats:m:${Math.floor(ms / minuteMs)}`,
      hour: `${base}:stats:h:${Math.floor(ms / hourMs)}`,
      versions: `${base}:stats:v:${Math.floor(ms / hourMs)}`,
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
    heads: `${base}:heads`,
    waiting: `${base}:waiting`,
    inherited: `${base}:inherited`,
    dead: `${base}:dead`,
    closed: `${base}:closed`,
    durations: (handler) => `${base}:durations:${handler}`,
    duePrefix: `${base}:due:`,
    due: (handler) => `${base}:due:${handler}`,
  };
}

/** Converts a stream entry's alternating fields and values to an object. */
export function fieldsOf(fields: readonly string[]): Readonly<Record<string, string | undefined>> {
  const named: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) named[fields[i] ?? ''] = fields[i + 1] ?? '';
  return named;
}
