import {
  type Envelope,
  type HandlerContext,
  type KeyOrder,
  NonRetryableError,
  silentLogger,
} from '@hyvve-events/runtime';
import { type AnyEventDefinition, subscribeTo } from '@hyvve-events/runtime/codegen';
import { Deliverer } from '../../../runtime/handle/deliverer.js';
import { HandlerSet } from '../../../runtime/handle/handler-set.js';
import { mayTryAgain } from '../../../runtime/redis/connection/redis-error.js';
import { resolveTarget } from '../../../runtime/redis/connection/redis-target.js';
import type { RedisDelivery } from '../../../runtime/redis/consume/delivery.js';
import { Dispatcher } from '../../../runtime/redis/consume/dispatcher.js';
import { HandOvers } from '../../../runtime/redis/consume/hand-overs.js';
import { InFlight } from '../../../runtime/redis/consume/in-flight.js';
import { Lane } from '../../../runtime/redis/consume/lane.js';
import { liveLane, replayLane } from '../../../runtime/redis/consume/lane-spec.js';
import { Membership } from '../../../runtime/redis/consume/membership.js';
import { RedisOnceStore } from '../../../runtime/redis/consume/once.js';
import { OutcomeRecorder } from '../../../runtime/redis/consume/outcome-recorder.js';
import { PeerHandlers } from '../../../runtime/redis/consume/peer-handlers.js';
import { Places } from '../../../runtime/redis/consume/places.js';
import type { RawEntry } from '../../../runtime/redis/consume/raw-entry.js';
import { Retries } from '../../../runtime/redis/consume/retries.js';
import { RetryTurns } from '../../../runtime/redis/consume/retry-turns.js';
import { Wakeups } from '../../../runtime/redis/consume/wakeups.js';
import { GroupJobs } from '../../../runtime/redis/maintain/group-jobs.js';
import { maintainGroup } from '../../../runtime/redis/maintain/maintain-group.js';
import { firstMap } from '../../../runtime/redis/partitions/partition-map.js';
import { maintenanceDefaults } from '../../../runtime/redis/settings.js';
import { RunFields } from '../../../runtime/redis/statistics/counters.js';
import { type GroupKeys, partitionKeys } from '../../../runtime/redis/store/keys.js';
import { FaultyConnection } from './faulty-connection.js';
import type { ModelLane } from './world.js';

/** A handler of a group. Those of the lower level run first. */
export interface ModelHandler {
  readonly name: string;
  readonly level: number;
  readonly replay: 'include' | 'skip';
  /** Default: without order. */
  readonly order?: KeyOrder;
}

export interface ModelProcessOptions {
  readonly url: string;
  /** Unique. */
  readonly name: string;
  readonly group: string;
  readonly handlers: readonly ModelHandler[];
  /** What this build of the service reads. */
  readonly definitions: readonly AnyEventDefinition[];
}

/** How a run ends. */
export type RunOutcome = 'completes' | 'fails' | 'gives-up';

/** A run that waits for its outcome. */
export interface OpenRun {
  /** `<stream id>` of the event, for a replayed one `<stream id>@<job id>`, then `/<handler>`. */
  readonly ref: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly end: (outcome: RunOutcome) => void;
  /** Whether it was checked that it may run. */
  isChecked: boolean;
}

/** Retries after the first run, in every handler of the model. */
export const maxRetries = 2;
/** Deliveries without an outcome after which an event becomes a dead letter. */
export const maxDeliveries = 4;
/** No lease expires and no retry is due by itself: only commands of the model let time pass. In milliseconds. */
export const leaseMs = 3_600_000;

/**
 * A process of a group whose loops are replaced by steps: it reads, runs, settles, claims and renews only when it is asked to, with the code
 * of the runtime. It has no timers and no BullMQ, which only wake a process.
 */
