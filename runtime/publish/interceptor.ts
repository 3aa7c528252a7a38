import type { EventDraft, Published } from './publisher.js';

/** One call of `publish` or `publishBatch`. */
export interface PublishRequest {
  /** Redis key of the event stream, or `memory`. */
  readonly destination: string;
  /** The events with their options merged; not validated yet. */
  readonly drafts: readonly EventDraft[];
  /** W3C trace context for the envelopes. */
  readonly traceparent?: string;
}

/** Publishes. Rejects with an `EventBusError` when nothing was written, or when the outcome is unknown. */
export type PublishFn = (request: PublishRequest) => Promise<readonly Published[]>;

/**
 * Wraps every publish of a bus: it receives the next function and returns a function of the same type. The first
 * interceptor of a list is the outermost, the last one is nearest to Redis. An error that it throws rejects the
 * publish; so does a result that is not a list with one `Published` for each draft (`CONFIG_INVALID`).
 */
export type PublishInterceptor = (next: PublishFn) => PublishFn;

/** Combines a list of interceptors into one, the first outermost; undefined for an empty list. */
export function composeInterceptors<Fn>(interceptors: readonly ((next: Fn) => Fn)[]): ((next: Fn) => Fn) | undefined {
  if (interceptors.length === 0) return undefined;
  return (innermost) => interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
}
