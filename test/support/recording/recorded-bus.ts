import {
  type CloseOptions,
  createEventBus,
  type EventBus,
  EventBusError,
  type EventBusOptions,
  type EventDraft,
  type FailedRun,
  type HandlerContext,
  type HandlerOptions,
  type PublishInterceptor,
  type Subscription,
} from '@hyvve-events/runtime';
import type { DraftRecord, HandlerRecord } from '../history/history.js';
import { awayEffects } from './away.js';
import { currentRecorder, hashOf, type Recorder } from './recorder.js';

/** The runtime's defaults. */
const defaults = { leaseMs: 30_000, concurrency: 100, maxRetries: 3, drainMs: 10_000, rememberedMs: 24 * 3_600_000 };

/** A bus that handles events in this process. */
interface Member {
  readonly name: string;
  readonly leaseMs: number;
  end(how: 'closed' | 'killed'): void;
}

const members = new Set<Member>();

/**
 * Creates a bus whose publishes and runs are recorded. Handlers are wrapped, not intercepted, so that they run as on a bus
 * without interceptors. Without a recording it is a usual bus.
 * @param onJoin Called with the bus's name in the history when it begins to handle events.
 */
export function createRecordedBus(
  options: EventBusOptions,
  onJoin?: (name: string, leaseMs: number) => void,
): EventBus {
  const recorder = currentRecorder();
  if (recorder === undefined) return createEventBus(options);
  const { interceptors = {}, onError } = options;
  if (interceptors.handle !== undefined) throw new Error('a recorded bus has no interceptors of runs');
  const recording = new BusRecording(recorder, options, onJoin);
  const bus = createEventBus({
    ...options,
    interceptors: { publish: [recording.publish, ...(interceptors.publish ?? [])] },
    onError: (run) => {
      recording.failed(run);
      onError?.(run);
    },
  });
  const { subscribe, start, stop, close } = bus;
  bus.subscribe = (...subscriptions) => subscribe(...subscriptions.flat().map((each) => recording.subscribed(each)));
  bus.start = async () => {
    await start();
    recording.join();
  };
  bus.stop = (closing) => recording.leave(() => stop(closing), closing);
  bus.close = (closing) => recording.leave(() => close(closing), closing);
  return bus;
}

/** Records that the buses of this process end, because it kills itself. */
export function recordDeath(): void {
  for (const member of members) member.end('killed');
}

class BusRecording implements Member {
  readonly name: string;
  readonly leaseMs: number;
  readonly #recorder: Recorder;
  readonly #options: EventBusOptions;
  readonly #onJoin: ((name: string, leaseMs: number) => void) | undefined;
  readonly #handlers: HandlerRecord[] = [];
  /** Runs that have not ended. */
  readonly #runs = new Map<HandlerContext, string>();
  /** When the last run has ended. */
  #lastEndAt = Number.NEGATIVE_INFINITY;
  #state: 'new' | 'joined' | 'ended' = 'new';

  constructor(recorder: Recorder, options: EventBusOptions, onJoin?: (name: string, leaseMs: number) => void) {
    this.#recorder = recorder;
    this.#onJoin = onJoin;
    this.#options = options;
    this.name = recorder.newName(options.service);
    this.leaseMs = options.leaseMs ?? defaults.leaseMs;
  }

  readonly publish: PublishInterceptor = (next) => async (request) => {
    const call = this.#recorder.newName('call');
    const drafts = request.drafts.map(draftRecord);
    this.#recorder.write({ kind: 'publish', call, process: this.name, drafts });
    try {
      const published = await next(request);
      const events = published.map(({ id, streamId, duplicate }) => ({ eventId: id, streamId, duplicate }));
      this.#recorder.write({ kind: 'acknowledged', call, events });
      return published;
    } catch (error) {
      const { code, eventId } = EventBusError.from(error);
      this.#recorder.write({ kind: 'rejected', call, code, ...(eventId === undefined ? {} : { eventId }) });
      throw error;
    }
  };

