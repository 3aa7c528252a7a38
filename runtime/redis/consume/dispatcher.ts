import type { Envelope } from '../../event/envelope.js';
import { readEntry } from '../../event/read-envelope.js';
import type { Deliverer } from '../../handle/deliverer.js';
import type { HandlerLevel, HandlerSet } from '../../handle/handler-set.js';
import type { Outcome } from '../../handle/outcome.js';
import type { Logger } from '../../logger.js';
import type { DeadLetterReason } from '../../operate/dead-letter.js';
import { failureNamed } from '../../support/failure.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { RunCode, RunFields } from '../statistics/counters.js';
import { type ReplayedEntry, streamIdOfPrefix } from '../store/replay-entry.js';
import { type ClaimedRetry, newDelivery, type Operation, type RedisDelivery } from './delivery.js';
import type { InFlight } from './in-flight.js';
import type { RawEntry } from './reader.js';
import { deadOperation, operationFor, parkOperation, skippedOperation } from './settle-operations.js';
import type { Settler } from './settler.js';

export interface DispatcherOptions {
  readonly connection: RedisConnection;
  readonly handlers: HandlerSet;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  readonly runFields: RunFields;
  readonly maxEventBytes: number;
  /** How often an entry is handed out before it counts as what kills its process. */
  readonly maxDeliveries: number;
  readonly deliverer: Deliverer<RedisDelivery>;
  /** Settles what came from the events' stream. */
  readonly settler: Settler;
  /** Settles what came from the replays' stream. */
  readonly replaySettler: Settler;
}