export class ModelProcess {
  readonly connection: FaultyConnection;
  readonly name: string;
  readonly group: GroupKeys;
  /** Every run that has not ended, in the order of their starts. */
  readonly runs: OpenRun[] = [];
  readonly #inFlight = new InFlight(new Places(1_000), () => undefined);
  readonly #deliverer: Deliverer<RedisDelivery>;
  readonly #membership: Membership;
  readonly #peers: PeerHandlers;
  readonly #retries: Retries;
  readonly #lanes: readonly Lane[];
  /** Handler → whether its dead letters hold their key. */
  readonly #holdsDead: ReadonlyMap<string, boolean>;
  #isClosed = false;
  /** The first error that no planned fate explains. */
  #failure: unknown;
  readonly #note = (error: unknown): void => {
    if (!mayTryAgain(error)) this.#failure ??= error;
  };
  /** Time that has passed for the leases of this process, by commands of the model, in milliseconds. */
  #passedMs = 0;

  constructor({ url, name, group: service, handlers: described, definitions }: ModelProcessOptions) {
    const logger = silentLogger;
    const keys = partitionKeys('hyvve', 0);
    const target = resolveTarget('model', url);
    const connection = new FaultyConnection({ target, name, logger, replyTimeoutMs: 60_000 });
    const group = keys.group(service);
    const handlers = this.#handlers(described, definitions);
    const member = { connection, keys, group, consumer: name, handlers, logger, leaseMs };
    this.#holdsDead = new Map(described.map((each) => [each.name, each.order?.whenDead === 'hold']));
    this.connection = connection;
    this.name = name;
    this.group = group;
    this.#membership = new Membership(member, { concurrency: 1_000, catalogHash: undefined });
    this.#peers = new PeerHandlers(member, this.#membership);
    const inFlight = this.#inFlight;
    const outcomes = new OutcomeRecorder({
      connection,
      handlers,
      logger,
      inFlight,
      runFields: new RunFields(service),
      orderedHandlers: () => this.#peers.ordered,
    });
    this.#deliverer = new Deliverer<RedisDelivery>({
      group: service,
      // No handler of the model publishes.
      publisher: { publish: refuse, publishBatch: refuse, withContext: refuse },
      logger,
      wrapping: () => undefined,
      onError: undefined,
      recordDuration: undefined,
      settle: (delivery, handler, result, last) => delivery.lane.ofPartition.settleRun(delivery, handler, result, last),
    });
    const deliverer = this.#deliverer;
    const dispatcher = new Dispatcher({
      handlers,
      logger,
      inFlight,
      deliverer,
      outcomes,
      maxEventBytes: 1_000_000,
      maxDeliveries,
    });
    // Not started: a job is only a hint.
    const wakeups = new Wakeups(
      connection,
      new GroupJobs({ newClient: refuse, prefix: 'hyvve', group: service, logger }),
      0,
    );
    const ofPartition = {
      index: 0,
      once: new RedisOnceStore(connection, keys, leaseMs),
      settleRun: outcomes.settleRun.bind(outcomes),
    };
    const parts = {
      ...member,
      inFlight,
      ofPartition,
      deliverer,
      dispatcher,
      peers: this.#peers,
      wakeups,
      handOvers: new HandOvers(inFlight, dispatcher),
      maxWaiting: Number.POSITIVE_INFINITY,
      waiting: { all: 0, isFull: false },
      epoch: () => 1,
      onCreated: () => undefined,
    };
    const live = new Lane(liveLane(keys, group, '0'), parts);
    this.#lanes = [live, new Lane(replayLane(keys, group), parts)];
    const ofMap = { map: () => firstMap(1), readMap: async () => undefined };
    const turns = new RetryTurns({ ...member, ...ofMap, wakeups, index: 0, inheritanceOf: () => undefined });
    this.#retries = new Retries(live, { ...parts, turns });
  }

  /** Joins the group. */
  async join(): Promise<void> {
    this.connection.connect();
    await this.connection.whenReady(10_000);
    for (const lane of this.#lanes) await lane.ensureGroup();
    await this.#peers.reload();
    for (const lane of this.#lanes) {
      // Begins to take over.
      lane.leases.start();
      await this.idle();
    }
  }

  /** Reads all new entries of one of its streams. */
  async read(lane: ModelLane): Promise<void> {
    const read = this.#laneOf(lane);
    const { stream } = read.spec;
    const args = ['GROUP', this.group.name, this.name, 'COUNT', '1000', 'STREAMS', stream, '>'];
    const sentAt = performance.now();
    const passedMs = this.#passedMs;
    const call = this.connection.tryOnce((redis) => redis.call('XREADGROUP', args));
    const accept = async (reply: unknown) => {
      for (const [, entries] of (reply ?? []) as readonly (readonly [string, readonly RawEntry[]])[]) {
        const heldSince = sentAt - (this.#passedMs - passedMs);
        const entered = read.queues.areUsed ? await read.queues.enter(entries, heldSince) : undefined;
        for (const entry of entries) read.accept(entry, 1, [], heldSince, entered);
      }
    };
    void call.then(accept).catch(this.#note);
    await this.idle();
  }

  /** The replies that were held arrive. */
  async deliverReplies(): Promise<void> {
    this.connection.deliverReplies();
    await this.idle();
  }

  /** More time passes than its leases last, and it does not know that they have expired. */
  letLeasesExpire(): void {
    const ms = 2 * leaseMs;
    this.#passedMs += ms;
    for (const delivery of this.#inFlight) delivery.heldSince -= ms;
  }

  /** Ends a run that is open. */
  async end(run: OpenRun, outcome: RunOutcome): Promise<void> {
    this.runs.splice(this.runs.indexOf(run), 1);
    run.end(outcome);
    await this.idle();
  }

  /** Takes over the entries of one of its streams whose lease has expired. */
  async takeOver(lane: ModelLane): Promise<void> {
    this.#laneOf(lane).leases.takeOver();
    await this.idle();
  }

  /** Claims due retries, and those that an older build has parked. */
  async claim(): Promise<void> {
    void this.#peers.readParked().then(() => this.#retries.wake(), this.#note);
    await this.idle();
  }

  /** Renews its leases. */
  async renew(): Promise<void> {
    for (const lane of this.#lanes) void lane.leases.renew();
    void this.#retries.renew();
    await this.idle();
  }

  /** Does one round of maintenance: removes events that are finished, however young they are. */
  async maintain(): Promise<void> {
    const keys = partitionKeys('hyvve', 0);
    const settings = { ...maintenanceDefaults, eventsMs: 0 };
    const deadLetterHolds = (handler: string) => this.#holdsDead.get(handler);
    const { connection, group } = this;
    const round = maintainGroup(
      { connection, keys, group, deadLetterHolds, logger: silentLogger, leaseMs, settings },
      new AbortController().signal,
    );
    // It may wait between two calls.
    await Promise.race([round.catch(this.#note), connection.died]);
    await this.idle();
  }

  /** Returns what it has to the group, and ends. */
  async close(): Promise<void> {
    for (const lane of this.#lanes) lane.leases.stop();
    const parts = [this.#membership.leave(), this.#retries.release(), ...this.#lanes.map((lane) => lane.release())];
    for (const part of parts) void part.catch(this.#note);
    await this.idle();
    this.die();
  }

  /** From now on it sends nothing. */
  die(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connection.die();
    this.connection.close();
    this.#deliverer.close();
    this.#retries.stop();
    for (const lane of this.#lanes) lane.leases.stop();
  }

  /** Resolves when nothing happens any more until the next step. @throws an error of the runtime that no planned fate explains */
  async idle(): Promise<void> {
    await this.#quiet();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #quiet(): Promise<void> {
    const { connection } = this;
    for (let quiet = 0, calls = -1; quiet < 3; ) {
      await new Promise((next) => setImmediate(next));
      if (connection.isDead) return connection.executed();
      quiet = connection.running === 0 && connection.calls === calls ? quiet + 1 : 0;
      calls = connection.calls;
    }
  }

  #laneOf(lane: ModelLane): Lane {
    const found = this.#lanes.find(({ spec }) => spec.kind === lane);
    if (found === undefined) throw new Error(`there is no lane ${lane}`);
    return found;
  }

  #handlers(described: readonly ModelHandler[], definitions: readonly AnyEventDefinition[]): HandlerSet {
    const handlers = new HandlerSet();
    for (const { name, level, replay, order } of described) {
      const options = {
        name,
        priority: level,
        replay,
        order: order ?? ('none' as const),
        maxRetries,
        retryDelaysMs: [leaseMs],
        timeoutMs: Number.POSITIVE_INFINITY,
      };
      const run = (event: Envelope, context: HandlerContext) =>
        new Promise<void>((resolve, reject) => {
          const job = event.replay === undefined ? '' : `@${event.replay.jobId}`;
          const ref = `${context.streamId}${job}/${name}`;
          const end = (outcome: RunOutcome) => {
            if (outcome === 'completes') resolve();
            else reject(outcome === 'fails' ? new Error('as planned') : new NonRetryableError('as planned'));
          };
          this.runs.push({ ref, attempt: context.attempt, signal: context.signal, end, isChecked: false });
        });
      handlers.add(subscribeTo(definitions, '*', options, run));
    }
    return handlers;
  }
}

function refuse(): never {
  throw new Error('no handler of the model publishes');
}
