import { EventBusError } from '../errors.js';
import type { EventDefinition } from '../event/definition.js';
import { messageOf } from '../support/failure.js';

/** Whom an event is published for. What a scope ({@link Publisher.with}) or a handler sets need not be given again. */
export interface PublishContext {
  /** The tenant (workspace). Needed on every event, from here or from the scope: else `CONTEXT_INVALID`. */
  readonly tenantId?: string;
  /** The user on whose behalf the event is published. */
  readonly userId?: string;
  /** Joins everything one cause sets off. Default: the event's own id. */
  readonly correlationId?: string;
  /** Id of the event that caused this one. A handler's own publishes have it set. */
  readonly causationId?: string;
}

export interface PublishOptions {
  /**
   * Publish under this id: only to publish again what ended in `OUTCOME_UNKNOWN`, with that error's `eventId`. An event
   * already written under the id is not written again.
   */
  readonly id?: string;
  /** A second publish of this tenant with the same key within the window is dropped and gives the first one's id. */
  readonly idempotencyKey?: string;
  /** How long the idempotency key is remembered, in milliseconds. Default: 24 hours. */
  readonly idempotencyWindowMs?: number;
}

/** Where a published event ended. */
export interface Published {
  /** The event's id, in the envelope. */
  readonly id: string;
  /** The id of its entry in the event stream, such as `1732406400000-0`. */
  readonly streamId: string;
  /** True when an earlier publish with the same id or idempotency key had already written it. */
  readonly duplicate: boolean;
}

/** One event of a batch, made by {@link draft}. */
export interface EventDraft<Type extends string = string, Data = unknown> {
  readonly event: EventDefinition<Type, Data>;
  readonly data: Data;
  readonly context: PublishContext;
  readonly options: PublishOptions;
}

/** One event for {@link Publisher.publishBatch}; its data is checked against its definition by the compiler. */
export function draft<Type extends string, Data>(
  event: EventDefinition<Type, Data>,
  data: NoInfer<Data>,
  context: PublishContext = {},
  options: PublishOptions = {},
): EventDraft<Type, Data> {
  return { event, data, context, options };
}

/**
 * The drafts of a batch, each read once.
 * @throws EventBusError `CONTEXT_INVALID` where callers in plain JavaScript gave something else.
 */
export function readDrafts(drafts: readonly EventDraft[]): EventDraft[] {
  try {
    const { length } = drafts;
    const read: EventDraft[] = [];
    for (let index = 0; index < length; index += 1) {
      const draft = drafts[index];
      if (typeof draft !== 'object' || draft === null) throw new TypeError(`number ${index} is no draft`);
      for (const name in draft) {
        if (name === 'event' || name === 'data' || name === 'context' || name === 'options') continue;
        if (Object.hasOwn(draft, name)) throw new TypeError(`number ${index} has ${JSON.stringify(name.slice(0, 60))}`);
      }
      const { event, data, context = {}, options = noPublishOptions } = draft;
      read.push({ event, data, context, options });
    }
    return read;
  } catch (cause) {
    const message = `publishBatch: the drafts cannot be read (${messageOf(cause)}): give an array made with draft()`;
    throw new EventBusError('CONTEXT_INVALID', message, { cause });
  }
}

/** The options of a publish that has none. */
export const noPublishOptions: PublishOptions = Object.freeze({});

/** What can publish: a bus, a scope of it, a handler's context. */
export interface Publisher {
  /**
   * Publishes one event. Resolves only once Redis has answered that it is written.
   * @throws EventBusError `VALIDATION_FAILED`, `CONTEXT_INVALID`, `PAYLOAD_TOO_LARGE` before anything is sent;
   * `UNAVAILABLE`, `MEMORY_HIGH`, `OVERLOADED` when nothing was written; `OUTCOME_UNKNOWN` when it may have been.
   */
  publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    context?: PublishContext,
    options?: PublishOptions,
  ): Promise<Published>;
  /** Publishes all of the drafts or none, in their order. `context` is for the drafts that say nothing else. */
  publishBatch(drafts: readonly EventDraft[], context?: PublishContext): Promise<readonly Published[]>;
  /** The same publisher with these values as the default of every publish. */
  with(context: TenantContext): TenantPublisher;
  with(context: PublishContext): Publisher;
}

/** A context that names a tenant. */
export interface TenantContext extends PublishContext {
  readonly tenantId: string;
}

/** A publisher whose publishes have a tenant: a scope that was made with one, the context of a handler. */
export interface TenantPublisher extends Publisher {
  readonly tenantId: string;
}

/** The generated publish function of one event: with a tenant in its context, where its publisher has none. */
export type Publish<Data> = <Bus extends Publisher>(
  bus: Bus,
  data: Data,
  ...rest: Bus extends TenantPublisher
    ? [context?: PublishContext, options?: PublishOptions]
    : [context: TenantContext, options?: PublishOptions]
) => Promise<Published>;

/** The generated publish function of one event of a catalog whose events need no tenant. */
export type PublishAnywhere<Data> = (
  bus: Publisher,
  data: Data,
  context?: PublishContext,
  options?: PublishOptions,
) => Promise<Published>;

/** Makes the publish function of one event. Pure, so that bundlers drop the ones that are not used. */
export function publisherOf<Type extends string, Data>(
  event: EventDefinition<Type, Data>,
): Publish<Data> & PublishAnywhere<Data> {
  return (bus: Publisher, data: Data, context?: PublishContext, options?: PublishOptions) =>
    bus.publish(event, data, context, options);
}
