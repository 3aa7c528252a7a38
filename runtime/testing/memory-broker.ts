import { setImmediate as nextTurn } from 'node:timers/promises';
import { createId } from '@paralleldrive/cuid2';
import type { EventBus } from '../bus/event-bus.js';
import type { AnyEventDefinition, EventDefinition } from '../event/definition.js';
import type { Envelope } from '../event/envelope.js';
import { createEventId } from '../event/ids.js';
import { definitionsByType } from '../event/older-versions.js';
import { checkCalls } from '../operate/call-arguments.js';
import { type DeadLetters, deadLetterCalls } from '../operate/dead-letter.js';
import { type ParkedDeliveries, parkedCalls } from '../operate/parked.js';
import type { ReplayRequest } from '../operate/replay.js';
import { markReplayed, planReplay, replaySelection } from '../operate/replay-plan.js';
import { definitions, type OptionTable, resolveOptions } from '../options.js';
import { noTenant } from '../publish/prepare-event.js';
import { Clock } from './clock.js';
import { type MemoryBusOptions, MemoryServiceBus } from './memory-bus.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryGroups } from './memory-groups.js';
import { MemoryKeyQueues } from './memory-key-queues.js';
import { MemoryParked } from './memory-parked.js';
import { MemorySchedule } from './memory-schedule.js';
import { MemoryStream, type PublishedEvent } from './memory-stream.js';

export interface MemoryBrokerOptions {
  /** Definitions that validate the data of edited dead letters. Default: those of the buses' subscriptions. */
  readonly events?: readonly AnyEventDefinition[];
}

/** Replaces Redis in tests: several services of one test share a broker. */
export interface MemoryBroker {
  /** Creates a bus of a service; two buses of one service share its events. */
  createBus(options: MemoryBusOptions): EventBus;
  /** All published events, in order. */
  readonly published: readonly PublishedEvent[];
  /** The published events of one definition, with typed data. */
  publishedOf<Type extends string, Data>(event: EventDefinition<Type, Data>): readonly PublishedEvent<Type, Data>[];
  readonly deadLetters: DeadLetters;
  /** Deliveries that wait for a bus with newer definitions. */
  readonly parked: ParkedDeliveries;
  /** Resolves when no handler runs and no delivery or retry is due; retries that are due later do not count. */
  idle(): Promise<void>;
  /**
   * Advances the broker's clock and runs each retry at its due time. Resolves when the broker is idle. Timeouts of handlers
   * use the machine's time.
   * @param ms Milliseconds.
   */
  advance(ms: number): Promise<void>;
  /**
   * Delivers published events again to the requested groups or handlers, like a replay, but immediately and without the rate
   * limit. Returns the job id, which is in the envelopes.
   * @throws EventBusError `REPLAY_INVALID`
   */
  replay(request?: ReplayRequest): string;
  /** Writes a raw entry, such as one that is not an envelope. Returns its stream id. */
  write(json: string): string;
  /**
   * Writes an event as a publisher with another version of the catalog writes it, for tests of conversions and of parking. The
   * data is not validated. Returns its stream id.
   * @param version Version of the event in that catalog, such as `1.0.0`.
   * @param context Its tenant. Default: `none`.
   */
  writeVersion(
    event: AnyEventDefinition,
    version: string,
    data: unknown,
    context?: { readonly tenantId?: string },
  ): string;
}

const brokerOptions: OptionTable<MemoryBrokerOptions> = { events: { default: [], check: definitions } };

/** A broker in memory, for unit tests. It delivers like Redis, but its state is lost when the process ends. */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new Broker(resolveOptions<MemoryBrokerOptions>('createMemoryBroker', brokerOptions, options));
}

class Broker implements MemoryBroker {
  readonly deadLetters: DeadLetters;
  readonly parked: ParkedDeliveries;
  readonly #clock = new Clock();
  readonly #stream = new MemoryStream(this.#clock);
  readonly #groups: MemoryGroups;

  constructor({ events }: Required<MemoryBrokerOptions>) {
    const clock = this.#clock;
    const stream = this.#stream;
    const definitions = definitionsByType(events);
    const schedule = new MemorySchedule();
    const queues = new MemoryKeyQueues();
    const deadLetters = new MemoryDeadLetters(clock, definitions, schedule, queues);
    this.#groups = new MemoryGroups({ clock, stream, schedule, deadLetters, queues, definitions });
    this.deadLetters = checkCalls('deadLetters', deadLetters, deadLetterCalls);
    this.parked = checkCalls('parked', new MemoryParked(schedule, queues), parkedCalls);
  }

  get published(): readonly PublishedEvent[] {
    return this.#stream.published;
  }

  publishedOf<Type extends string, Data>(event: { readonly type: Type }): readonly PublishedEvent<Type, Data>[] {
    const ofType = this.#stream.published.filter(({ type }) => type === event.type);
    // The data was validated against the event's schema when it was published.
    return ofType as PublishedEvent<Type, Data>[];
  }

  createBus(options: MemoryBusOptions): EventBus {
    return new MemoryServiceBus(this.#groups, options);
  }

  replay(request: ReplayRequest = {}): string {
    const { known } = this.#groups;
    const plan = planReplay(request, known, this.#clock.now());
    const isSelected = replaySelection(plan, known);
    const jobId = `replay-${createId()}`;
    const [from, to] = [plan.from === undefined ? 0 : Date.parse(plan.from), Date.parse(plan.to)];
    for (const { streamId, json } of this.#stream.entries) {
      const writtenAt = Number(streamId.split('-')[0]);
      const marked = markReplayed(json, jobId);
      if (marked === undefined || writtenAt < from || writtenAt > to || !isSelected(marked)) continue;
      for (const name of known.keys()) {
        const own = plan.handlers.filter((target) => target.group === name).map(({ handler }) => handler);
        const isFor = (handler: string) => plan.groups.includes(name) || own.includes(handler);
        this.#groups.replay(name, { streamId, json: marked.json, isFor });
      }
    }
    return jobId;
  }

  write(json: string): string {
    const streamId = this.#stream.write(json);
    this.#groups.pumpSoon();
    return streamId;
  }

  writeVersion(
    { type }: AnyEventDefinition,
    version: string,
    data: unknown,
    { tenantId = noTenant }: { readonly tenantId?: string } = {},
  ): string {
    const now = this.#clock.now();
    const id = createEventId(now);
    const timestamp = new Date(now).toISOString();
    const envelope: Envelope = { id, type, source: 'test', timestamp, correlationId: id, tenantId, version, data };
    return this.write(JSON.stringify(envelope));
  }

  async idle(): Promise<void> {
    do await nextTurn();
    while (this.#groups.isBusy);
  }

  async advance(ms: number): Promise<void> {
    const end = this.#clock.now() + ms;
    await this.idle();
    for (let next = this.#groups.nextDue(end); next !== undefined; next = this.#groups.nextDue(end)) {
      this.#clock.moveTo(next);
      this.#groups.pumpSoon();
      await this.idle();
    }
    this.#clock.moveTo(end);
    this.#groups.expireParked();
  }
}
