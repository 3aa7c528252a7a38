import { takes } from '../facts/registrations.js';
import type {
  DraftRecord,
  Effect,
  FinalDelivery,
  HandlerRecord,
  HistoryRecord,
  OperatorCall,
  ProcessStart,
  PublishCall,
  RunEnd,
  RunStart,
  Transition,
} from '../history.js';

/** An event of a forged history. */
export interface ForgedEvent {
  readonly eventId: string;
  readonly streamId: string;
  readonly draft: DraftRecord;
}

interface PublishOptions {
  readonly process?: string;
  readonly eventId?: string;
  readonly streamId?: string;
  readonly duplicate?: boolean;
  /** Whether the stream gets an entry. Default: unless it is a duplicate. */
  readonly stored?: boolean;
}

type RunOptions = Partial<Omit<RunStart, 'kind' | 'at' | 'run'>>;
type Outcome = Partial<Omit<RunEnd, 'kind' | 'at' | 'run'>>;

const everything: HandlerRecord = { name: 'bill', types: ['*'], replay: 'also', maxRetries: 3, concurrency: 10 };

/**
 * Writes a history by hand: each call is one step of a system that keeps its promises, 50 ms after the one before, unless its options
 * say otherwise. Without options, everything is about the handler `bill` of the group `billing` in the process `p1`.
 */
export class Forge {
  readonly records: HistoryRecord[] = [];
  now = 1_700_000_000_000;
  readonly #stored = new Map<string, ForgedEvent>();
  readonly #finals = new Map<string, FinalDelivery['state']>();
  readonly #handlers = new Map<string, { readonly group: string; readonly handler: HandlerRecord }>();
  #count = 0;

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  /** A process starts. */
  process(
    process = 'p1',
    options: Partial<Omit<ProcessStart, 'handlers'>> = {},
    ...handlers: Partial<HandlerRecord>[]
  ): this {
    const { service = 'billing' } = options;
    const all = (handlers.length === 0 ? [{}] : handlers).map((handler) => ({ ...everything, ...handler }));
    for (const handler of all) this.#handlers.set(`${service}/${handler.name}`, { group: service, handler });
    return this.add({
      kind: 'process-start',
      process,
      service,
      handlers: all,
      concurrency: 10,
      leaseMs: 1_000,
      ...options,
    });
  }

  kill(process = 'p1', how: 'killed' | 'closed' = 'killed'): this {
    return this.add({ kind: 'process-end', process, how });
  }

  /** A call of `publish` is acknowledged. */
  publish(draft: Partial<DraftRecord> = {}, options: PublishOptions = {}): ForgedEvent {
    const [event] = this.publishBatch([draft], [options]);
    if (event === undefined) throw new Error('a batch of one draft has one event');
    return event;
  }

