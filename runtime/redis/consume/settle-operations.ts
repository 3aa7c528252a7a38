import type { Envelope, UnknownEvent } from '../../event/envelope.js';
import type { Outcome } from '../../handle/outcome.js';
import type { DeadReason } from '../../operate/dead-letter.js';
import { type Failure, maxMessage } from '../../support/failure.js';
import { cutText } from '../../support/text.js';
import { formatParkedName } from '../store/parked-name.js';
import type { DeadDetail, EventFacts, ScheduledRetry } from '../store/scheduled-retry.js';
import type { RedisDelivery } from './delivery.js';
import type { Operation } from './operation.js';

/** What a log line and a dead letter say of an event. */
export function factsOf(event: Envelope | UnknownEvent): EventFacts {
  const { id: eventId, type, tenantId, correlationId, replay } = event;
  if (replay === undefined) return { eventId, type, tenantId, correlationId };
  return { eventId, type, tenantId, correlationId, replayJobId: replay.jobId };
}

/** The row of a delivery that has not run yet. */
export function firstRetry(delivery: RedisDelivery): ScheduledRetry {
  return { ...factsOf(delivery.event), attempt: 1, streamId: delivery.streamId, envelope: delivery.envelope };
}

/**
 * What Redis must record of one handler's outcome. Undefined where the acknowledgement says it all: a success at the
 * first try of the delivery's last handler.
 */
export function operationFor(
  delivery: RedisDelivery,
  name: string,
  outcome: Outcome,
  last: boolean,
  nowMs: number,
): Operation | undefined {
  if (outcome.kind === 'done') {
    if (delivery.claimed !== undefined) return ['done', name, logDetail(delivery), '', '', ''];
    return last ? undefined : ['done', name, '', '', '', ''];
  }
  const { failure } = outcome;
  if (outcome.kind === 'dead') return deadOperation(delivery, name, outcome.reason, failure, nowMs);
  const row: ScheduledRetry = {
    ...firstRetry(delivery),
    streamId: delivery.claimed?.retry.streamId ?? delivery.streamId,
    attempt: delivery.attempt + 1,
    firstFailedAt: delivery.claimed?.retry.firstFailedAt ?? iso(nowMs),
    lastFailure: failure,
  };
  return ['schedule', name, JSON.stringify(row), outcome.delayMs, logDetail(delivery, failure), 'failed'];
}

/** Makes the delivery a dead letter of `handler` (`*`: of all there could have been). */
export function deadOperation(
  delivery: RedisDelivery,
  handler: string,
  reason: DeadReason,
  failure: Failure,
  nowMs: number,
): Operation {
  const { retryable: _, ...error } = failure;
  const detail: DeadDetail = {
    ...factsOf(delivery.event),
    error,
    attempts: delivery.attempt,
    firstFailedAt: delivery.claimed?.retry.firstFailedAt ?? iso(nowMs),
    lastFailedAt: iso(nowMs),
  };
  return ['dead', handler, reason, JSON.stringify(detail), logDetail(delivery, failure), delivery.envelope];
}

/** Parks the delivery until a build that knows the event's version takes it. @param message Why this one cannot read it. */
export function parkOperation(delivery: RedisDelivery, handler: string, message: string): Operation {
  const { event, claimed } = delivery;
  const row: ScheduledRetry = claimed?.retry ?? firstRetry(delivery);
  const detail = JSON.stringify({ ...factsOf(event), version: event.version, message: cutText(message, maxMessage) });
  return ['park', handler, JSON.stringify(row), formatParkedName(handler, event.type, event.version), detail, ''];
}

/** Says that a row was for a handler that does not take what is in it. */
export function skippedOperation(delivery: RedisDelivery, handler: string): Operation {
  return ['note', handler, logDetail(delivery), 'skipped', '', ''];
}

function logDetail(delivery: RedisDelivery, failure?: Failure): string {
  const facts = { ...factsOf(delivery.event), attempt: delivery.attempt };
  if (failure === undefined) return JSON.stringify(facts);
  const { name, message, code } = failure;
  return JSON.stringify({ ...facts, error: { name, message, code } });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
