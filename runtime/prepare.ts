import type { AnyEventDefinition, ValidationError } from './definition.js';
import type { Envelope } from './envelope.js';
import { EventBusError } from './errors.js';
import { createEventId } from './ids.js';
import type { PublishContext, PublishOptions } from './publisher.js';
import { violationsOf } from './violations.js';

/** An event that passed every check and may be written. */
export interface PreparedEvent {
  readonly id: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** The envelope's JSON. */
  readonly json: string;
  /** Its length in UTF-8 bytes. */
  readonly bytes: number;
  /** Whether the publisher gave the id: the event may have been written before. */
  readonly explicitId: boolean;
  readonly idempotencyKey: string | undefined;
  /** In milliseconds. */
  readonly idempotencyWindowMs: number;
}

export interface PrepareSettings {
  /** The service that publishes. */
  readonly source: string;
  readonly maxEventBytes: number;
  /** Redis's time, in milliseconds since 1970. */
  readonly nowMs: number;
}

const day = 24 * 60 * 60 * 1000;

/**
 * Checks an event and makes its envelope.
 * @throws EventBusError `CONTEXT_INVALID`, `VALIDATION_FAILED` with every violation, `PAYLOAD_TOO_LARGE`
 */
export function prepareEvent(
  event: AnyEventDefinition,
  data: unknown,
  context: PublishContext,
  options: PublishOptions,
  settings: PrepareSettings,
): PreparedEvent {
  const { tenantId, userId, correlationId, causationId } = context;
  const { idempotencyKey, idempotencyWindowMs = day } = options;
  if (!isName(tenantId))
    throw refuseContext(event, 'tenantId', tenantId, 'give it, or publish through bus.with({ tenantId })');
  checkOptional(event, { userId, correlationId, causationId, idempotencyKey, id: options.id });
  if (!(idempotencyWindowMs >= 1))
    throw refuseContext(event, 'idempotencyWindowMs', idempotencyWindowMs, 'milliseconds, from 1');
  if (!event.validate(data)) throw refuseData(event, event.validate.errors ?? []);
  const id = options.id ?? createEventId(settings.nowMs);
  const envelope: Envelope = {
    id,
    type: event.type,
    source: settings.source,
    timestamp: new Date(settings.nowMs).toISOString(),
    correlationId: correlationId ?? id,
    ...(causationId === undefined ? {} : { causationId }),
    tenantId,
    ...(userId === undefined ? {} : { userId }),
    version: event.version,
    data,
  };
  const json = stringify(event, envelope);
  const bytes = Buffer.byteLength(json);
  if (bytes > settings.maxEventBytes) {
    const what = `${event.type}: the event has ${bytes} bytes, more than maxEventBytes (${settings.maxEventBytes})`;
    throw new EventBusError('PAYLOAD_TOO_LARGE', `${what}: keep large content elsewhere and publish a reference to it`);
  }
  return {
    ...{ id, type: event.type, tenantId, correlationId: envelope.correlationId, json, bytes },
    ...{ explicitId: options.id !== undefined, idempotencyKey, idempotencyWindowMs },
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function checkOptional(event: AnyEventDefinition, values: Readonly<Record<string, unknown>>): void {
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && !isName(value))
      throw refuseContext(event, name, value, 'give a string that is not empty');
  }
}

function refuseContext(event: AnyEventDefinition, name: string, value: unknown, mend: string): EventBusError {
  const given = value === undefined ? 'missing' : `not usable (${typeof value})`;
  return new EventBusError('CONTEXT_INVALID', `${event.type}: ${name} is ${given}: ${mend}`);
}

function refuseData(event: AnyEventDefinition, errors: readonly ValidationError[]): EventBusError {
  const violations = violationsOf(errors);
  const list = violations.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new EventBusError('VALIDATION_FAILED', `${event.type}: the data breaks its schema: ${list}`, { violations });
}

function stringify(event: AnyEventDefinition, envelope: Envelope): string {
  try {
    return JSON.stringify(envelope);
  } catch (cause) {
    const message = `cannot be written as JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    const violations = [{ path: '$', message }];
    throw new EventBusError('VALIDATION_FAILED', `${event.type}: the data ${message}`, { cause, violations });
  }
}
