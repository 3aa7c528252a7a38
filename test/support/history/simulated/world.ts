import type { DraftRecord, FinalDelivery, HandlerRecord, HistoryRecord, RunStart } from '../history.js';

/** An event that the simulated system has written. */
export interface WrittenEvent {
  readonly eventId: string;
  readonly streamId: string;
  readonly draft: DraftRecord;
}

/** A delivery of the simulated system. */
export interface SimulatedDelivery {
  readonly event: WrittenEvent;
  readonly handler: HandlerRecord;
  readonly replayJobId: string | undefined;
  /** The lane of its key, if the handler has an order. */
  readonly lane: string | undefined;
  /** The number of its entry in the stream, for an edited event that of the original. */
  readonly number: number;
  attempt: number;
  dueAt: number;
  /** `running`: a process has it, and its lease has not expired. */
  state: 'waiting' | 'running' | 'completed' | 'dead' | 'discarded';
  /** Whether it has let the next event of its key start. */
  hasLeft: boolean;
}

export interface SimulatedRun {
  readonly delivery: SimulatedDelivery;
  readonly start: RunStart;
  /** Its process was away: another one may have the delivery now. */
  isStale: boolean;
}

export interface SimulatedProcess {
  readonly name: string;
  readonly runs: Set<SimulatedRun>;
}

export const leaseMs = 1_000;
export const concurrency = 4;
export const maxParkMs = 5_000;

/** The handlers of the simulated group. */
export const handlers: readonly HandlerRecord[] = [
  { name: 'bill', types: ['order.*'], replay: 'also', maxRetries: 2, concurrency: 3 },
  { name: 'mail', types: ['*'], replay: 'skip', maxRetries: 1, concurrency: 10 },
  { name: 'report', types: ['*'], replay: 'only', maxRetries: 1, concurrency: 10 },
  { ...ordered('ship'), order: { whenFailed: 'hold', whenDead: 'pass' } },
  { ...ordered('track'), order: { whenFailed: 'pass', whenDead: 'hold' } },
];

/** The state of the simulated system, and the history that it writes. */
export class World {
  readonly records: HistoryRecord[] = [];
  readonly events: WrittenEvent[] = [];
  readonly deliveries: SimulatedDelivery[] = [];
  readonly processes: SimulatedProcess[] = [];
  readonly lanes = new Map<string, SimulatedDelivery[]>();
  /** The delivery that has the lane of a key. */
  readonly heads = new Map<string, SimulatedDelivery>();
  readonly random: () => number;
  now = 1_700_000_000_000;
  #count = 0;
  #written = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  id(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }

  /** A number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)];
  }

  add(record: WithoutTime<HistoryRecord>): void {
    this.records.push({ at: this.now, ...record });
    this.now += 1 + this.below(10);
  }

  log(
    change: string,
    { event, handler, replayJobId }: SimulatedDelivery,
    more: { readonly reason?: string } = {},
  ): void {
    const job = replayJobId === undefined ? {} : { replayJobId };
    const of = { group: 'billing', handler: handler.name, streamId: event.streamId, eventId: event.eventId };
    this.add({ kind: 'transition', position: `${this.now}-0`, change, ...of, ...job, ...more });
  }

  startProcess(): SimulatedProcess {
    const process = { name: this.id('p'), runs: new Set<SimulatedRun>() };
    this.add({
      kind: 'process-start',
      process: process.name,
      service: 'billing',
      handlers,
      concurrency,
      leaseMs,
      maxParkMs,
    });
    this.processes.push(process);
    return process;
  }

  /** Writes an event to the stream: every live handler gets it. */
  write(draft: DraftRecord, eventId: string): WrittenEvent {
    this.#written += 1;
    const event = { eventId, streamId: `${this.now}-${this.#written}`, draft };
    this.events.push(event);
    for (const handler of handlers) if (handler.replay !== 'only') this.deliver(event, handler);
    return event;
  }

  deliver(
    event: WrittenEvent,
    handler: HandlerRecord,
    replayJobId?: string,
    number = Number(event.streamId.split('-')[1]),
  ): SimulatedDelivery | undefined {
    const [pattern = ''] = handler.types;
    const { type, tenantId = '', key = tenantId } = event.draft;
    if (pattern.endsWith('*') ? !type.startsWith(pattern.slice(0, -1)) : pattern !== type) return undefined;
    const lane = handler.order && JSON.stringify([handler.name, replayJobId, tenantId, key]);
    const of = { attempt: 1, dueAt: this.now, state: 'waiting', hasLeft: false } as const;
    const delivery: SimulatedDelivery = { event, handler, replayJobId, lane, number, ...of };
    this.deliveries.push(delivery);
    if (lane !== undefined) this.lanes.set(lane, [...(this.lanes.get(lane) ?? []), delivery]);
    return delivery;
  }

  /** Adds what is read at the end. */
  end(): HistoryRecord[] {
    for (const { eventId, streamId, draft } of this.events)
      this.add({ kind: 'stream', streamId, eventId, type: draft.type });
    const stored = new Set(this.events);
    const states = {
      waiting: 'PENDING',
      running: 'PROCESSING',
      completed: 'COMPLETED',
      dead: 'DLQ',
      discarded: 'DISCARDED',
    } as const;
    for (const { event, handler, state, replayJobId } of this.deliveries) {
      if (replayJobId !== undefined || !stored.has(event)) continue;
      const final: FinalDelivery['state'] = states[state];
      this.add({
        kind: 'delivery',
        eventId: event.eventId,
        streamId: event.streamId,
        group: 'billing',
        handler: handler.name,
        state: final,
      });
    }
    this.add({ kind: 'end', drained: true });
    return this.records;
  }
}

type WithoutTime<Each> = Each extends HistoryRecord ? Omit<Each, 'at'> & { readonly at?: number } : never;

function ordered(name: string): HandlerRecord {
  return { name, types: ['order.placed'], replay: 'also', maxRetries: 2, concurrency: 10 };
}
