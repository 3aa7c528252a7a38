import { types } from 'node:util';
import { failureOf, isErrorLike, messageOf } from '../support/failure.js';
import type { AnyEventDefinition, OlderVersion, UpcastContext } from './definition.js';
import type { Envelope } from './envelope.js';
import { indexOfOlder } from './older-versions.js';
import { problemOf } from './problem-of.js';
import { type InvalidReason, invalid, type ReadResult } from './read-result.js';
import type { Validate } from './validate.js';
import { relateVersion } from './versions.js';

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/**
 * Reads an event of an older major version: its data is validated against that version, then converted step by step to the
 * present one. The envelope is changed only if all steps succeed. Never throws.
 * @param event A parsed envelope to which nothing else refers.
 * @param readsData False for an event that may crash every process that reads it: its data is not converted, and validated only
 * if a newer build might have to handle it.
 */
export function readOlderMajor(event: Envelope, definition: AnyEventDefinition, readsData: boolean): ReadResult {
  const older = definition.older ?? [];
  const first = indexOfOlder(older, event.version);
  const written = older[first];
  if (written === undefined) {
    const message = `version ${event.version} is no longer supported: this build knows ${definition.version}`;
    return invalid('VERSION_RETIRED', message, event);
  }
  // A newer minor version of that major, which was released later than this build: a newer build may be able to read its data.
  const isAhead = relateVersion(event.version, written.version) === 'newer-minor';
  const refuse = (reason: InvalidReason, message: string): ReadResult =>
    isAhead ? { kind: 'ahead', event, message } : invalid(reason, message, event);
  if (!readsData && !isAhead) return { kind: 'event', event };
  const broken = problemOf(written.validate, event.data);
  if (broken !== undefined) return refuse('SCHEMA', `${broken} (version ${written.version})`);
  if (!readsData) return { kind: 'event', event };
  let data: unknown = event.data;
  for (let index = first; index < older.length; index += 1) {
    const from = older[index] as OlderVersion;
    const to = older[index + 1] ?? definition;
    const result = convert(from, to.validate, data, event);
    if (result.problem !== undefined) {
      const step = `${event.type}: the conversion ${from.version} → ${to.version}`;
      return refuse('UPCAST_FAILED', `${step} ${result.problem}`);
    }
    data = result.data;
  }
  // A copy of the envelope would cost more than parsing it.
  const converted: Writable<Envelope> = event;
  converted.upcastFrom = event.version;
  converted.version = definition.version;
  converted.data = data;
  return { kind: 'event', event };
}

type Conversion =
  | { readonly data: unknown; readonly problem?: undefined }
  /** Why there is no valid data: the end of a sentence that begins with the step. */
  | { readonly problem: string };

/**
 * Runs one step and validates its result. Properties that the next version does not describe are allowed, as in data that is
 * read: a step may copy properties that a newer publisher added. Never throws.
 */
function convert({ upcast }: OlderVersion, validate: Validate<unknown>, data: unknown, event: Envelope): Conversion {
  let result: unknown;
  try {
    result = upcast(data as never, contextOf(event));
    if (isThenable(result)) return { problem: 'returned a promise: a conversion must be synchronous' };
  } catch (thrown) {
    return { problem: `threw ${isErrorLike(thrown) ? `${failureOf(thrown).name}: ` : ''}${messageOf(thrown)}` };
  }
  if (result === undefined) return { problem: 'returned nothing' };
  const broken = problemOf(validate, result);
  return broken === undefined ? { data: result } : { problem: `gave invalid data: ${broken}` };
}

/** Whether a step returned a promise. Its rejection must not end the process. */
function isThenable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (types.isPromise(value)) Promise.prototype.then.call(value, undefined, () => undefined);
  return typeof (value as { readonly then?: unknown }).then === 'function';
}

/** The envelope for one step: a copy, so that a step cannot change the envelope. */
function contextOf(event: Envelope): UpcastContext {
  const { id, type, source, timestamp, correlationId, tenantId, version } = event;
  const context: Writable<UpcastContext> = { id, type, source, timestamp, correlationId, tenantId, version };
  if (event.causationId !== undefined) context.causationId = event.causationId;
  if (event.key !== undefined) context.key = event.key;
  if (event.userId !== undefined) context.userId = event.userId;
  if (event.traceparent !== undefined) context.traceparent = event.traceparent;
  if (event.replay !== undefined) context.replay = { jobId: event.replay.jobId };
  return context;
}
