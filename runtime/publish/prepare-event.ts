import { EventBusError } from '../errors.js';
import type { AnyEventDefinition } from '../event/definition.js';
import { createEventId } from '../event/ids.js';
import { listViolations, violationsOf } from '../event/violations.js';
import { messageOf } from '../support/failure.js';
import { isWellFormed } from '../support/text.js';
import { jsonDataOf } from './json-data.js';
import { checkIdempotency, defaultIdempotencyTtlMs, isName, maxNameLength } from './publish-options.js';
import type { PublishOptions } from './publisher.js';

/** An event that passed every check and may be written: nothing about it can fail those it shares a call with. */
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
  readonly idempotencyTtlMs: number;
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

/**
 * Checks an event and makes its envelope.
 * @param options Merged already: each option was read once, so that what is checked is what is written.
 * @throws EventBusError `CONTEXT_INVALID`, `VALIDATION_FAILED` with every violation, `PAYLOAD_TOO_LARGE`;
 * `CONFIG_INVALID` where `event` is no definition
 */
export function prepareEvent(
  event: AnyEventDefinition,
  data: unknown,
  options: PublishOptions,
  settings: PrepareSettings,
): PreparedEvent {
  checkDefinition(event);
  const { type, version, envelope } = event;
  const { userId, correlationId, causationId, tenantId: given, id: givenId, idempotencyKey } = options;
  const tenantId = given ?? (envelope?.tenantId === 'optional' ? noTenant : undefined);
  checkIdempotency(type, options);
  if (!isName(tenantId)) {
    throw refuse(type, 'tenantId', tenantId, 'give it, or publish through bus.withContext({ tenantId })');
  }
  if (envelope?.userId === 'required' && userId === undefined) {
    throw refuse(type, 'userId', userId, 'give it, or publish through bus.withContext({ userId })');
  }
  checkOptional(type, 'userId', userId);
  checkOptional(type, 'correlationId', correlationId);
  checkOptional(type, 'causationId', causationId);
  const dataJson = dataJsonOf(event, type, data, settings.maxEventBytes);
  const id = givenId ?? createEventId(settings.nowMs);
  const correlation = correlationId ?? id;
  // The envelope is put together by hand, its strings and its data each written once: more than twice as fast as an object.
  const json =
    `{"id":"${id}","type":${JSON.stringify(type)},"source":${JSON.stringify(settings.source)},` +
    `"timestamp":"${isoTime(settings.nowMs)}","correlationId":${JSON.stringify(correlation)}` +
    (causationId === undefined ? '' : `,"causationId":${JSON.stringify(causationId)}`) +
    `,"tenantId":${JSON.stringify(tenantId)}` +
    (userId === undefined ? '' : `,"userId":${JSON.stringify(userId)}`) +
    `,"version":${JSON.stringify(version)}` +
    (settings.traceparent === undefined ? '' : `,"traceparent":"${settings.traceparent}"`) +
    `,"data":${dataJson}}`;
  const bytes = Buffer.byteLength(json);
  if (bytes > settings.maxEventBytes) throw tooLarge(type, `${bytes} bytes, more than`, settings.maxEventBytes);
  return {
    id,
    type,
    tenantId,
    correlationId: correlation,
    json,
    bytes,
    explicitId: givenId !== undefined,
    idempotencyKey,
    idempotencyTtlMs: options.idempotencyTtlMs ?? defaultIdempotencyTtlMs,
  };
}

/**
 * Holds data against its schema, as JSON will write them.
 * @param event Names the event in errors, beside its `validate`.
 * @returns The data that were checked: a plain copy.
 * @throws EventBusError `VALIDATION_FAILED` with every violation, `PAYLOAD_TOO_LARGE`
 */
export function checkedData(event: AnyEventDefinition, type: string, data: unknown, maxBytes: number): unknown {
  const found = jsonDataOf(data, maxBytes);
  if (found.kind === 'too-large') throw tooLarge(type, 'more than', maxBytes);
  if (found.kind === 'problems') {
    const { problems: violations, cause } = found;
    const message = `${type}: the data ${listViolations(violations)}`;
    throw new EventBusError('VALIDATION_FAILED', message, { cause, violations });
  }
  const { validate } = event;
  if (isValid(validate, type, found.data)) return found.data;
  const violations = violationsOf(validate.errors ?? []);
  const message = `${type}: the data breaks its schema: ${listViolations(violations)}`;
  throw new EventBusError('VALIDATION_FAILED', message, { violations });
}

function dataJsonOf(event: AnyEventDefinition, type: string, data: unknown, maxBytes: number): string {
  return JSON.stringify(checkedData(event, type, data, maxBytes));
}

function isValid(validate: AnyEventDefinition['validate'], type: string, data: unknown): boolean {
  try {
    return validate(data);
  } catch (cause) {
    const message = `${type}: the data cannot be held against their schema: ${messageOf(cause)}`;
    throw new EventBusError('VALIDATION_FAILED', message, { cause, violations: [{ path: '$', message }] });
  }
}

/** Callers in plain JavaScript may have given anything. */
function checkDefinition(event: Partial<AnyEventDefinition> | null | undefined): void {
  if (typeof event?.type === 'string' && typeof event.version === 'string' && typeof event.validate === 'function')
    return;
  throw new EventBusError('CONFIG_INVALID', "publish: give the event's definition, as the SDK exports it");
}

let isoMs = Number.NaN;
let iso = '';

/** The time as ISO 8601. Many events are published in one millisecond: the last one's text is reused. */
function isoTime(ms: number): string {
  if (ms !== isoMs) {
    iso = new Date(ms).toISOString();
    isoMs = ms;
  }
  return iso;
}

function checkOptional(type: string, name: string, value: unknown): void {
  if (value === undefined || isName(value)) return;
  throw refuse(type, name, value, `give a string of 1 to ${maxNameLength} whole characters`);
}

function refuse(type: string, name: string, value: unknown, fix: string): EventBusError {
  const given = value === undefined ? 'missing' : `not usable (${describe(value)})`;
  return new EventBusError('CONTEXT_INVALID', `${type}: ${name} is ${given}: ${fix}`);
}

function describe(value: unknown): string {
  if (typeof value === 'number' || value === null) return String(value);
  if (typeof value !== 'string') return typeof value;
  if (value === '') return 'empty';
  if (value.length > maxNameLength) return `${value.length} characters`;
  const what = isWellFormed(value) ? '' : ', which has half a character: a surrogate without its other half';
  return `${JSON.stringify(value.slice(0, 40))}${what}`;
}

function tooLarge(type: string, has: string, maxEventBytes: number): EventBusError {
  const what = `${type}: the event has ${has} maxEventBytes (${maxEventBytes})`;
  return new EventBusError('PAYLOAD_TOO_LARGE', `${what}: keep large content elsewhere and publish a reference to it`);
}
