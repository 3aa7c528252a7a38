import { messageOf } from '../support/failure.js';
import type { AnyEventDefinition } from './definition.js';
import type { Envelope } from './envelope.js';
import { problemOf } from './problem-of.js';
import { invalid, type ReadResult } from './read-result.js';
import { readOlderMajor } from './upcast.js';
import { relateVersion } from './versions.js';

/** Placeholder for the event of an entry that is not an envelope. */
export const noEnvelope: Envelope = {
  id: '',
  type: '',
  source: '',
  timestamp: '',
  correlationId: '',
  tenantId: '',
  version: '',
  data: undefined,
};

const required = ['id', 'type', 'source', 'timestamp', 'correlationId', 'tenantId', 'version'] as const;
const optional = ['causationId', 'key', 'userId', 'traceparent'] as const;

/**
 * Reads an entry tolerantly: properties that the schema does not describe are allowed, an unknown type becomes an
 * UnknownEvent. The envelope's version is compared with the version of the build: a newer version is `ahead` if this build
 * cannot read it; data of an older major version is converted, or the event is invalid. Never throws.
 * @param json The envelope's JSON; undefined if the entry has none.
 * @param readsData False for an event that may crash every process that reads it: its data is neither validated nor converted,
 * unless only its data can show that a newer build must handle it.
 */
export function readEntry(
  json: string | undefined,
  definitions: ReadonlyMap<string, AnyEventDefinition>,
  maxEventBytes: number,
  readsData = true,
): ReadResult {
  if (json === undefined) return invalid('NOT_ENVELOPE', 'the entry has no field `e` with an envelope', undefined);
  // A string has at most three bytes per character: the bytes of short strings need not be counted.
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
  if (field !== undefined) return invalid('NOT_ENVELOPE', `the entry is not a valid envelope: ${field}`, undefined);
  const event = value as Envelope;
  const definition = definitions.get(event.type);
  if (definition === undefined) return { kind: 'unknown', event: { ...event, unknown: true } };
  return readVersion(event, definition, readsData);
}

/** Reads an event by the relation of its version to the version of this build. */
function readVersion(event: Envelope, definition: AnyEventDefinition, readsData: boolean): ReadResult {
  const relation = relateVersion(event.version, definition.version);
  if (relation === 'newer-major') {
    const message = `version ${event.version} is newer than version ${definition.version} of this build: a newer build must handle it`;
    return { kind: 'ahead', event, message };
  }
  if (relation === 'older-major') return readOlderMajor(event, definition, readsData);
  if (!readsData && relation !== 'newer-minor') return { kind: 'event', event };
  const broken = problemOf(definition.validate, event.data);
  if (broken === undefined) return { kind: 'event', event };
  // Data that breaks this build's schema may be valid in the newer minor version, such as a new value of an enum.
  return relation === 'newer-minor' ? { kind: 'ahead', event, message: broken } : invalid('SCHEMA', broken, event);
}

/** The position of the syntax error. The parser's own message quotes the entry, which may contain personal data. */
function notJsonMessage(error: unknown): string {
  const position = /position (\d+)/.exec(messageOf(error))?.[1];
  return position === undefined
    ? 'the entry is not JSON'
    : `the entry is not JSON: syntax error at position ${position}`;
}

/**
 * The first reason why `value` is not a valid envelope; undefined if it is valid. Removes optional fields that are null,
 * which publishers in other languages write for absent fields, and the fields `unknown` and `upcastFrom`, which only the runtime may set.
 */
function brokenField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  const fields = value as Record<string, unknown>;
  for (const name of required) {
    const field = fields[name];
    if (typeof field !== 'string' || field === '') return `${name} must be a non-empty string`;
  }
  for (const name of optional) {
    const field = fields[name];
    if (field === undefined || typeof field === 'string') continue;
    if (field !== null) return `${name} must be a string`;
    delete fields[name];
  }
  if (fields.key === '') return 'key must be a non-empty string';
  if (fields.unknown !== undefined) delete fields.unknown;
  if (fields.upcastFrom !== undefined) delete fields.upcastFrom;
  if (fields.replay === null) delete fields.replay;
  if (fields.replay !== undefined && !isReplayMark(fields.replay)) return 'replay must have a jobId';
  return 'data' in fields ? undefined : 'data is missing';
}

function isReplayMark(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'jobId' in value && typeof value.jobId === 'string';
}
