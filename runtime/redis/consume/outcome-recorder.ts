import type { HandlerLevel, HandlerSet } from '../../handle/handler-set.js';
import type { RunResult } from '../../handle/interceptor.js';
import type { Logger } from '../../logger.js';
import type { DeadLetterReason } from '../../operate/dead-letter.js';
import { failureNamed } from '../../support/failure.js';
import type { Link } from '../connection/link.js';
import type { RunCode, RunFields } from '../statistics/counters.js';
import type { RedisDelivery } from './delivery.js';
import type { InFlight } from './in-flight.js';
import type { SettleOperation } from './settle-operation.js';
import { deadOperation, operationFor, parkOperation, skippedOperation } from './settle-operations.js';

export interface OutcomeRecorderOptions {
  readonly connection: Link;
  readonly handlers: HandlerSet;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  readonly runFields: RunFields;
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
    this.#settle(delivery, skippedOperation(delivery, handler), true);
  }

  /** Records the result of a run. @param last Whether no handler of the delivery is left. */
  settleRun(delivery: RedisDelivery, handler: string, result: RunResult, last: boolean): void {
    const counter = this.#counterOf(delivery, handler, codeOf(result, delivery.attempt));
    this.#settle(
      delivery,
      operationFor(delivery, handler, result, last, this.#options.connection.now()),
      last,
      counter,
    );
  }

  /** Makes the delivery a dead letter of each open handler; of `*` if no handler is known. */
  deadLetter(delivery: RedisDelivery, open: readonly HandlerLevel[], reason: DeadLetterReason, message: string): void {
    const failure = failureNamed(reason, message);
    const names = open.flat().map((handler) => handler.name);
    const dead = names.length === 0 ? ['*'] : names;
    dead.forEach((name, index) => {
      const operation = deadOperation(delivery, name, reason, failure, this.#options.connection.now());
      this.#settle(delivery, operation, index === dead.length - 1, this.#counterOf(delivery, name, 'x'));
    });
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
      this.#settle(delivery, parkOperation(delivery, name, message), index === names.length - 1);
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

function codeOf({ outcome }: RunResult, attempt: number): RunCode {
  if (outcome === 'completed') return attempt === 1 ? 'h' : 'H';
  if (outcome === 'failed') return attempt === 1 ? 'f' : 'F';
  return attempt === 1 ? 'd' : 'D';
}
