import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventBus } from '../bus/event-bus.js';
import type { AnyEventDefinition, EventDefinition } from '../event/definition.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { randomName } from '../event/ids.js';
import { readEntry } from '../event/read-envelope.js';
import { canDecide, plainVersion } from '../event/versions.js';
import type { OnceStore } from '../handle/delivery.js';
import type { HandlerLevel } from '../handle/handler-set.js';
import type { RunResult } from '../handle/interceptor.js';
import { checkCalls } from '../operate/call-arguments.js';
import { type DeadLetter, type DeadLetterReason, type DeadLetters, deadLetterCalls } from '../operate/dead-letter.js';
import { aheadMessage, defaultMaxParkMs, type ParkedDeliveries, parkedCalls } from '../operate/parked.js';
import type { ReplayRequest } from '../operate/replay.js';
import {
  type KnownGroups,
  type KnownHandler,
  markReplayed,
  planReplay,
  replaySelection,
} from '../operate/replay-plan.js';
import { definitions, type OptionTable, resolveOptions } from '../options.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Published } from '../publish/publisher.js';
import { type Failure, failureNamed } from '../support/failure.js';
import { Clock } from './clock.js';
import { type BusBroker, type MemoryBusOptions, type MemoryDelivery, MemoryServiceBus } from './memory-bus.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryOnceStore } from './memory-once.js';
import { MemoryParked, type Scheduled } from './memory-parked.js';
import { type Entry, MemoryStream, type PublishedEvent } from './memory-stream.js';

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
}

const brokerOptions: OptionTable<MemoryBrokerOptions> = { events: { default: [], check: definitions } };

/** A broker in memory, for unit tests. It delivers like Redis, but its state is lost when the process ends. */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new Broker(resolveOptions<MemoryBrokerOptions>('createMemoryBroker', brokerOptions, options));
}

/** A replayed event that waits for a free slot. */
interface Replayed extends Entry {
  readonly isFor: (handler: string) => boolean;
}

interface Group {
  readonly buses: MemoryServiceBus[];
  readonly replayed: Replayed[];
  /** Index of the next entry to deliver. */
  next: number;
}

class Broker implements MemoryBroker, BusBroker {
  readonly clock = new Clock();
  readonly once: OnceStore = new MemoryOnceStore(this.clock);
  readonly deadLetters: MemoryDeadLetters;
  readonly parked = checkCalls('parked', new MemoryParked(() => this.#scheduled), parkedCalls);
  readonly #stream = new MemoryStream(this.clock);
  readonly #groups = new Map<string, Group>();
  readonly #definitions = new Map<string, AnyEventDefinition>();
  #scheduled: Scheduled[] = [];
  #pumping = false;

  constructor({ events }: Required<MemoryBrokerOptions>) {
    for (const event of events) this.#definitions.set(event.type, event);
    this.deadLetters = new MemoryDeadLetters(
      this.clock,
      () => this.#definitions,
      (letter, envelope) => {
        const { group, handler, streamId } = letter;
        this.#schedule({
          group,
          handler,
          streamId,
          envelope,
          dueAt: this.clock.now(),
          attempt: 1,
          firstFailedAt: undefined,
        });
      },
    );
    checkCalls('deadLetters', this.deadLetters, deadLetterCalls);
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
    return new MemoryServiceBus(this, options);
  }

  replay(request: ReplayRequest = {}): string {
    const known: KnownGroups = new Map([...this.#groups].map(([name, { buses }]) => [name, handlersOf(buses)]));
    const plan = planReplay(request, known, this.clock.now());
    const isSelected = replaySelection(plan, known);
    const jobId = `replay-${randomName()}`;
    const [from, to] = [plan.from === undefined ? 0 : Date.parse(plan.from), Date.parse(plan.to)];
    for (const { streamId, json } of this.#stream.entries) {
      const writtenAt = Number(streamId.split('-')[0]);
      const marked = markReplayed(json, jobId);
      if (marked === undefined || writtenAt < from || writtenAt > to || !isSelected(marked)) continue;
      for (const [name, group] of this.#groups) {
        const own = plan.handlers.filter((target) => target.group === name).map(({ handler }) => handler);
        const isFor = (handler: string) => plan.groups.includes(name) || own.includes(handler);
        group.replayed.push({ streamId, json: marked.json, isFor });
      }
    }
    this.#pumpSoon();
    return jobId;
  }

  write(json: string): string {
    const streamId = this.#stream.write(json);
    this.#pumpSoon();
    return streamId;
  }

  async idle(): Promise<void> {
    do await nextTurn();
    while (this.#busy());
  }

  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.idle();
    for (;;) {
      const due = this.#scheduled.filter((retry) => retry.dueAt <= end && this.#busFor(retry) !== undefined);
      const next = Math.min(...due.map(({ dueAt }) => dueAt));
      if (next > end) break;
      this.clock.moveTo(next);
      this.#pumpSoon();
      await this.idle();
    }
    this.clock.moveTo(end);
    this.#expireParked();
  }

  publish(events: readonly PreparedEvent[]): Published[] {
    const published = this.#stream.publish(events);
    this.#pumpSoon();
    return published;
  }

  joined(bus: MemoryServiceBus): void {
    for (const definition of bus.handlerSet.definitions.values()) this.#definitions.set(definition.type, definition);
    const group = this.#groups.get(bus.service);
    if (group === undefined) this.#groups.set(bus.service, { buses: [bus], replayed: [], next: 0 });
    else group.buses.push(bus);
    this.#pumpSoon();
  }

  settled(bus: MemoryServiceBus, delivery: MemoryDelivery, handler: string, result: RunResult): void {
    if (result.outcome === 'failed') {
      this.#schedule({
        group: bus.service,
        handler,
        streamId: delivery.streamId,
        envelope: delivery.envelope,
        dueAt: this.clock.now() + result.retryInMs,
        attempt: delivery.attempt + 1,
        firstFailedAt: delivery.firstFailedAt ?? this.#isoNow(),
      });
    } else if (result.outcome === 'dead') {
      this.#deadLetter(bus.service, delivery, handler, result.reason, result.failure);
    }
    this.#pumpSoon();
  }

