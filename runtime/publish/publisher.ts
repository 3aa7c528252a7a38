import type { EnvelopeRequirements, EventDefinition } from '../event/definition.js';

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
   * with this id is already in the stream, it is not written again. It is searched for in the partition of the event, so repeat
   * the publish with the same tenant and ordering key.
   */
  readonly id?: string;
  /**
   * The ordering key of an event whose type has no `x-ordering-key` in the catalog: with `order: 'key'`, a handler gets the events
   * of one tenant and key one after another. 1 to 1,000 characters. Default: none, the key is then the tenant. `CONTEXT_INVALID`
   * for a type that has its key in its data.
   */
  readonly key?: string;
  /**
   * A second publish of this tenant with the same key is not written and returns the result of the first one. For events with
   * `x-partition-by: ordering-key`: a second publish of this tenant and ordering key.
   */
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

/** A field of the envelope that a publish sets. */
export type ContextField = 'tenantId' | 'userId';

/** The fields that a publish of an event must set: the tenant, and what the catalog's config requires. */
export type RequiredFields<Needs extends EnvelopeRequirements> =
  | (Needs extends { readonly tenantId: 'optional' } ? never : 'tenantId')
  | (Needs extends { readonly userId: 'required' } ? 'userId' : never);

/** The last argument of a publish: may be left out if no field is missing. */
export type ContextArgument<Context, Missing extends ContextField> = [Missing] extends [never]
  ? [context?: Context]
  : [context: Context & { readonly [Field in Missing]: string }];

/** One event of a batch, made by {@link eventDraft}. */
export interface EventDraft<
  Type extends string = string,
  Data = unknown,
  Options extends PublishOptions = PublishOptions,
  Needs extends EnvelopeRequirements = EnvelopeRequirements,
> {
  readonly event: EventDefinition<Type, Data, Needs>;
  readonly data: Data;
  readonly options: Options;
}

/** The required fields that neither the options of a draft nor its event's config make unnecessary. */
export type MissingInDraft<Draft extends EventDraft> =
  Draft extends EventDraft<string, unknown, infer Options, infer Needs>
    ? Exclude<
        RequiredFields<Needs>,
        { [Field in ContextField]: Options extends { readonly [F in Field]: string } ? Field : never }[ContextField]
      >
    : never;

/** One event for {@link Publisher.publishBatch}; the compiler checks its data against its definition. */
export function eventDraft<
  Type extends string,
  Data,
  Needs extends EnvelopeRequirements,
  Options extends PublishOptions = Record<never, never>,
>(
  event: EventDefinition<Type, Data, Needs>,
  data: NoInfer<Data>,
  options?: Options & { readonly [Name in Exclude<keyof Options, keyof PublishOptions>]: never },
): EventDraft<Type, Data, Options, Needs> {
  return { event, data, options: options ?? ({} as Options) };
}

/** Whatever can publish: a bus, a scoped publisher, the context of a handler. */
export interface Publisher {
  /**
   * Publishes one event. Resolves only after Redis has confirmed the write.
   * @param options Required if the event needs a field, such as the tenant, that the publisher does not set.
   * @throws EventBusError `VALIDATION_FAILED`, `CONTEXT_INVALID`, `PAYLOAD_TOO_LARGE` before anything is sent;
   * `UNAVAILABLE`, `MEMORY_HIGH`, `OVERLOADED` when nothing was written; `OUTCOME_UNKNOWN` when it may have been.
   */
  publish<Type extends string, Data, Needs extends EnvelopeRequirements>(
    event: EventDefinition<Type, Data, Needs>,
    data: NoInfer<Data>,
    ...options: ContextArgument<PublishOptions, Exclude<RequiredFields<Needs>, keyof this>>
  ): Promise<Published>;
  /**
   * Publishes all drafts or none, in their order. All drafts of a batch belong to one tenant; drafts of events with
   * `x-partition-by: ordering-key` also to one ordering key, and no others can be with them.
   * @param context Default context of the drafts; the fields of a draft override it.
   * @throws EventBusError as {@link publish}; `CONTEXT_INVALID` for drafts of two tenants, or of two ordering keys
   */
  publishBatch<Draft extends EventDraft>(
    drafts: readonly Draft[],
    ...context: ContextArgument<PublishContext, Exclude<MissingInDraft<Draft>, keyof this>>
  ): Promise<readonly Published[]>;
  /** The same publisher with these values as the default of every publish. */
  withContext(context: TenantContext & UserContext): TenantPublisher & UserPublisher;
  withContext(context: TenantContext): TenantPublisher;
  withContext(context: UserContext): UserPublisher;
  withContext(context: PublishContext): Publisher;
}

/** A context that names a tenant. */
export interface TenantContext extends PublishContext {
  readonly tenantId: string;
}

/** A context that names a user. */
export interface UserContext extends PublishContext {
  readonly userId: string;
}

/** A publisher with a tenant: a scope that was created with one, or the context of a handler. */
export interface TenantPublisher extends Publisher {
  readonly tenantId: string;
  withContext(context: UserContext): TenantPublisher & UserPublisher;
  withContext(context: PublishContext): TenantPublisher;
}

/** A publisher with a user: a scope that was created with one. */
export interface UserPublisher extends Publisher {
  readonly userId: string;
  withContext(context: TenantContext): TenantPublisher & UserPublisher;
  withContext(context: PublishContext): UserPublisher;
}

/** The generated publish function of one event. Requires the tenant, and what the event needs, if the publisher does not set it. */
export type Publish<Data, Needs extends EnvelopeRequirements = EnvelopeRequirements> = <Bus extends Publisher>(
  bus: Bus,
  data: Data,
  ...options: ContextArgument<PublishOptions, Exclude<RequiredFields<Needs>, keyof Bus>>
) => Promise<Published>;

/**
 * Makes the publish function of one event. Pure, so that bundlers can remove unused functions.
 * @internal Called by generated code only.
 */
export function publisherOf<Type extends string, Data, Needs extends EnvelopeRequirements>(
  event: EventDefinition<Type, Data, Needs>,
): Publish<Data, Needs> {
  // Further arguments are passed on, so that the publisher refuses them.
  return (bus: Publisher, data: Data, ...rest: readonly unknown[]) => bus.publish(event, data, ...(rest as [never]));
}
