import { noEnvelope } from '../../event/read-envelope.js';
import type { HandlerLevel, HandlerSet, RegisteredHandler } from '../../handle/handler-set.js';
import type { RunResult } from '../../handle/interceptor.js';
import type { KeyOrder } from '../../handle/subscription.js';
import type { Logger } from '../../logger.js';
import type { DeadLetterReason } from '../../operate/dead-letter.js';
import { failureNamed } from '../../support/failure.js';
import type { Link } from '../connection/link.js';
import type { RunCode, RunFields } from '../statistics/counters.js';
import type { RedisDelivery } from './delivery.js';
import type { InFlight } from './in-flight.js';
import type { SettleOperation } from './settle-operation.js';
import {
  deadOperation,
  operationFor,
  parkOperation,
  queueKeyOfDelivery,
  skippedOperation,
  waitOperation,
} from './settle-operations.js';

export interface OutcomeRecorderOptions {
  readonly connection: Link;
  readonly handlers: HandlerSet;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  readonly runFields: RunFields;
  /** Names of the group's ordered handlers. */
  readonly orderedHandlers: () => readonly string[];
}

/** Converts outcomes to settle operations, and passes them to the lane of the delivery. */
export class OutcomeRecorder {
  readonly #options: OutcomeRecorderOptions;
  /** Types and versions of the parked events. */
  readonly #parkedVersions = new Set<string>();

  constructor(options: OutcomeRecorderOptions) {
    this.#options = options;
  }

  /** For a delivery without open handlers in this process. */
  acknowledge(delivery: RedisDelivery): void {
    this.#settle(delivery, undefined, true);
  }

  /** For a retry whose handler does not accept the event. */
  skip(delivery: RedisDelivery, handler: string): void {
    this.#settle(delivery, this.#leaving(delivery, skippedOperation(delivery, handler)), true);
  }

  /** For handlers whose delivery is not the head of its key queue. @param last Whether no handler of the delivery is left. */
  wait(delivery: RedisDelivery, names: readonly string[], last: boolean): void {
    names.forEach((name, index) => {
      this.#settle(delivery, waitOperation(delivery, name), last && index === names.length - 1);
    });
  }

  /** Records the result of a run. @param last Whether no handler of the delivery is left. */
  settleRun(delivery: RedisDelivery, handler: RegisteredHandler, result: RunResult, last: boolean): void {
    const { name, options } = handler;
    const counter = this.#counterOf(delivery, name, codeOf(result, delivery.attempt));
    // A success of an ordered handler always needs a record: the delivery leaves its key queue.
    const isLast = last && options.order === undefined;
    const operation = operationFor(delivery, name, result, isLast, this.#options.connection);
    this.#settle(delivery, operation && this.#leaving(delivery, operation), last, counter);
  }

  /** Makes the delivery a dead letter of each open handler; of `*` if no handler is known. */
  deadLetter(delivery: RedisDelivery, open: readonly HandlerLevel[], reason: DeadLetterReason, message: string): void {
    const failure = failureNamed(reason, message);
    const names = open.flat().map((handler) => handler.name);
    const dead = names.length === 0 ? ['*'] : names;
    dead.forEach((name, index) => {
      const operation = deadOperation(delivery, name, reason, failure, this.#options.connection.now());
      this.#settle(
        delivery,
        delivery.event === noEnvelope ? this.#unread(operation) : this.#leaving(delivery, operation),
        index === dead.length - 1,
        this.#counterOf(delivery, name, 'x'),
      );
    });
  }

  /** The scripts read less of an event than the runtime: one that cannot be read may be in key queues. */
  #unread(operation: SettleOperation): SettleOperation {
    if (operation.kind !== 'dead') return operation;
    const { handler } = operation;
    const ordered = this.#options.orderedHandlers();
    return { ...operation, unreadFor: handler === '*' ? ordered : ordered.filter((name) => name === handler) };
  }

  /** The operation with the key queue that the delivery leaves with it. */
  #leaving(delivery: RedisDelivery, operation: SettleOperation): SettleOperation {
    const order = this.#options.handlers.get(operation.handler)?.options.order;
    if (order === undefined || holds(order, operation)) return operation;
    return { ...operation, queueKey: queueKeyOfDelivery(delivery) };
  }

  /** Parks the delivery for a build that knows its version: it is neither a run nor a dead letter. */
  park(delivery: RedisDelivery, names: readonly string[], message: string): void {
    const { id: eventId, type, version } = delivery.event;
    // There may be very many parked events: only the first of each version is logged as a warning.
    const isNew = !this.#parkedVersions.has(`${type} ${version}`);
    if (isNew && this.#parkedVersions.size < 1_000) this.#parkedVersions.add(`${type} ${version}`);
    const level = isNew ? 'warn' : 'debug';
    this.#options.logger[level]({ eventId, type, version, message }, 'an event was parked: it waits for a newer build');
    names.forEach((name, index) => {
      const operation = this.#leaving(delivery, parkOperation(delivery, name, message));
      this.#settle(delivery, operation, index === names.length - 1);
    });
  }

  #settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void {
    delivery.lane.settle(delivery, operation, last, counter);
    if (last) this.#options.inFlight.ended(delivery);
  }

  #counterOf({ event }: RedisDelivery, handler: string, code: RunCode): string {
    const { handlers, runFields } = this.#options;
    // Types without a definition come from the stream: separate counters for them would be unbounded.
    const type = handlers.definitions.has(event.type) ? event.type : '*';
    return runFields.of(event.replay === undefined ? code : `r${code}`, type, handler);
  }
}

/** Whether the delivery stays the head of its key queue. */
function holds(order: Required<KeyOrder>, { kind }: SettleOperation): boolean {
  if (kind === 'dead') return order.whenDead === 'hold';
  return (kind === 'scheduled' || kind === 'parked') && order.whenFailed === 'hold';
}

function codeOf({ outcome }: RunResult, attempt: number): RunCode {
  if (outcome === 'completed') return attempt === 1 ? 'h' : 'H';
  if (outcome === 'failed') return attempt === 1 ? 'f' : 'F';
  return attempt === 1 ? 'd' : 'D';
}
