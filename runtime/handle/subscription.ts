import type { AnyEventDefinition } from '../event/definition.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import type { Logger } from '../logger.js';
import type { TenantPublisher } from '../publish/publisher.js';

/** How one handler is run. */
export interface HandlerOptions {
  /**
   * Order of the handlers of one event: a lower number runs first, and each level ends before the next begins; handlers of
   * equal priority run in parallel. Default 100.
   */
  readonly priority?: number;
  /** How often a failed handler is retried before the event becomes a dead letter. Default 3: up to four runs. */
  readonly maxRetries?: number;
  /** Waits before each retry, in milliseconds; the last repeats. Default 1, 5 and 30 minutes. */
  readonly retryDelaysMs?: readonly number[];
  /** Maximum number of events that this handler processes in parallel in one process. Default: only the limit of the bus. */
  readonly concurrency?: number;
  /** Maximum duration of a run, in milliseconds; a longer run fails and its `ctx.signal` is aborted. Default 30,000. */
  readonly timeoutMs?: number;
  /** Whether the handler gets replayed events: `include` (default), `skip`, or `only` replayed events. */
  readonly replay?: 'include' | 'skip' | 'only';
  /**
   * `key`: the events of one ordering key are handled one after another, in the order in which they were published, by all processes of
   * the service together; different keys run in parallel. The key is that of the event, or its tenant. A failed event holds up the next
   * events of its key until its last retry; {@link KeyOrder} changes that. Default `none`.
   */
  readonly order?: 'none' | 'key' | KeyOrder;
}

/** Order by key, with what happens to the next events of a key if one fails. */
export interface KeyOrder {
  readonly by: 'key';
  /** While a failed event waits for its retry: `hold` (default) the next events of its key, or let them `pass`. */
  readonly whenFailed?: 'hold' | 'pass';
  /** While an event is a dead letter: let the next events of its key `pass` (default), or `hold` them until it is retried or discarded. */
  readonly whenDead?: 'pass' | 'hold';
}

/** Options of a handler that is not part of a generated interface and therefore needs a name. */
export interface SubscribeOptions extends HandlerOptions {
  /** Names the handler within its service: stable across deploys, since retries and dead letters are stored under it. */
  readonly name: string;
}

/** Context of one run of a handler: identity of the delivery, abort signal, logger, publisher. */
export interface HandlerContext extends TenantPublisher {
  /** The event's tenant, in which the context publishes. */
  readonly tenantId: string;
  /** The event's ordering key; the tenant if the event has none. Publishes of the context do not have it. */
  readonly key: string;
  /** The event's user, for whom the context publishes; undefined if the event has none. */
  readonly userId: string | undefined;
  /** The consumer group: the service. */
  readonly group: string;
  /** The handler's name within the group. */
  readonly handler: string;
  /** The event's entry in the stream. */
  readonly streamId: string;
  /** Which run this is, from 1; a run after a crash keeps the number. */
  readonly attempt: number;
  /** Maximum number of runs before the event becomes a dead letter: `maxRetries` + 1. */
  readonly maxAttempts: number;
  /** The same for every run of this event by this handler: use it to deduplicate side effects. */
  readonly idempotencyKey: string;
  /** Aborted when the run takes longer than its `timeoutMs`, when its lease is lost, or when the bus is closing. */
  readonly signal: AbortSignal;
  /** Logs with the event's id, type, correlation id and tenant. */
  readonly log: Logger;
  /**
   * Runs a side effect that must not repeat: a later run of the same event with the same key gets the result of the first
   * run (as JSON) without executing the effect. A result that JSON cannot represent, or of more than 1 MiB, is remembered as
   * undefined, with a warning. If the process crashes during `effect`, a later run executes it again.
   * @param key 1 to 1,000 characters.
   * @throws EventBusError `CONTEXT_INVALID` before `effect` runs; `CONFLICT` while another run executes it
   */
  once<Result>(key: string, effect: () => Result | Promise<Result>, options?: OnceOptions): Promise<Result>;
}

/** Options of {@link HandlerContext.once}. */
export interface OnceOptions {
  /** How long the result is remembered, in milliseconds. Default: 24 hours. */
  readonly ttlMs?: number;
}

/** A handler of one event type or of a pattern. If it throws or rejects, the run has failed. */
export type Handler<Event> = (event: Event, ctx: HandlerContext) => Promise<void> | void;

/**
 * One handler for `bus.subscribe`, as generated code makes it. An adapter of a framework may pass on a changed copy, for
 * example one whose `handler` runs within the framework: `{ ...subscription, handler }`.
 */
export interface Subscription {
  /** The handler's name within its service. */
  readonly name: string;
  /** `*`, `domain.*`, `domain.entity.*` or an exact type. */
  readonly pattern: string;
  /** The definition of every event of the catalog that the pattern matches. */
  readonly events: readonly AnyEventDefinition[];
  /** Gets only events that are valid, and `UnknownEvent` for a type that is not in the catalog. */
  readonly handler: Handler<Envelope | UnknownEvent>;
  readonly options: HandlerOptions;
}

/** Options of a set of handlers that implement the generated interface of one domain. */
export interface DomainHandlersOptions<Method extends string = string> extends HandlerOptions {
  /** Prefix of the handlers' names. Default: the domain. Two implementations in one service need two names. */
  readonly name?: string;
  /** Options of single methods, which override those of the set. */
  readonly methods?: { readonly [M in Method]?: HandlerOptions };
}
