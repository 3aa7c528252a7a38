import type { Envelope, UnknownEvent } from '../../event/envelope.js';
import type { RunResult } from '../../handle/interceptor.js';
import type { DeadLetterReason } from '../../operate/dead-letter.js';
import { type Failure, maxMessage } from '../../support/failure.js';
import { cutText } from '../../support/text.js';
import { formatParkedName } from '../store/parked-name.js';
import { queueKeyOf } from '../store/queue-key.js';
import type { DeadDetail, EventFacts, ScheduledRetry } from '../store/scheduled-retry.js';
import type { RedisDelivery } from './delivery.js';
import type { SettleOperation } from './settle-operation.js';

/** Fields of an event in log lines and dead letters. */
export function logFields(event: Envelope | UnknownEvent): EventFacts {
  const { id: eventId, type, tenantId, correlationId, replay } = event;
  if (replay === undefined) return { eventId, type, tenantId, correlationId };
  return { eventId, type, tenantId, correlationId, replayJobId: replay.jobId };
}

/** The scheduled retry of a delivery that has not run yet. */
export function firstRetry(delivery: RedisDelivery): ScheduledRetry {
  return { ...logFields(delivery.event), attempt: 1, streamId: delivery.streamId, envelope: delivery.envelope };
}

/**
 * The settle operation for the result of one handler's run. Undefined if the acknowledgement is enough: a success at the
 * first attempt of the delivery's last handler.
 */
export function operationFor(
  delivery: RedisDelivery,
  handler: string,
  result: RunResult,
  last: boolean,
  clock: { now(): number },
): SettleOperation | undefined {
  if (result.outcome === 'completed') {
    if (delivery.claimed !== undefined) return { kind: 'completed', handler, logDetail: logDetail(delivery) };
    return last ? undefined : { kind: 'completed', handler, logDetail: '' };
  }
  const { failure } = result;
  const nowMs = clock.now();
  if (result.outcome === 'dead') return deadOperation(delivery, handler, result.reason, failure, nowMs);
  const retry: ScheduledRetry = {
    ...firstRetry(delivery),
    streamId: delivery.claimed?.retry.streamId ?? delivery.streamId,
    attempt: delivery.attempt + 1,
    firstFailedAt: delivery.claimed?.retry.firstFailedAt ?? iso(nowMs),
    lastFailure: failure,
    ...queuedAsOf(delivery),
  };
  const delayMs = result.retryInMs;
  return { kind: 'scheduled', handler, retry, delayMs, logKind: 'failed', logDetail: logDetail(delivery, failure) };
}

/** Makes the delivery a dead letter of `handler`; `*`: of all handlers that could have accepted it. */
export function deadOperation(
  delivery: RedisDelivery,
  handler: string,
  reason: DeadLetterReason,
  failure: Failure,
  nowMs: number,
): SettleOperation {
  const { retryable: _, ...error } = failure;
  const detail: DeadDetail = {
    ...logFields(delivery.event),
    error,
    attempts: delivery.attempt,
    firstFailedAt: delivery.claimed?.retry.firstFailedAt ?? iso(nowMs),
    lastFailedAt: iso(nowMs),
    ...queuedAsOf(delivery),
  };
  const { envelope } = delivery;
  return { kind: 'dead', handler, reason, detail, envelope, logDetail: logDetail(delivery, failure) };
}

/** Parks the delivery until a build that knows the event's version claims it. @param message Why this build cannot read it. */
export function parkOperation(delivery: RedisDelivery, handler: string, message: string): SettleOperation {
  const { event, claimed } = delivery;
  const { type, version } = event;
  const detail = JSON.stringify({ ...logFields(event), version, message: cutText(message, maxMessage) });
  const retry = claimed?.retry ?? firstRetry(delivery);
  return { kind: 'parked', handler, retry, set: formatParkedName(handler, type, version), logDetail: detail };
}

/** The key queue of a delivery. */
export function queueKeyOfDelivery({ claimed, deliveryPrefix, event }: RedisDelivery): string {
  return queueKeyOf(claimed === undefined ? deliveryPrefix : (claimed.retry.queuedAs ?? claimed.ref), event);
}

/** Makes the delivery wait in its key queue. A retry that is not due is not logged. */
export function waitOperation(delivery: RedisDelivery, handler: string): SettleOperation {
  const queueKey = queueKeyOfDelivery(delivery);
  return { kind: 'waiting', handler, retry: firstRetry(delivery), logDetail: '', queueKey };
}

/** Ends a retry whose handler does not accept the event. */
export function skippedOperation(delivery: RedisDelivery, handler: string): SettleOperation {
  return { kind: 'skipped', handler, logDetail: logDetail(delivery) };
}

function queuedAsOf({ claimed }: RedisDelivery): { readonly queuedAs?: string } {
  const queuedAs = claimed?.retry.queuedAs;
  return queuedAs === undefined ? {} : { queuedAs };
}

function logDetail(delivery: RedisDelivery, failure?: Failure): string {
  const fields = { ...logFields(delivery.event), attempt: delivery.attempt };
  if (failure === undefined) return JSON.stringify(fields);
  const { name, message, code } = failure;
  return JSON.stringify({ ...fields, error: { name, message, code } });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
