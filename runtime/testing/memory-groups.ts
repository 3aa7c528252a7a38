import type { AnyEventDefinition } from '../event/definition.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { canDecide } from '../event/older-versions.js';
import { noEnvelope, readEntry } from '../event/read-envelope.js';
import { plainVersion } from '../event/versions.js';
import type { OnceStore } from '../handle/delivery.js';
import { type HandlerLevel, openLevels } from '../handle/handler-set.js';
import type { RunResult } from '../handle/interceptor.js';
import type { KeyOrder } from '../handle/subscription.js';
import { aheadMessage, defaultMaxParkMs, type ParkedCount } from '../operate/parked.js';
import type { KnownGroups, KnownHandler } from '../operate/replay-plan.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Published } from '../publish/publisher.js';
import { failureNamed } from '../support/failure.js';
import type { Clock } from './clock.js';
import type { BusBroker, MemoryDelivery, MemoryDeliveryStart, MemoryServiceBus } from './memory-bus.js';
import type { MemoryDeadLetters } from './memory-dead-letters.js';
import type { MemoryKeyQueues } from './memory-key-queues.js';
import { MemoryOnceStore } from './memory-once.js';
import type { MemorySchedule, Scheduled } from './memory-schedule.js';
import type { Entry, MemoryStream } from './memory-stream.js';

/** A replayed event that waits for a free slot. */
export interface Replayed extends Entry {
  readonly isFor: (handler: string) => boolean;
}

interface Group {
  readonly buses: MemoryServiceBus[];
  readonly replayed: Replayed[];
  /** Index of the next entry to deliver. */
  next: number;
}

export interface MemoryGroupsOptions {
  readonly clock: Clock;
  readonly stream: MemoryStream;
  readonly schedule: MemorySchedule;
  readonly deadLetters: MemoryDeadLetters;
  readonly queues: MemoryKeyQueues;
  /** Definitions by type. Those of the subscriptions are added when a bus starts. */
  readonly definitions: Map<string, AnyEventDefinition>;
}

/** The consumer groups: pass new entries, replayed entries and due deliveries to the buses, and record their results. */
export class MemoryGroups implements BusBroker {
  readonly clock: Clock;
  readonly once: OnceStore;
  readonly #options: MemoryGroupsOptions;
  readonly #groups = new Map<string, Group>();
  #pumping = false;

  constructor(options: MemoryGroupsOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.once = new MemoryOnceStore(options.clock);
    options.schedule.whenChanged(() => this.pumpSoon());
  }

  /** The handlers of each group. */
  get known(): KnownGroups {
    return new Map([...this.#groups].map(([name, { buses }]) => [name, handlersOf(buses)]));
  }

  /** Adds a replayed event to a group. It is delivered after the group's new entries. */
  replay(group: string, replayed: Replayed): void {
    this.#groups.get(group)?.replayed.push(replayed);
    this.pumpSoon();
  }

  publish(events: readonly PreparedEvent[]): Published[] {
    const published = this.#options.stream.publish(events);
    this.pumpSoon();
    return published;
  }

  joined(bus: MemoryServiceBus): void {
    const { definitions } = this.#options;
    for (const definition of bus.handlerSet.definitions.values()) definitions.set(definition.type, definition);
    const group = this.#groups.get(bus.service);
    if (group === undefined) this.#groups.set(bus.service, { buses: [bus], replayed: [], next: 0 });
    else group.buses.push(bus);
    this.pumpSoon();
  }

  settled(bus: MemoryServiceBus, delivery: MemoryDelivery, handler: string, result: RunResult): void {
    const order = bus.handlerSet.get(handler)?.options.order;
    if (order !== undefined && !holds(order, result.outcome)) this.#leave(bus.service, handler, delivery);
    if (result.outcome === 'failed') {
      this.#options.schedule.add({
        group: bus.service,
        handler,
        streamId: delivery.streamId,
        envelope: delivery.envelope,
        dueAt: this.clock.now() + result.retryInMs,
        attempt: delivery.attempt + 1,
        firstFailedAt: delivery.firstFailedAt ?? new Date(this.clock.now()).toISOString(),
      });
    } else if (result.outcome === 'dead') {
      this.#options.deadLetters.add(bus.service, delivery, handler, result.reason, result.failure);
    }
    this.pumpSoon();
  }

