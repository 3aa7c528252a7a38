import type { Logger } from '../logger.js';
import type { Publisher, TenantPublisher, UserPublisher } from '../publish/publisher.js';
import type { Delivery } from './delivery.js';
import type { RegisteredHandler } from './handler-set.js';
import { defaultOnceTtlMs, readOnceCall, storedResult, unstoredMessage } from './once-result.js';
import type { HandlerContext } from './subscription.js';

/** Settings of the bus that the context of a run uses. */
export interface ContextSettings {
  /** The consumer group: the service. */
  readonly group: string;
  /** The publisher of the handlers. */
  readonly publisher: Publisher;
  readonly logger: Logger;
}

/** The run that a context belongs to. */
export interface RunState {
  readonly settings: ContextSettings;
  readonly delivery: Delivery;
  readonly handler: RegisteredHandler;
  readonly signal: AbortSignal;
}

/** The publisher of a run: with the tenant and the user of the event. */
type Scope = TenantPublisher & UserPublisher;

/** The second argument of a handler. Parts that few handlers use are created when they are first read. */
export class RunContext implements HandlerContext {
  readonly #run: RunState;
  #publisher: Scope | undefined;
  #log: Logger | undefined;

  constructor(run: RunState) {
    this.#run = run;
  }

  get group(): string {
    return this.#run.settings.group;
  }

  get handler(): string {
    return this.#run.handler.name;
  }

  get streamId(): string {
    return this.#run.delivery.position;
  }

  get tenantId(): string {
    return this.#run.delivery.event.tenantId;
  }

  get key(): string {
    const { event } = this.#run.delivery;
    return event.key ?? event.tenantId;
  }

  get userId(): string | undefined {
    return this.#run.delivery.event.userId;
  }

  get attempt(): number {
    return this.#run.delivery.attempt;
  }

  get maxAttempts(): number {
    return this.#run.handler.options.maxRetries + 1;
  }

  get idempotencyKey(): string {
    const { event } = this.#run.delivery;
    const key = `${this.group}/${this.handler}/${event.id}`;
    return event.replay === undefined ? key : `${key}/${event.replay.jobId}`;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get log(): Logger {
    if (this.#log === undefined) {
      const { logger } = this.#run.settings;
      const { id, type, correlationId, tenantId } = this.#run.delivery.event;
      const fields = { eventId: id, type, correlationId, tenantId, handler: this.handler, attempt: this.attempt };
      this.#log = logger.child?.(fields) ?? logger;
    }
    return this.#log;
  }

  // Getters return functions that are bound to the run, so that a handler can destructure its context.
  get once(): HandlerContext['once'] {
    return async (key, effect, options = {}) => {
      const ttlMs = readOnceCall(key, effect, options) ?? defaultOnceTtlMs;
      const checkedEffect = async () => {
        const result = await effect();
        const { problem } = storedResult(result);
        if (problem !== undefined) warn(this, key, problem);
        return result;
      };
      return this.#run.delivery.once.once(`${this.idempotencyKey}/${key}`, checkedEffect, ttlMs);
    };
  }

  get publish(): HandlerContext['publish'] {
    return this.#scope.publish;
  }

  get publishBatch(): HandlerContext['publishBatch'] {
    return this.#scope.publishBatch;
  }

  get withContext(): HandlerContext['withContext'] {
    return this.#scope.withContext;
  }

  /** Publishes with the event's tenant, user and correlation id, and with the event as the cause. */
  get #scope(): Scope {
    if (this.#publisher === undefined) {
      const { id, tenantId, userId, correlationId } = this.#run.delivery.event;
      const context = { tenantId, correlationId, causationId: id, ...(userId === undefined ? {} : { userId }) };
      this.#publisher = this.#run.settings.publisher.withContext(context) as Scope;
    }
    return this.#publisher;
  }
}

/** An error in the handler's logger must not fail the run. */
function warn(context: HandlerContext, key: string, problem: string): void {
  try {
    context.log.warn({ key, problem }, unstoredMessage);
  } catch {
    // There is no better place to report it.
  }
}

/**
 * The same context as a plain object, so that an interceptor can copy it: `{ ...context, log }`.
 * Such a copy of a class instance would lose all members.
 */
export function copyableContext(context: RunContext): HandlerContext {
  return {
    group: context.group,
    handler: context.handler,
    streamId: context.streamId,
    tenantId: context.tenantId,
    key: context.key,
    userId: context.userId,
    attempt: context.attempt,
    maxAttempts: context.maxAttempts,
    idempotencyKey: context.idempotencyKey,
    get signal() {
      return context.signal;
    },
    get log() {
      return context.log;
    },
    get once() {
      return context.once;
    },
    get publish() {
      return context.publish;
    },
    get publishBatch() {
      return context.publishBatch;
    },
    get withContext() {
      return context.withContext;
    },
  };
}
