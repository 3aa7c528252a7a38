import { EventBusError, type Violation } from '../errors.js';
import { isUri } from '../validation/addresses.js';
import { isDateTime } from '../validation/date-time.js';
import { isInt32 } from '../validation/formats.js';

/** The optional fields of an envelope that are texts, with the attribute of each. */
export const optionalAttributes = [
  ['key', 'partitionkey'],
  ['causationId', 'causationid'],
  ['userId', 'userid'],
  ['traceparent', 'traceparent'],
] as const;

/** Attributes that an envelope has fields for, and members of the JSON format. All others are further attributes. */
const ownAttributes: ReadonlySet<string> = new Set([
  ...['specversion', 'id', 'source', 'type', 'time', 'data', 'data_base64'],
  ...['dataversion', 'tenantid', 'correlationid', 'replayjobid', 'sourcename'],
  ...optionalAttributes.map(([, attribute]) => attribute),
]);

/** The media type that events have, and that is not stored in the envelope. */
export const jsonType = 'application/json';

/** Whether an attribute is not made from a field of the envelope. */
export function isFurther(name: string): boolean {
  return !ownAttributes.has(name);
}

/** Why a text is not a value of the type String of CloudEvents; undefined if it is one. */
export function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  return forbidden.test(value) ? 'must have no control characters and no characters that Unicode excludes' : undefined;
}

/** Control characters, lone surrogates and noncharacters. */
const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** Like {@link textProblem}, for a text that must not be empty. */
export function nameProblem(value: unknown): string | undefined {
  return value === '' ? 'must not be empty' : textProblem(value);
}

/** Why a value is not a time of RFC 3339; undefined if it is one. */
export function timeProblem(value: unknown): string | undefined {
  return typeof value === 'string' && isDateTime(value) && !/\s/.test(value) ? undefined : 'must be a time of RFC 3339';
}

/** Why a further attribute is not possible; undefined if it is. */
export function furtherProblem(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9]+$/.test(name)) return 'must have a name of lower-case letters a-z and digits';
  if (name === 'subject') return nameProblem(value);
  if (name === 'dataschema') return typeof value === 'string' && isUri(value) ? undefined : 'must be an absolute URI';
  if (name === 'datacontenttype') return isJsonType(value) ? undefined : 'must be a media type of JSON';
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return isInt32(value) ? undefined : 'must be an integer of 32 bits';
  return typeof value === 'string' ? textProblem(value) : 'must be a string, a boolean or an integer of 32 bits';
}

/** `application/json`, `text/json` and every type with the suffix `+json`; parameters may follow. */
function isJsonType(value: unknown): boolean {
  return typeof value === 'string' && /^[\w.+-]+\/(?:json|[\w.-]+\+json)(?:\s*;[^\p{Cc}]*)?$/iu.test(value);
}

/** Collects the reasons why a conversion is not possible. */
export class Problems {
  readonly #violations: Violation[] = [];

  /** Adds the problem of a property; undefined is no problem. */
  add(property: string, message: string | undefined): void {
    if (message !== undefined) this.#violations.push({ path: property === '' ? '$' : `$.${property}`, message });
  }

  /** @throws EventBusError `CLOUD_EVENT_INVALID` with every problem, if there are any */
  throwIfAny(what: string): void {
    if (this.#violations.length === 0) return;
    const list = this.#violations.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new EventBusError('CLOUD_EVENT_INVALID', `${what}: ${list}`, { violations: this.#violations });
  }
}
