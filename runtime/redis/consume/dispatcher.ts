import { noEnvelope, readEntry } from '../../event/read-envelope.js';
import type { Deliverer } from '../../handle/deliverer.js';
import { type HandlerLevel, type HandlerSet, openLevels } from '../../handle/handler-set.js';
import type { Logger } from '../../logger.js';
import { streamIdOfPrefix } from '../store/replay-entry.js';
import { readScheduledRetry } from '../store/scheduled-retry.js';
import type { ClaimReply } from './claim.lua.js';
import { type ClaimedRetry, type DeliveryLane, isQuarantined, RedisDelivery } from './delivery.js';
import type { InFlight } from './in-flight.js';
import { loseDelivery } from './lose-delivery.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import type { RawEntry } from './raw-entry.js';

export interface DispatcherOptions {
  readonly handlers: HandlerSet;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  readonly maxEventBytes: number;
  /** Deliveries without an outcome after which an event becomes a dead letter (`CRASHED`). */
  readonly maxDeliveries: number;
  readonly deliverer: Deliverer<RedisDelivery>;
  readonly outcomes: OutcomeRecorder;
}

const noNames: readonly string[] = [];

/** Makes deliveries from entries and retries: runs their handlers, or settles them immediately. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Accepts an entry of a stream.
   * @param deliveryCount How often Redis has delivered it, this time included.
   * @param completed Handlers that have completed it in an earlier delivery.
   * @param heldSince When the call that delivered it was sent, by `performance.now()`.
   * @param waits Handlers whose delivery is not the head of its key queue.
   */
  acceptEntry(
    lane: DeliveryLane,
    entry: RawEntry,
    deliveryCount: number,
    completed: readonly string[],
    heldSince: number,
    waits: readonly string[] = noNames,
  ): void {
    const [entryId, fields] = entry;
    const { handlers, maxEventBytes, maxDeliveries, logger, inFlight, deliverer, outcomes } = this.#options;
    const known = inFlight.get(lane.spec.keyPrefix + entryId);
    if (known !== undefined) {
      // The reply is late: this process has taken over the entry in the meantime, and that delivery counts.
      if (known.deliveryCount > deliveryCount) return;
      if (continues(known, deliveryCount, completed)) {
        known.deliveryCount = deliveryCount;
        known.heldSince = heldSince;
        return;
      }
      loseDelivery(known.key, this.#options);
    }
    const replayed = lane.spec.replayOf(entry);
    const streamId = replayed === undefined ? entryId : streamIdOfPrefix(replayed.deliveryPrefix);
    const json = fields?.[0] === 'e' ? fields[1] : undefined;
    const isCrashing = deliveryCount > maxDeliveries;
    const read = readEntry(json, handlers.definitions, maxEventBytes, !isCrashing);
    const event = read.event ?? noEnvelope;
    const isFor = replayed?.isFor;
    const delivery = new RedisDelivery({
      lane,
      streamId,
      entryId,
      deliveryPrefix: replayed?.deliveryPrefix ?? entryId,
      event,
      attempt: 1,
      envelope: json ?? JSON.stringify(fields ?? []),
      deliveryCount,
      heldSince,
      claimed: undefined,
      isFor,
    });
    if (completed.length > 0) delivery.completedHandlers = [...completed];
    inFlight.add(delivery);
    const levels = read.event === undefined ? [] : handlers.levelsFor(event.type, event.replay !== undefined);
    const left = completed.length === 0 ? levels : openLevels(levels, (handler) => !completed.includes(handler));
    const open = isFor === undefined ? left : openLevels(left, isFor);
    if (isFor !== undefined && (event.replay === undefined || open.length === 0)) {
      // The entry is for other groups only, or was not written by a replay.
      outcomes.acknowledge(delivery);
    } else if (read.kind === 'invalid') {
      logger.warn(
        { streamId: delivery.position, reason: read.reason },
        `an entry became a dead letter: ${read.message}`,
      );
      outcomes.deadLetter(delivery, open, read.reason, read.message);
    } else if (open.length === 0) {
      outcomes.acknowledge(delivery);
    } else {
      const heads = waits.length === 0 ? open : this.#wait(delivery, open, waits);
      if (heads.length === 0) return;
      if (read.kind === 'ahead') {
        const names = heads.flat().map((handler) => handler.name);
        outcomes.park(delivery, names, read.message);
      } else if (isCrashing) {
        const message = `delivered ${deliveryCount} times without an outcome: each time the process crashed or stalled`;
        logger.error({ streamId: delivery.position, eventId: event.id }, message);
        outcomes.deadLetter(delivery, heads, 'CRASHED', message);
      } else {
        deliverer.deliver(delivery, heads);
      }
    }
  }

  /** Makes the delivery wait for some handlers. @returns The others. */
  #wait(delivery: RedisDelivery, open: readonly HandlerLevel[], waits: readonly string[]): readonly HandlerLevel[] {
    const heads = openLevels(open, (handler) => !waits.includes(handler));
    const names = open.flat().flatMap(({ name }) => (waits.includes(name) ? [name] : []));
    this.#options.outcomes.wait(delivery, names, heads.length === 0);
    return heads;
  }

  /** Accepts the retries that a call has claimed. */
  acceptClaims(lane: DeliveryLane, claims: readonly ClaimReply[]): void {
    for (const [ref, claim, handler, json] of claims) {
      this.#acceptRetry(lane, { ref, claim, handler, retry: readScheduledRetry(ref, json) });
    }
  }

  #acceptRetry(lane: DeliveryLane, claimed: ClaimedRetry): void {
    const { handlers, maxEventBytes, maxDeliveries, inFlight, deliverer, outcomes } = this.#options;
    const { retry, ref } = claimed;
    const handler = handlers.get(claimed.handler);
    if (handler === undefined) return;
    // If this process still runs the retry, it was stopped for longer than its lease: only the outcome of the new run counts.
    loseDelivery(ref, this.#options);
    const runs = Number.parseInt(claimed.claim, 10);
    const isCrashing = runs > maxDeliveries;
    const read = readEntry(retry.envelope, handlers.definitions, maxEventBytes, !isCrashing);
    const delivery = new RedisDelivery({
      lane,
      streamId: retry.streamId,
      entryId: ref,
      deliveryPrefix: retry.streamId,
      event: read.event ?? noEnvelope,
      attempt: retry.attempt,
      envelope: retry.envelope,
      deliveryCount: runs,
      heldSince: performance.now(),
      claimed,
      isFor: undefined,
    });
    inFlight.add(delivery);
    if (read.kind === 'invalid') {
      outcomes.deadLetter(delivery, [[handler]], read.reason, read.message);
    } else if (handler.options.replay === (read.event.replay === undefined ? 'only' : 'skip')) {
      outcomes.skip(delivery, handler.name);
    } else if (read.kind === 'ahead') {
      outcomes.park(delivery, [handler.name], read.message);
    } else if (isCrashing) {
      const message = `claimed ${runs} times without an outcome: each time the process crashed or stalled`;
      outcomes.deadLetter(delivery, [[handler]], 'CRASHED', message);
    } else {
      deliverer.deliver(delivery, [[handler]]);
    }
  }
}

/**
 * Whether a delivery in flight counts as the next delivery of its entry, so that its handlers need not run again: the reply of a read was
 * late, and this process has taken over the entry in the meantime. Nothing may have been recorded that it does not know.
 */
function continues(known: RedisDelivery, deliveryCount: number, completed: readonly string[]): boolean {
  if (known.ended || known.deliveryCount + 1 !== deliveryCount || isQuarantined(deliveryCount)) return false;
  return completed.every((handler) => known.completedHandlers?.includes(handler) === true);
}