  /** Schedules the open handlers again, for another bus of the group. */
  returned({ service }: MemoryServiceBus, delivery: MemoryDelivery): void {
    const { streamId, envelope, attempt, firstFailedAt } = delivery;
    for (const handler of delivery.open) {
      this.#schedule({
        group: service,
        handler,
        streamId,
        envelope,
        attempt,
        firstFailedAt,
        dueAt: this.clock.now(),
      });
    }
  }

  #schedule(retry: Scheduled): void {
    this.#scheduled.push(retry);
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pumpRetries();
      for (const [name, group] of this.#groups) this.#pumpGroup(name, group);
    });
  }

  #pumpGroup(name: string, group: Group): void {
    for (;;) {
      const bus = group.buses.find((candidate) => candidate.free);
      const live = this.#stream.entries[group.next];
      if (bus === undefined) return;
      if (live !== undefined) group.next += 1;
      const replayed = live === undefined ? group.replayed.shift() : undefined;
      const entry = live ?? replayed;
      if (entry === undefined) return;
      // The buses take turns, as processes share a stream.
      group.buses.push(...group.buses.splice(group.buses.indexOf(bus), 1));
      this.#accept(name, group, bus, entry, replayed?.isFor ?? everyHandler);
    }
  }

  #accept(name: string, group: Group, bus: MemoryServiceBus, entry: Entry, isFor: Replayed['isFor']): void {
    const { streamId, json } = entry;
    const read = readEntry(json, bus.handlerSet.definitions, bus.maxEventBytes);
    const event = read.event ?? noEnvelope;
    const delivery = { streamId, envelope: json, event, attempt: 1, firstFailedAt: undefined };
    const levels = read.event === undefined ? [] : openLevels(bus, event, isFor);
    const own = levels.flat().map((handler) => handler.name);
    if (read.kind === 'invalid') {
      const failure = failureNamed(read.reason, read.message);
      for (const handler of own.length === 0 ? ['*'] : own)
        this.#deadLetter(name, delivery, handler, read.reason, failure);
      return;
    }
    const others = group.buses.filter((other) => other !== bus && other.started);
    const ofPeers = new Set(others.flatMap((other) => openLevels(other, event, isFor).flat()).map((h) => h.name));
    for (const handler of own) ofPeers.delete(handler);
    for (const handler of ofPeers) {
      this.#schedule({
        group: name,
        handler,
        streamId,
        envelope: json,
        attempt: 1,
        firstFailedAt: undefined,
        dueAt: this.clock.now(),
      });
    }
    if (read.kind === 'ahead') for (const handler of own) this.#park(name, delivery, handler);
    else if (own.length > 0) bus.deliver(delivery, levels);
  }

  #pumpRetries(): void {
    const now = this.clock.now();
    const waiting: Scheduled[] = [];
    const retries = this.#scheduled;
    this.#scheduled = [];
    for (const retry of retries) {
      const bus = retry.dueAt <= now ? this.#busFor(retry) : undefined;
      const handler = bus?.handlerSet.get(retry.handler);
      if (bus === undefined || handler === undefined || !bus.free) {
        waiting.push(retry);
        continue;
      }
      const { streamId, envelope, attempt, firstFailedAt } = retry;
      const read = readEntry(envelope, bus.handlerSet.definitions, bus.maxEventBytes);
      const delivery = { streamId, envelope, event: read.event ?? noEnvelope, attempt, firstFailedAt };
      if (read.kind === 'ahead') {
        this.#park(retry.group, delivery, retry.handler);
      } else if (read.kind === 'invalid') {
        const failure = failureNamed(read.reason, read.message);
        this.#deadLetter(retry.group, delivery, retry.handler, read.reason, failure);
      } else {
        bus.deliver(delivery, [[handler]]);
      }
    }
    this.#scheduled.push(...waiting);
  }

  /** Parks a delivery for a bus that can handle its version. */
  #park(group: string, delivery: Omit<MemoryDelivery, 'open'>, handler: string): void {
    const { streamId, envelope, attempt, firstFailedAt, event } = delivery;
    const parkedAt = this.clock.now();
    const needs = { type: event.type, version: plainVersion(event.version), parkedAt };
    this.#schedule({ group, handler, streamId, envelope, attempt, firstFailedAt, dueAt: parkedAt, needs });
  }

  /** Number of parked deliveries of a group. */
  parkedIn(group: string): number {
    return this.#scheduled.filter((retry) => retry.group === group && retry.needs !== undefined).length;
  }

  /** Makes dead letters of deliveries that were parked for too long. */
  #expireParked(): void {
    const before = this.clock.now() - defaultMaxParkMs;
    const expired = this.#scheduled.filter(({ needs }) => needs !== undefined && needs.parkedAt <= before);
    for (const retry of expired) {
      const { group, handler, streamId, envelope, attempt, firstFailedAt, needs } = retry;
      this.#scheduled.splice(this.#scheduled.indexOf(retry), 1);
      const event = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event ?? noEnvelope;
      const message = aheadMessage(group, event.type, needs?.version ?? '');
      const delivery = { streamId, envelope, event, attempt: attempt - 1, firstFailedAt };
      this.#deadLetter(group, delivery, handler, 'VERSION_AHEAD', failureNamed('VERSION_AHEAD', message));
    }
  }

  #busFor({ group, handler, needs }: Scheduled): MemoryServiceBus | undefined {
    const able = this.#groups.get(group)?.buses.filter((bus) => {
      if (!bus.started || bus.handlerSet.get(handler) === undefined) return false;
      if (needs === undefined) return true;
      const definition = bus.handlerSet.definitions.get(needs.type);
      return definition !== undefined && canDecide(definition.version, needs.version);
    });
    return able?.find((bus) => bus.free) ?? able?.[0];
  }

  #busy(): boolean {
    if (this.#pumping) return true;
    const now = this.clock.now();
    for (const { buses, next, replayed } of this.#groups.values()) {
      if (buses.some((bus) => bus.inFlight.size > 0)) return true;
      const waiting = next < this.#stream.entries.length || replayed.length > 0;
      if (waiting && buses.some((bus) => bus.started)) return true;
    }
    const due = this.#scheduled.some((retry) => retry.dueAt <= now && this.#busFor(retry) !== undefined);
    if (due) this.#pumpSoon();
    return due;
  }

  #deadLetter(
    group: string,
    delivery: Omit<MemoryDelivery, 'open'>,
    handler: string,
    reason: DeadLetterReason,
    failure: Failure,
  ): void {
    const { id: eventId, type, tenantId, correlationId, replay } = delivery.event;
    const { retryable: _, ...error } = failure;
    const lastFailedAt = this.#isoNow();
    const letter: Omit<DeadLetter, 'id'> = {
      eventId,
      type,
      tenantId,
      correlationId,
      group,
      handler,
      reason,
      error,
      lastFailedAt,
      attempts: delivery.attempt,
      firstFailedAt: delivery.firstFailedAt ?? lastFailedAt,
      streamId: delivery.streamId,
      envelope: delivery.envelope,
      ...(replay === undefined ? {} : { replayJobId: replay.jobId }),
    };
    this.deadLetters.add(letter);
  }

  #isoNow(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

const everyHandler = () => true;

function handlersOf(buses: readonly MemoryServiceBus[]): ReadonlyMap<string, KnownHandler> {
  const all = buses.flatMap(({ handlerSet }) => [...handlerSet]);
  return new Map(all.map(({ name, pattern, options }) => [name, { pattern, replay: options.replay }]));
}

/** The handlers of a bus that get an event, in priority levels. */
function openLevels(bus: MemoryServiceBus, event: Envelope | UnknownEvent, isFor: Replayed['isFor']): HandlerLevel[] {
  const levels = bus.handlerSet.levelsFor(event.type, event.replay !== undefined);
  return levels.map((level) => level.filter(({ name }) => isFor(name))).filter((level) => level.length > 0);
}

/** Placeholder for the event of an entry that is not an envelope. */
const noEnvelope: Envelope = {
  id: '',
  type: '',
  source: '',
  timestamp: '',
  correlationId: '',
  tenantId: '',
  version: '',
  data: undefined,
};
