import type { AnyEventDefinition, ValidationError } from './definition.js';
import { EventBusError } from './errors.js';
import { createEventId, isEventId } from './ids.js';
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
  /** W3C trace context of the publish, where it is traced. */
  readonly traceparent?: string | undefined;
}

/** The tenant of events that need none: every key and every view is by tenant. */
const noTenant = 'none';

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
  const { userId, correlationId, causationId } = context;
  const tenantId = context.tenantId ?? (event.envelope?.tenantId === 'optional' ? noTenant : undefined);
  const { idempotencyKey, idempotencyWindowMs = day } = options;
  if (!isName(tenantId)) {
    throw refuse(event, 'tenantId', tenantId, 'give it, or publish through bus.with({ tenantId })');
  }
  if (event.envelope?.userId === 'required' && userId === undefined) {
    throw refuse(event, 'userId', userId, 'give it, or publish through bus.with({ userId })');
  }
  checkOptional(event, 'userId', userId);
  checkOptional(event, 'correlationId', correlationId);
  checkOptional(event, 'causationId', causationId);
  checkOptional(event, 'idempotencyKey', idempotencyKey);
  if (!Number.isSafeInteger(idempotencyWindowMs) || idempotencyWindowMs < 1) {
    throw refuse(event, 'idempotencyWindowMs', idempotencyWindowMs, 'give a whole number of milliseconds, from 1');
  }
  if (options.id !== undefined && !isEventId(options.id)) {
    throw refuse(event, 'id', options.id, "give the error's eventId: a letter, then at most 31 characters 0-9a-z");
  }
  if (!event.validate(data)) throw refuseData(event, event.validate.errors ?? []);
  const id = options.id ?? createEventId(settings.nowMs);
  const correlation = correlationId ?? id;
  // The envelope is put together by hand, its strings and its data each written once: more than twice as fast as an object.
  const json =
    `{"id":"${id}","type":${JSON.stringify(event.type)},"source":${JSON.stringify(settings.source)},` +
    `"timestamp":"${isoTime(settings.nowMs)}","correlationId":${JSON.stringify(correlation)}` +
    (causationId === undefined ? '' : `,"causationId":${JSON.stringify(causationId)}`) +
    `,"tenantId":${JSON.stringify(tenantId)}` +
    (userId === undefined ? '' : `,"userId":${JSON.stringify(userId)}`) +
    `,"version":${JSON.stringify(event.version)}` +
    (settings.traceparent === undefined ? '' : `,"traceparent":"${settings.traceparent}"`) +
    `,"data":${stringify(event, data)}}`;
  const bytes = Buffer.byteLength(json);
  if (bytes > settings.maxEventBytes) {
    const what = `${event.type}: the event has ${bytes} bytes, more than maxEventBytes (${settings.maxEventBytes})`;
    throw new EventBusError('PAYLOAD_TOO_LARGE', `${what}: keep large content elsewhere and publish a reference to it`);
  }
  return {
    id,
    type: event.type,
    tenantId,
    correlationId: correlation,
    json,
    bytes,
    explicitId: options.id !== undefined,
    idempotencyKey,
    idempotencyWindowMs,
  };
}

let isoMs = Number.NaN;
let iso = '';

/** The time as ISO 8601. Many events are published in one millisecond: the last one's text is kept. */
function isoTime(ms: number): string {
  if (ms !== isoMs) {
    iso = new Date(ms).toISOString();
    isoMs = ms;
  }
  return iso;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function checkOptional(event: AnyEventDefinition, name: string, value: unknown): void {
  if (value !== undefined && !isName(value)) throw refuse(event, name, value, 'give a string that is not empty');
}

function refuse(event: AnyEventDefinition, name: string, value: unknown, mend: string): EventBusError {
  const given = value === undefined ? 'missing' : `not usable (${describe(value)})`;
  return new EventBusError('CONTEXT_INVALID', `${event.type}: ${name} is ${given}: ${mend}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'empty' : JSON.stringify(value.slice(0, 40));
  return typeof value === 'number' || value === null ? String(value) : typeof value;
}

function refuseData(event: AnyEventDefinition, errors: readonly ValidationError[]): EventBusError {
  const violations = violationsOf(errors);
  const list = violations.map(({ path, message }) => `${path} ${message}`).join('; ');
  return new EventBusError('VALIDATION_FAILED', `${event.type}: the data breaks its schema: ${list}`, { violations });
}

/** The data's JSON. A validator sees neither cycles nor, in an open object, what JSON has no form for. */
function stringify(event: AnyEventDefinition, data: unknown): string {
  let cause: unknown;
  try {
    const json: string | undefined = JSON.stringify(data);
    if (json !== undefined) return json;
  } catch (thrown) {
    cause = thrown;
  }
  const why = cause instanceof Error ? cause.message : `${typeof data} has no form in JSON`;
  const message = `cannot be written as JSON: ${why}`;
  const violations = [{ path: '$', message }];
  throw new EventBusError('VALIDATION_FAILED', `${event.type}: the data ${message}`, { cause, violations });
}
