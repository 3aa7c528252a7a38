import { EventBusError } from '../errors.js';
import type { Logger } from '../logger.js';
import { callHook, type Metrics } from '../observe/metrics.js';
import { isTraced, startPublish } from '../observe/tracing.js';
import type { EventDraft, Published } from './publisher.js';

export interface ObservePublishOptions {
  /** The stream. */
  readonly destination: string;
  readonly metrics: Metrics | undefined;
  readonly logger: Logger;
}

/**
 * Writes events, and tells traces and metrics of it where anyone listens.
 * @param write Is given the W3C trace context for the envelopes; undefined where nothing is traced.
 */
export function observePublish(
  options: ObservePublishOptions,
  drafts: readonly EventDraft[],
  write: (traceparent: string | undefined) => Promise<readonly Published[]>,
): Promise<readonly Published[]> {
  if (options.metrics?.published === undefined && !isTraced()) return write(undefined);
  return observed(options, drafts, write);
}

async function observed(
  { destination, metrics, logger }: ObservePublishOptions,
  drafts: readonly EventDraft[],
  write: (traceparent: string | undefined) => Promise<readonly Published[]>,
): Promise<readonly Published[]> {
  const types = drafts.map(({ event }) => event.type);
  const span = isTraced() ? startPublish(destination, types) : undefined;
  const startedAt = performance.now();
  const report = (error: string | undefined) =>
    callHook(logger, () => metrics?.published?.({ types, error, durationMs: performance.now() - startedAt }));
  try {
    const published = await write(span?.traceparent);
    span?.succeeded(published.map(({ id }) => id));
    report(undefined);
    return published;
  } catch (error) {
    span?.failed(error);
    report(EventBusError.from(error).code);
    throw error;
  }
}