/** Decides what becomes of what the group was handed: run by the handlers that are open, settled at once, or a dead letter. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Types with the versions of which an event was parked. */
  readonly #parkedVersions = new Set<string>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Takes an entry of a stream.
   * @param deliveryCount How often it was handed out, this time included.
   * @param finished Handlers that are done with it.
   * @param replayed What the entry says of its replay; undefined for one of the events' stream.
   */
  acceptEntry(
    entry: RawEntry,
    deliveryCount: number,
    finished: readonly string[],
    replayed: ReplayedEntry | undefined,
  ): void {
    const [entryId, fields] = entry;
    const streamId = replayed === undefined ? entryId : streamIdOfPrefix(replayed.deliveryPrefix);
    const { handlers, maxEventBytes, maxDeliveries, logger, inFlight, deliverer } = this.#options;
    const json = fields?.[0] === 'e' ? fields[1] : undefined;
    const read = readEntry(json, handlers.definitions, maxEventBytes);
    const event = read.event ?? noEnvelope;
    const envelope = json ?? JSON.stringify(fields ?? []);
    const delivery = newDelivery(streamId, event, envelope, 1, deliveryCount, undefined, replayed);
    if (finished.length > 0) delivery.completedHandlers = [...finished];
    inFlight.add(delivery);
    const levels = read.event === undefined ? [] : handlers.levelsFor(event.type, event.replay !== undefined);
    const left = finished.length === 0 ? levels : openLevels(levels, (handler) => !finished.includes(handler));
    const open = replayed === undefined ? left : openLevels(left, replayed.isFor);
    if (replayed !== undefined && (event.replay === undefined || open.length === 0)) {
      // For others, or nothing that a replay wrote.
      this.#settle(delivery, undefined, true);
    } else if (read.kind === 'invalid') {
      logger.warn({ streamId, reason: read.reason }, `an entry is dead at once: ${read.message}`);
      this.#deadLetter(delivery, open, read.reason, read.message);
    } else if (open.length === 0) {
      this.#settle(delivery, undefined, true);
    } else if (read.kind === 'ahead') {
      const names = open.flat().map((handler) => handler.name);
      this.#park(delivery, names, read.message);
    } else if (deliveryCount > maxDeliveries) {
      const message = `delivered ${deliveryCount} times: the process died or stalled on it each time`;
      logger.error({ streamId, eventId: event.id }, message);
      this.#deadLetter(delivery, open, 'CRASHED', message);
    } else {
      deliverer.deliver(delivery, open);
    }
  }

  /** Takes a scheduled retry. */
  acceptRetry(claimed: ClaimedRetry): void {
    const { handlers, maxEventBytes, maxDeliveries, inFlight, deliverer } = this.#options;
    const { retry } = claimed;
    const handler = handlers.get(claimed.handler);
    if (handler === undefined) return;
    const read = readEntry(retry.envelope, handlers.definitions, maxEventBytes);
    const runs = Number.parseInt(claimed.claim, 10);
    const event = read.event ?? noEnvelope;
    const delivery = newDelivery(retry.streamId, event, retry.envelope, retry.attempt, runs, claimed, undefined);
    inFlight.add(delivery);
    if (read.kind === 'invalid') {
      this.#deadLetter(delivery, [[handler]], read.reason, read.message);
    } else if (handler.options.replay === (read.event.replay === undefined ? 'only' : 'skip')) {
      this.#settle(delivery, skippedOperation(delivery, handler.name), true);
    } else if (read.kind === 'ahead') {
      this.#park(delivery, [handler.name], read.message);
    } else if (runs > maxDeliveries) {
      this.#deadLetter(
        delivery,
        [[handler]],
        'CRASHED',
        `taken ${runs} times: the process died or stalled on it each time`,
      );
    } else {
      deliverer.deliver(delivery, [[handler]]);
    }
  }

  /** Takes what came of a handler's run. @param last Whether the delivery has no other that is open. */
  settleRun(delivery: RedisDelivery, handler: string, outcome: Outcome, last: boolean): void {
    const counter = this.#counterOf(delivery, handler, codeOf(outcome, delivery.attempt));
    this.#settle(
      delivery,
      operationFor(delivery, handler, outcome, last, this.#options.connection.now()),
      last,
      counter,
    );
  }

  /** Makes the delivery a dead letter of each handler that is open, or where none is known, of `*`. */
  #deadLetter(delivery: RedisDelivery, open: readonly HandlerLevel[], reason: DeadLetterReason, message: string): void {
    const failure = failureNamed(reason, message);
    const names = open.flat().map((handler) => handler.name);
    const dead = names.length === 0 ? ['*'] : names;
    dead.forEach((name, index) => {
      const operation = deadOperation(delivery, name, reason, failure, this.#options.connection.now());
      this.#settle(delivery, operation, index === dead.length - 1, this.#counterOf(delivery, name, 'x'));
    });
  }

  /** Parks the delivery for a build that knows its version: it is neither a run nor a dead letter. */
  #park(delivery: RedisDelivery, names: readonly string[], message: string): void {
    const { id: eventId, type, version } = delivery.event;
    // Of a busy stream there may be very many: the first of each version is the one to be seen.
    const isNew = !this.#parkedVersions.has(`${type} ${version}`);
    if (isNew && this.#parkedVersions.size < 1_000) this.#parkedVersions.add(`${type} ${version}`);
    const level = isNew ? 'warn' : 'debug';
    this.#options.logger[level]({ eventId, type, version, message }, 'an event is parked: it waits for a newer build');
    names.forEach((name, index) => {
      this.#settle(delivery, parkOperation(delivery, name, message), index === names.length - 1);
    });
  }

  #settle(delivery: RedisDelivery, operation: Operation | undefined, last: boolean, counter?: string): void {
    const { settler, replaySettler, inFlight } = this.#options;
    (delivery.replayed === undefined ? settler : replaySettler).settle(delivery, operation, last, counter);
    if (last) inFlight.ended(delivery);
  }

  #counterOf({ event }: RedisDelivery, handler: string, code: RunCode): string {
    const { handlers, runFields } = this.#options;
    // Types that no handler here knows come from the stream: counting each by its name would have no bound.
    const type = handlers.definitions.has(event.type) ? event.type : '*';
    return runFields.of(event.replay === undefined ? code : `r${code}`, type, handler);
  }
}

/** Stands in for the event of an entry that is none. */
const noEnvelope: Envelope = {
  ...{ id: '', type: '', source: '', timestamp: '', correlationId: '', tenantId: '', version: '', data: undefined },
};

function openLevels(levels: readonly HandlerLevel[], isOpen: (handler: string) => boolean): readonly HandlerLevel[] {
  const open = levels.map((level) => level.filter((handler) => isOpen(handler.name)));
  return open.filter((level) => level.length > 0);
}

function codeOf(outcome: Outcome, attempt: number): RunCode {
  if (outcome.kind === 'done') return attempt === 1 ? 'h' : 'H';
  if (outcome.kind === 'retry') return attempt === 1 ? 'f' : 'F';
  return attempt === 1 ? 'd' : 'D';
}
