import { messageOf } from './support/failure.js';

/** All codes of an {@link EventBusError}. `docs/errors.md` describes each code and its fix. */
export const eventBusErrorCodes = [
  'CONFIG_INVALID',
  'CONTEXT_INVALID',
  'VALIDATION_FAILED',
  'PAYLOAD_TOO_LARGE',
  'UNAVAILABLE',
  'OUTCOME_UNKNOWN',
  'MEMORY_HIGH',
  'OVERLOADED',
  'HANDLER_DUPLICATE',
  'HANDLER_TIMEOUT',
  'LEASE_LOST',
  'NOT_FOUND',
  'CONFLICT',
  'CLOSED',
  'DEPENDENCY_MISSING',
  'REDIS_UNSUITABLE',
  'REDIS_DENIED',
  'REDIS_CLUSTER',
  'REPLAY_INVALID',
  'CLOUD_EVENT_INVALID',
  'INTERNAL',
] as const;

export type EventBusErrorCode = (typeof eventBusErrorCodes)[number];

/** One way in which data breaks its schema. */
export interface Violation {
  /** JSON path of the value, `$` for the root: `$.items[2].name`. */
  readonly path: string;
  /** Description of the violation. */
  readonly message: string;
}

export interface EventBusErrorDetails {
  readonly cause?: unknown;
  /** With `OUTCOME_UNKNOWN`: the ids to use when publishing again, one per event. */
  readonly eventIds?: readonly string[];
  /** With `VALIDATION_FAILED` and `CLOUD_EVENT_INVALID`: every violation. */
  readonly violations?: readonly Violation[];
}

const brand = Symbol.for('hyvve-events.EventBusError');

/** Every error the runtime throws. Distinguish errors by `code`, never by message. */
export class EventBusError extends Error {
  override readonly name = 'EventBusError';
  readonly code: EventBusErrorCode;
  /** The message without the code in front. */
  readonly rawMessage: string;
  /** With `OUTCOME_UNKNOWN`: the id to use when publishing again; for a batch, the id of its first event. */
  readonly eventId: string | undefined;
  /** With `OUTCOME_UNKNOWN`: the ids of all events of the publish, in their order. */
  readonly eventIds: readonly string[];
  readonly violations: readonly Violation[];
  readonly [brand] = true;

  constructor(code: EventBusErrorCode, message: string, details: EventBusErrorDetails = {}) {
    super(`[${code}] ${message}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.rawMessage = message;
    this.eventIds = details.eventIds ?? [];
    this.eventId = this.eventIds[0];
    this.violations = details.violations ?? [];
  }

  /** True for errors of any copy of this package, also if two versions are installed in parallel. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      return typeof value === 'object' && value !== null && brand in value;
    } catch {
      // The value is a revoked proxy, or a proxy that throws.
      return false;
    }
  }

  /** Returns an `EventBusError` unchanged; wraps any other value as `INTERNAL` with the value as its cause. */
  static from(value: unknown): EventBusError {
    if (value instanceof EventBusError) return value;
    return new EventBusError('INTERNAL', messageOf(value), { cause: value });
  }
}

/** A handler throws it if a retry cannot succeed: the event becomes a dead letter immediately. */
export class NonRetryableError extends Error {
  override readonly name: string = 'NonRetryableError';
  readonly nonRetryable = true;
}
