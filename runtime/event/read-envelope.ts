import { messageOf } from '../support/failure.js';
import type { AnyEventDefinition } from './definition.js';
import type { Envelope, UnknownEvent } from './envelope.js';
import { relateVersion } from './versions.js';
import { listViolations, violationsOf } from './violations.js';

/** What an entry of the stream turned out to be. */
export type ReadResult =
  | { readonly kind: 'event'; readonly event: Envelope }
  | { readonly kind: 'unknown'; readonly event: UnknownEvent }
  /** Of a newer version than this build can read: it waits for a newer build. */
  | { readonly kind: 'ahead'; readonly event: Envelope; readonly message: string }
  | {
      readonly kind: 'invalid';
      readonly reason: InvalidReason;
      readonly message: string;
      /** Where it is an envelope at least. */
      readonly event: Envelope | undefined;
    };

/** Why an entry cannot be handled by this build, nor by a newer one. */
export type InvalidReason = 'NOT_JSON' | 'NOT_ENVELOPE' | 'TOO_LARGE' | 'SCHEMA' | 'VERSION_RETIRED';

const required = ['id', 'type', 'source', 'timestamp', 'correlationId', 'tenantId', 'version'] as const;
const optional = ['causationId', 'userId', 'traceparent'] as const;

/**
 * Reads an entry, tolerantly: properties that the schema does not know pass, an unknown type is an
 * {@link UnknownEvent}. The envelope's version is compared with the build's: a newer one is `ahead` where this build cannot
 * read it, an older major is invalid. Never throws.
 * @param json The envelope's JSON; undefined where the entry has none.
 */
export function readEntry(
  json: string | undefined,
  definitions: ReadonlyMap<string, AnyEventDefinition>,
  maxEventBytes: number,
): ReadResult {
  if (json === undefined) return invalid('NOT_ENVELOPE', 'the entry has no field `e` with an envelope', undefined);
  // A string has at most three bytes a character: only a long one is worth counting.
  if (json.length * 3 > maxEventBytes && Buffer.byteLength(json) > maxEventBytes) {
    return invalid('TOO_LARGE', `the envelope has more than maxEventBytes (${maxEventBytes})`, undefined);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return invalid('NOT_JSON', notJsonMessage(error), undefined);
  }
  const field = brokenField(value);
  if (field !== undefined) return invalid('NOT_ENVELOPE', `it is no envelope: ${field}`, undefined);
  const event = value as Envelope;
  const definition = definitions.get(event.type);
  if (definition === undefined) return { kind: 'unknown', event: { ...event, unknown: true } };
  return readVersion(event, definition);
}

/** Reads an event by what its version is to this build's. Most often they are the same text. */
function readVersion(event: Envelope, definition: AnyEventDefinition): ReadResult {
  const relation = relateVersion(event.version, definition.version);
  if (relation === 'newer-major') {
    const message = `its version is ${event.version}, and this build knows ${definition.version}: a newer build must read it`;
    return { kind: 'ahead', event, message };
  }
  if (relation === 'older-major') {
    const message = `version ${event.version} is not read any more: this build knows ${definition.version}`;
    return invalid('VERSION_RETIRED', message, event);
  }
  const broken = violationsIn(event.data, definition);
  if (broken === undefined) return { kind: 'event', event };
  // What breaks this build's schema may be valid in the newer minor version, such as a new value of an enum.
  return relation === 'newer-minor' ? { kind: 'ahead', event, message: broken } : invalid('SCHEMA', broken, event);
}

/** How data breaks their schema; undefined where they do not. */
function violationsIn(data: unknown, { validate }: AnyEventDefinition): string | undefined {
  try {
    if (validate(data, true)) return undefined;
  } catch (thrown) {
    // Of data that is nested too deep for its validator.
    return `the data cannot be held against their schema: ${messageOf(thrown)}`;
  }
  return `the data breaks its schema: ${listViolations(violationsOf(validate.errors ?? []))}`;
}

/** Where the JSON breaks off. The parser's own message quotes the entry, which may be personal data. */
function notJsonMessage(error: unknown): string {
  const position = /position (\d+)/.exec(messageOf(error))?.[1];
  return position === undefined
    ? 'the entry is not JSON'
    : `the entry is not JSON: it breaks off at position ${position}`;
}

/**
 * The first thing that keeps `value` from being an envelope. What publishers in other languages write as null counts as
 * absent, and the mark of an {@link UnknownEvent} is ours alone: both are taken out.
 */
function brokenField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  const fields = value as Record<string, unknown>;
  for (const name of required) {
    const field = fields[name];
    if (typeof field !== 'string' || field === '') return `${name} must be a string that is not empty`;
  }
  for (const name of optional) {
    const field = fields[name];
    if (field === undefined || typeof field === 'string') continue;
    if (field !== null) return `${name} must be a string`;
    delete fields[name];
  }
  if (fields.unknown !== undefined) delete fields.unknown;
  if (fields.replay === null) delete fields.replay;
  if (fields.replay !== undefined && !isReplayMark(fields.replay)) return 'replay must name its jobId';
  return 'data' in fields ? undefined : 'data is missing';
}

function isReplayMark(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jobId' in value && typeof value.jobId === 'string';
}

function invalid(reason: InvalidReason, message: string, event: Envelope | undefined): ReadResult {
  return { kind: 'invalid', reason, message, event };
}