  subscribed(subscription: Subscription): Subscription {
    const { name, pattern, options } = subscription;
    const { replay = 'include', maxRetries = defaults.maxRetries, concurrency = Number.POSITIVE_INFINITY } = options;
    const takes = replay === 'include' ? 'also' : replay;
    const order = orderRecord(options.order);
    this.#handlers.push({ name, types: [pattern], replay: takes, maxRetries, concurrency, ...order });
    const handler: Subscription['handler'] = async (event, ctx) => {
      // The first run may start before `start` has resolved.
      this.join();
      const run = this.#recorder.newName('run');
      this.#runs.set(ctx, run);
      const { group, handler: to, streamId, attempt, key } = ctx;
      const { id: eventId, type, tenantId, replay: mark, upcastFrom } = event;
      const of = { run, process: this.name, group, handler: to, eventId, streamId, type, tenantId, key, attempt };
      this.#recorder.write({
        kind: 'run-start',
        ...of,
        ...(mark === undefined ? {} : { replayJobId: mark.jobId }),
        ...(upcastFrom === undefined ? { data: hashOf(event.data) } : {}),
      });
      await subscription.handler(event, ctx);
      this.#ended(ctx, 'completed');
    };
    return { ...subscription, handler };
  }

  failed({ context, result }: FailedRun): void {
    this.#ended(context, result.outcome, result.outcome === 'failed' ? result.retryInMs : undefined);
  }

  join(): void {
    if (this.#state !== 'new' || this.#handlers.length === 0) return;
    this.#state = 'joined';
    const { service, concurrency = defaults.concurrency, maintenance } = this.#options;
    const { name: process, leaseMs } = this;
    this.#recorder.write({
      kind: 'process-start',
      process,
      service,
      leaseMs,
      concurrency,
      handlers: this.#handlers,
      ...(maintenance?.maxParkMs === undefined ? {} : { maxParkMs: maintenance.maxParkMs }),
      ...(maintenance?.eventsMs === undefined ? {} : { eventsMs: maintenance.eventsMs }),
    });
    members.add(this);
    this.#onJoin?.(process, leaseMs);
    watchProcess();
  }

  /** Records the end of the process. What it has not finished after `drainMs` goes back to its group before that. */
  async leave(leaving: () => Promise<void>, { drainMs = this.#drainMs }: CloseOptions = {}): Promise<void> {
    const from = this.#recorder.now();
    try {
      await leaving();
    } finally {
      if (this.#state === 'joined' && (this.#runs.size > 0 || this.#lastEndAt >= from + drainMs)) {
        const until = this.#recorder.now();
        const fault = { name: 'closed during runs', process: this.name, effects: ['repeat', 'overlap'] } as const;
        this.#recorder.write({ kind: 'fault', ...fault, until }, Math.min(from + drainMs, until));
      }
      this.end('closed');
    }
  }

  get #drainMs(): number {
    return this.#options.drainMs ?? defaults.drainMs;
  }

  end(how: 'closed' | 'killed'): void {
    if (this.#state === 'joined') this.#recorder.write({ kind: 'process-end', process: this.name, how });
    this.#state = 'ended';
    members.delete(this);
  }

  /** A run ends once: a handler that returns after its timeout has no second outcome. */
  #ended(context: HandlerContext, outcome: 'completed' | 'failed' | 'dead', retryInMs?: number): void {
    const run = this.#runs.get(context);
    if (run === undefined || this.#state !== 'joined') return;
    this.#runs.delete(context);
    this.#lastEndAt = this.#recorder.now();
    this.#recorder.write({ kind: 'run-end', run, outcome, ...(retryInMs === undefined ? {} : { retryInMs }) });
  }
}

function orderRecord(order: HandlerOptions['order']): Pick<HandlerRecord, 'order'> {
  if (order === undefined || order === 'none') return {};
  const { whenFailed = 'hold', whenDead = 'pass' } = order === 'key' ? {} : order;
  return { order: { whenFailed, whenDead } };
}

function draftRecord({ event, data, options }: EventDraft): DraftRecord {
  const { tenantId, id, idempotencyKey, idempotencyTtlMs = defaults.rememberedMs } = options;
  const key = options.key ?? event.orderingKey?.(data);
  return {
    type: event.type,
    data: hashOf(data),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(id === undefined ? {} : { id }),
    ...(key === undefined ? {} : { key: String(key) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey, rememberedMs: idempotencyTtlMs }),
  };
}

/** How often a process checks whether it was paused, in milliseconds. */
const pauseTickMs = 50;
let isWatching = false;

/**
 * Records pauses of this process, by a stop, a blocked event loop or a busy machine: without heartbeats, another process may
 * take over its deliveries. Also records that it exits without having closed its buses.
 */
function watchProcess(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', recordDeath);
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    const pausedMs = now - last - pauseTickMs;
    last = now;
    const recorder = currentRecorder();
    if (recorder === undefined) return;
    for (const { name, leaseMs } of members) {
      const effects = awayEffects(pausedMs, leaseMs);
      if (effects.length === 0) continue;
      const until = recorder.now();
      const fault = { name: 'the process was paused', process: name, until, effects };
      recorder.write({ kind: 'fault', ...fault }, until - pausedMs - pauseTickMs);
    }
  }, pauseTickMs).unref();
}