  /** Schedules the open handlers again, for another bus of the group. */
  returned({ service }: MemoryServiceBus, delivery: MemoryDelivery): void {
    for (const handler of delivery.open) this.#scheduleNow(service, handler, delivery);
  }

  parkedIn(group: string): readonly ParkedCount[] {
    const own = this.#options.schedule.parked.filter((parked) => parked.group === group);
    return own.map(({ needs: { type, version } }) => ({ type, version, count: 1 }));
  }

  waitingIn(group: string): number {
    return this.#options.queues.waitingIn(group);
  }

  /** When the next delivery is due that a bus can handle, up to `end`; undefined if there is none. In milliseconds since 1970. */
  nextDue(end: number): number | undefined {
    const due = this.#options.schedule.all.filter(({ dueAt }) => dueAt <= end);
    const able = due.filter((delivery) => this.#busFor(delivery) !== undefined && !this.#mustWait(delivery));
    return able.reduce<number | undefined>((first, { dueAt }) => Math.min(first ?? dueAt, dueAt), undefined);
  }

  /** Whether handlers run, or entries or due deliveries wait for a bus that exists. */
  get isBusy(): boolean {
    if (this.#pumping) return true;
    for (const { buses, next, replayed } of this.#groups.values()) {
      if (buses.some((bus) => bus.inFlight.size > 0)) return true;
      const waiting = next < this.#options.stream.entries.length || replayed.length > 0;
      if (waiting && buses.some((bus) => bus.started)) return true;
    }
    const isDue = this.nextDue(this.clock.now()) !== undefined;
    if (isDue) this.pumpSoon();
    return isDue;
  }

  /** Makes dead letters of deliveries that were parked for too long. */
  expireParked(): void {
    const { schedule } = this.#options;
    const before = this.clock.now() - defaultMaxParkMs;
    for (const parked of schedule.parked.filter(({ needs }) => needs.parkedAt <= before)) {
      const { group, handler, streamId, envelope, attempt, firstFailedAt, needs } = parked;
      schedule.remove(parked);
      const event = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event ?? noEnvelope;
      const message = aheadMessage(group, event.type, needs.version);
      const delivery = { streamId, envelope, event, attempt: attempt - 1, firstFailedAt };
      if (this.#orderOf(group, handler)?.whenDead !== 'hold') this.#leave(group, handler, delivery);
      this.#options.deadLetters.add(group, delivery, handler, 'VERSION_AHEAD', failureNamed('VERSION_AHEAD', message));
    }
  }

  /** Passes on everything that is due, after the present turn. */
  pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#options.schedule.removeIf((delivery) => this.#deliver(delivery));
      for (const [name, group] of this.#groups) this.#pumpGroup(name, group);
    });
  }

  #pumpGroup(name: string, group: Group): void {
    for (;;) {
      const bus = group.buses.find((candidate) => candidate.free);
      const live = this.#options.stream.entries[group.next];
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
    const levels = read.event === undefined ? [] : levelsOf(bus, event, isFor);
    const own = levels.flat().map((handler) => handler.name);
    if (read.kind === 'invalid') {
      const failure = failureNamed(read.reason, read.message);
      for (const handler of own.length === 0 ? ['*'] : own)
        this.#options.deadLetters.add(name, delivery, handler, read.reason, failure);
      return;
    }
    const others = group.buses.filter((other) => other !== bus && other.started);
    const ofPeers = new Set(others.flatMap((other) => levelsOf(other, event, isFor).flat()).map((h) => h.name));
    for (const handler of own) ofPeers.delete(handler);
    for (const handler of ofPeers) {
      this.#takePlace(name, handler, delivery);
      this.#scheduleNow(name, handler, delivery);
    }
    const heads = openLevels(levels, (handler) => {
      if (this.#takePlace(name, handler, delivery)) return true;
      this.#scheduleNow(name, handler, delivery);
      return false;
    });
    const names = heads.flat().map((handler) => handler.name);
    if (read.kind === 'ahead') for (const handler of names) this.#park(name, delivery, handler);
    else if (names.length > 0) bus.deliver(delivery, heads);
  }

  #orderOf(group: string, handler: string): Required<KeyOrder> | undefined {
    const buses = this.#groups.get(group)?.buses ?? [];
    return buses.map((bus) => bus.handlerSet.get(handler)?.options.order).find((order) => order !== undefined);
  }

  /** Whether a delivery may run now; an ordered handler runs only the head of a key queue. */
  #takePlace(group: string, handler: string, { streamId, event }: MemoryDeliveryStart): boolean {
    if (this.#orderOf(group, handler) === undefined) return true;
    return this.#options.queues.takePlace({ group, handler, streamId, event });
  }

  #leave(group: string, handler: string, { streamId, event }: MemoryDeliveryStart): void {
    this.#options.queues.leave({ group, handler, streamId, event });
  }

