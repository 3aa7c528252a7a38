/** What the promises of the runtime say about every delivery and every process: the state of the model. It is plain data. */
export interface World {
  /** In the order of the stream. */
  events: ModelEvent[];
  readonly groups: Record<string, GroupState>;
  /** Only those that live. */
  readonly processes: Record<string, ProcessState>;
  /** Grows with each retry that is due at once: retries that are due for longer are claimed first. */
  tick: number;
}

export interface ModelEvent {
  readonly streamId: string;
  readonly eventId: string;
  /** The version of its publisher's build. */
  readonly version: number;
  /** Whether it was removed from the stream. */
  trimmed: boolean;
}

export interface GroupState {
  /** False: the model does not say what happens to its deliveries, and has none of them. */
  readonly isPredicted: boolean;
  /** Each event, and each replayed event, in the order of their streams. */
  readonly entries: Entry[];
  /** By `<prefix of the entry>/<handler>`. Absent: nothing is recorded for this handler. */
  readonly deliveries: Record<string, DeliveryState>;
}

/** The two streams of a group. */
export type ModelLane = 'live' | 'replay';

/** An event in the group. */
export interface Entry {
  /** `<stream id>`, for a replayed event `<stream id>@<job id>`. */
  readonly prefix: string;
  readonly lane: ModelLane;
  readonly version: number;
  state: 'unread' | 'pending' | 'done';
  /** Who has it. */
  owner: string;
  /** How often it was delivered. */
  count: number;
  /** Whether the lease of its owner has expired. */
  expired: boolean;
}

/** What is recorded of an event for one handler. */
export interface DeliveryState {
  state: 'completed' | 'scheduled' | 'parked' | 'dead' | 'discarded';
  /** Number of the next run. */
  attempt: number;
  /** When it is due: lower is earlier; null: not yet. */
  due: number | null;
  /** How often it was claimed without an outcome. */
  runs: number;
  /** Who has claimed it. */
  claimedBy: string | null;
  /** How often it has become a dead letter. */
  deaths: number;
}

export interface ProcessState {
  readonly group: string;
  /** The newest version that its build reads. */
  readonly build: number;
  /** Its handlers, by level. During a deployment, a process may have fewer than its group. */
  readonly levels: Levels;
  inFlight: InFlightState[];
  /** Entries that it was delivered, and whose reply has not arrived yet. */
  underway: string[];
}

/** A delivery in a process: an event, or the retry of one handler. */
export interface InFlightState {
  /** Of its entry. */
  readonly prefix: string;
  /** Set for a retry. */
  readonly retryOf: string | null;
  /** The delivery count, or the number of the claim: with the process's name it is the fence. */
  count: number;
  readonly attempt: number;
  /** Handlers that run. */
  running: string[];
  /** Handlers that run afterwards, by level. */
  next: string[][];
  /** Another process has the delivery: outcomes do not count. */
  lost: boolean;
}

/** Handlers, lowest level first. */
export type Levels = readonly (readonly string[])[];

/** From this delivery on, only one of a process runs at a time. */
export const quarantineFrom = 3;

/** @param predicted Groups. @param others Groups whose deliveries are not predicted. */
export function newWorld(predicted: readonly string[], others: readonly string[]): World {
  const states = [...predicted, ...others].map((name): [string, GroupState] => {
    return [name, { isPredicted: predicted.includes(name), entries: [], deliveries: {} }];
  });
  return { events: [], groups: Object.fromEntries(states), processes: {}, tick: 1 };
}

export function refOf(prefix: string, handler: string): string {
  return `${prefix}/${handler}`;
}

/** The part of a world that can be seen: the status of each delivery, who has it, the dead letters, and the runs of each process. */
export function visible(world: World, handlersOf: (group: string) => readonly string[]): string[] {
  const lines: string[] = [];
  const gone = new Set(world.events.filter(({ trimmed }) => trimmed).map(({ streamId }) => streamId));
  for (const [group, { entries, deliveries }] of Object.entries(world.groups)) {
    for (const entry of entries) {
      for (const handler of handlersOf(group)) {
        const delivery = deliveries[refOf(entry.prefix, handler)];
        const ref = refOf(streamIdOf(entry.prefix), handler);
        if (delivery?.state === 'dead') lines.push(`${group} ${ref} has a dead letter`);
        const isShown = entry.lane === 'live' && !gone.has(entry.prefix);
        if (isShown) lines.push(`${group} ${ref} ${statusOf(entry, delivery)}`);
        const claim = claimOf(delivery);
        if (claim !== undefined) lines.push(`${group} ${refOf(entry.prefix, handler)} is claimed: ${claim}`);
      }
      if (entry.lane === 'live' && entry.state === 'pending') {
        lines.push(`${group} ${entry.prefix} is delivered to ${entry.owner}, ${entry.count} times`);
      }
    }
  }
  for (const [name, { inFlight }] of Object.entries(world.processes)) {
    for (const { prefix, running, attempt } of inFlight) {
      for (const handler of running) lines.push(`${name} runs ${refOf(prefix, handler)} attempt ${attempt}`);
    }
  }
  return lines.sort();
}

/** The stream id in the prefix of an entry. */
export function streamIdOf(prefix: string): string {
  return prefix.split('@')[0] ?? prefix;
}

function claimOf(delivery: DeliveryState | undefined): string | undefined {
  if (delivery === undefined || delivery.runs === 0) return undefined;
  return `${delivery.runs}|${delivery.claimedBy ?? ''}`;
}

function statusOf(entry: Entry, delivery: DeliveryState | undefined): string {
  if (delivery?.state === 'dead') return 'DLQ';
  if (delivery?.state === 'parked') return 'PARKED';
  if (delivery?.state === 'scheduled') return delivery.claimedBy === null ? 'FAILED' : 'PROCESSING';
  if (entry.state === 'unread') return 'PENDING';
  if (delivery === undefined) return 'PROCESSING';
  return delivery.state === 'discarded' ? 'DISCARDED' : 'COMPLETED';
}