  publishBatch(drafts: readonly Partial<DraftRecord>[], options: readonly PublishOptions[] = []): ForgedEvent[] {
    const { call, drafts: full } = this.call(drafts, options[0]?.process);
    const events = full.map((draft, index): ForgedEvent => {
      const { eventId = draft.id ?? this.#id('e'), streamId = `${this.now}-${index}` } = options[index] ?? {};
      return { eventId, streamId, draft };
    });
    const results = events.map(({ eventId, streamId }, index) => {
      return { eventId, streamId, duplicate: options[index]?.duplicate ?? false };
    });
    this.add({ kind: 'acknowledged', call, events: results });
    events.forEach((event, index) => {
      if (options[index]?.stored ?? options[index]?.duplicate !== true) this.store(event);
    });
    return events;
  }

  /** A call begins. */
  call(drafts: readonly Partial<DraftRecord>[], process = 'shop'): PublishCall {
    const call = this.#id('c');
    const full = drafts.map((draft) => ({ type: 'order.placed', tenantId: 't1', data: this.#id('d'), ...draft }));
    const record: PublishCall = { kind: 'publish', at: this.now, call, process, drafts: full };
    this.add(record);
    return record;
  }

  /** A call of `publish` is rejected. Returns its draft. */
  reject(code: string, draft: Partial<DraftRecord> = {}, eventId?: string): DraftRecord {
    const { call, drafts } = this.call([draft]);
    this.add({ kind: 'rejected', call, code, ...(eventId === undefined ? {} : { eventId }) });
    return drafts[0] ?? { type: '', data: '' };
  }

  /** The stream gets an entry. */
  store(event: Omit<ForgedEvent, 'streamId'> & { readonly streamId?: string }): ForgedEvent {
    const stored = { streamId: `${this.now}-0`, ...event };
    this.#stored.set(stored.streamId, stored);
    return stored;
  }

  /** The stream does not contain an entry at the end. */
  unstore({ streamId }: ForgedEvent): this {
    this.#stored.delete(streamId);
    return this;
  }

  /** A run begins. Returns its id. */
  start({ eventId, streamId, draft }: ForgedEvent, options: RunOptions = {}): string {
    const run = this.#id('r');
    const { type, tenantId, key, data } = draft;
    const of = { process: 'p1', group: 'billing', handler: 'bill', attempt: 1 };
    const named = { ...(tenantId === undefined ? {} : { tenantId }), ...(key === undefined ? {} : { key }) };
    this.add({ kind: 'run-start', run, eventId, streamId, type, data, ...named, ...of, ...options });
    return run;
  }

  /** A run ends. */
  finish(run: string, options: Outcome = {}): this {
    const start = this.records.find((record) => record.kind === 'run-start' && record.run === run);
    if (start?.kind === 'run-start' && start.replayJobId === undefined) {
      const states = { completed: 'COMPLETED', failed: 'FAILED', dead: 'DLQ' } as const;
      this.final(start.eventId, states[options.outcome ?? 'completed'], start.handler, start.group);
    }
    return this.add({ kind: 'run-end', run, outcome: 'completed', ...options });
  }

  /** A whole run, and its line in the log if there must be one. */
  run(event: ForgedEvent, options: RunOptions = {}, end: Outcome = {}): this {
    this.finish(this.start(event, options), end);
    const { handler = 'bill', group = 'billing', attempt = 1 } = options;
    const { outcome = 'completed' } = end;
    const job = options.replayJobId === undefined ? {} : { replayJobId: options.replayJobId };
    if (outcome !== 'completed' || attempt > 1) this.log(outcome, event, { handler, group, ...job });
    return this;
  }

  fault(effects: readonly Effect[], options: { readonly process?: string; readonly lastsMs?: number } = {}): this {
    const { process, lastsMs = 0 } = options;
    const of = process === undefined ? {} : { process };
    return this.add({ kind: 'fault', name: `fault: ${effects.join(', ')}`, until: this.now + lastsMs, effects, ...of });
  }

  operator(action: OperatorCall['action'], options: Partial<OperatorCall> = {}): this {
    return this.add({ kind: 'operator', action, group: 'billing', handler: 'bill', until: this.now + 5, ...options });
  }

  /** A line of the log. */
  log(change: string, event?: Pick<ForgedEvent, 'eventId' | 'streamId'>, options: Partial<Transition> = {}): this {
    const { eventId, streamId = '0-0' } = event ?? {};
    const of = { group: 'billing', handler: 'bill', streamId, ...(eventId === undefined ? {} : { eventId }) };
    return this.add({ kind: 'transition', position: `${this.now}-0`, change, ...of, ...options });
  }

  /** The final state of a delivery. Without it: that of its last run; of a delivery without a run, PENDING. */
  final(eventId: string, state: FinalDelivery['state'], handler = 'bill', group = 'billing'): this {
    this.#finals.set(JSON.stringify([eventId, group, handler]), state);
    return this;
  }

  /** Adds what is read at the end. */
  end(options: { readonly drained?: boolean } = {}): HistoryRecord[] {
    for (const { eventId, streamId, draft } of this.#stored.values()) {
      this.add({ kind: 'stream', streamId, eventId, type: draft.type });
      for (const { group, handler } of this.#handlers.values()) {
        if (handler.replay === 'only' || !takes(handler, draft.type)) continue;
        const state = this.#finals.get(JSON.stringify([eventId, group, handler.name])) ?? 'PENDING';
        this.add({ kind: 'delivery', eventId, streamId, group, handler: handler.name, state });
      }
    }
    return this.add({ kind: 'end', drained: true, ...options }).records;
  }

  add(record: WithoutTime<HistoryRecord>): this {
    this.records.push({ at: this.now, ...record });
    this.now += 50;
    return this;
  }

  #id(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }
}

type WithoutTime<Each> = Each extends HistoryRecord ? Omit<Each, 'at'> & { readonly at?: number } : never;