  #mustWait({ group, handler, streamId, envelope }: Scheduled): boolean {
    if (this.#orderOf(group, handler) === undefined) return false;
    const { event } = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY);
    return event !== undefined && this.#options.queues.mustWait({ group, handler, streamId, event });
  }

  /** Passes a waiting delivery to a bus. False: it is not due, or no bus is free. */
  #deliver(waiting: Scheduled): boolean {
    const bus = waiting.dueAt <= this.clock.now() ? this.#busFor(waiting) : undefined;
    const handler = bus?.handlerSet.get(waiting.handler);
    if (bus === undefined || handler === undefined || !bus.free) return false;
    const { streamId, envelope, attempt, firstFailedAt } = waiting;
    const read = readEntry(envelope, bus.handlerSet.definitions, bus.maxEventBytes);
    const delivery = { streamId, envelope, event: read.event ?? noEnvelope, attempt, firstFailedAt };
    if (read.kind !== 'invalid' && !this.#takePlace(waiting.group, waiting.handler, delivery)) return false;
    if (read.kind === 'ahead') {
      this.#park(waiting.group, delivery, waiting.handler);
    } else if (read.kind === 'invalid') {
      const failure = failureNamed(read.reason, read.message);
      this.#leave(waiting.group, waiting.handler, delivery);
      this.#options.deadLetters.add(waiting.group, delivery, waiting.handler, read.reason, failure);
    } else {
      bus.deliver(delivery, [[handler]]);
    }
    return true;
  }

  #scheduleNow(group: string, handler: string, delivery: MemoryDeliveryStart): void {
    const { streamId, envelope, attempt, firstFailedAt } = delivery;
    const dueAt = this.clock.now();
    this.#options.schedule.add({ group, handler, streamId, envelope, attempt, firstFailedAt, dueAt });
  }

  /** Parks a delivery for a bus that can handle its version. */
  #park(group: string, delivery: MemoryDeliveryStart, handler: string): void {
    const { streamId, envelope, attempt, firstFailedAt, event } = delivery;
    const dueAt = this.clock.now();
    if (this.#orderOf(group, handler)?.whenFailed === 'pass') this.#leave(group, handler, delivery);
    const needs = { type: event.type, version: plainVersion(event.version), parkedAt: dueAt };
    this.#options.schedule.add({ group, handler, streamId, envelope, attempt, firstFailedAt, dueAt, needs });
  }

  #busFor({ group, handler, needs }: Scheduled): MemoryServiceBus | undefined {
    const able = this.#groups.get(group)?.buses.filter((bus) => {
      if (!bus.started || bus.handlerSet.get(handler) === undefined) return false;
      if (needs === undefined) return true;
      const definition = bus.handlerSet.definitions.get(needs.type);
      return definition !== undefined && canDecide(definition, needs.version);
    });
    return able?.find((bus) => bus.free) ?? able?.[0];
  }
}

const everyHandler = () => true;

/** Whether a delivery stays the head of its key queue. */
function holds({ whenFailed, whenDead }: Required<KeyOrder>, outcome: RunResult['outcome']): boolean {
  return (outcome === 'failed' && whenFailed === 'hold') || (outcome === 'dead' && whenDead === 'hold');
}

function handlersOf(buses: readonly MemoryServiceBus[]): ReadonlyMap<string, KnownHandler> {
  const all = buses.flatMap(({ handlerSet }) => [...handlerSet]);
  return new Map(all.map(({ name, pattern, options }) => [name, { pattern, replay: options.replay }]));
}

/** The handlers of a bus that get an event, in priority levels. */
function levelsOf(
  bus: MemoryServiceBus,
  event: Envelope | UnknownEvent,
  isFor: Replayed['isFor'],
): readonly HandlerLevel[] {
  return openLevels(bus.handlerSet.levelsFor(event.type, event.replay !== undefined), isFor);
}
