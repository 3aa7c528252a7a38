import type { EventDefinition } from '../event/definition.js';

/** Tenant, user and cause of a publish. A scope ({@link Publisher.withContext}) or a handler sets these fields for its publishes. */
export interface PublishContext {
  /** The tenant (workspace). Required for every event, here or in the scope; otherwise `CONTEXT_INVALID`. */
  readonly tenantId?: string;
  /** The user on whose behalf the event is published. */
  readonly userId?: string;
  /** Joins all events that go back to one cause. Default: the event's own id. */
  readonly correlationId?: string;
  /** Id of the event that caused this one. The context of a handler sets it. */
  readonly causationId?: string;
}

/** Options of a publish: its context, and the protection against being written twice. */
export interface PublishOptions extends PublishContext {
  /**
   * Publish with this id: only to repeat a publish that ended in `OUTCOME_UNKNOWN`, with that error's `eventId`. If an event
   * with this id is already in the stream, it is not written again.
   */
  readonly id?: string;
  /** A second publish of this tenant with the same key is not written and returns the result of the first one. */
  readonly idempotencyKey?: string;
  /** How long the idempotency key is remembered, in milliseconds. Default: 24 hours. */
  readonly idempotencyTtlMs?: number;
}

/** Result of a publish. */
export interface Published {
  /** The event's id, in the envelope. */
  readonly id: string;
  /** The id of its entry in the event stream, such as `1732406400000-0`. */
  readonly streamId: string;
  /** True when an earlier publish with the same id or idempotency key had already written it. */
  readonly duplicate: boolean;
}

/** One event of a batch, made by {@link eventDraft}. */
export interface EventDraft<Type extends string = string, Data = unknown> {
  readonly event: EventDefinition<Type, Data>;
  readonly data: Data;
  readonly options: PublishOptions;
}

/** One event for {@link Publisher.publishBatch}; the compiler checks its data against its definition. */
export function eventDraft<Type extends string, Data>(
  event: EventDefinition<Type, Data>,
  data: NoInfer<Data>,
  options: PublishOptions = {},
): EventDraft<Type, Data> {
  return { event, data, options };
}

/** Whatever can publish: a bus, a scoped publisher, the context of a handler. */
export interface Publisher {
  /**
   * Publishes one event. Resolves only after Redis has confirmed the write.
   * @throws EventBusError `VALIDATION_FAILED`, `CONTEXT_INVALID`, `PAYLOAD_TOO_LARGE` before anything is sent;
   * `UNAVAILABLE`, `MEMORY_HIGH`, `OVERLOADED` when nothing was written; `OUTCOME_UNKNOWN` when it may have been.
   */
  publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    options?: PublishOptions,
  ): Promise<Published>;
  /**
   * Publishes all drafts or none, in their order. All drafts of a batch belong to one tenant.
   * @param context Default context of the drafts; the fields of a draft override it.
   * @throws EventBusError as {@link publish}; `CONTEXT_INVALID` for drafts of two tenants
   */
  publishBatch(drafts: readonly EventDraft[], context?: PublishContext): Promise<readonly Published[]>;
  /** The same publisher with these values as the default of every publish. */
  withContext(context: TenantContext): TenantPublisher;
  withContext(context: PublishContext): Publisher;
}

/** A context that names a tenant. */
export interface TenantContext extends PublishContext {
  readonly tenantId: string;
}

/** Options of a publish that name a tenant. */
export interface TenantPublishOptions extends PublishOptions {
  readonly tenantId: string;
}

/** A publisher with a tenant: a scope that was created with one, or the context of a handler. */
export interface TenantPublisher extends Publisher {
  readonly tenantId: string;
}

/** The generated publish function of one event. Requires a tenant if the publisher has none. */
export type Publish<Data> = <Bus extends Publisher>(
  bus: Bus,
  data: Data,
  ...rest: Bus extends TenantPublisher ? [options?: PublishOptions] : [options: TenantPublishOptions]
) => Promise<Published>;

/** The generated publish function of one event of a catalog whose events need no tenant. */
export type PublishAnywhere<Data> = (bus: Publisher, data: Data, options?: PublishOptions) => Promise<Published>;

/**
 * Makes the publish function of one event. Pure, so that bundlers can remove unused functions.
 * @internal Called by generated code only.
 */
export function publisherOf<Type extends string, Data>(
  event: EventDefinition<Type, Data>,
): Publish<Data> & PublishAnywhere<Data> {
  // Further arguments are passed on, so that the publisher refuses them.
  return (bus: Publisher, data: Data, options?: PublishOptions, ...rest: never[]) =>
    bus.publish(event, data, options, ...(rest as []));
}
