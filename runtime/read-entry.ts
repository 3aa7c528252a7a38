import type { AnyEventDefinition } from './definition.js';
import type { Envelope, UnknownEvent } from './envelope.js';
import { violationsOf } from './violations.js';

/** What an entry of the stream turned out to be. */
export type ReadResult =
  | { readonly kind: 'event'; readonly event: Envelope }
  | { readonly kind: 'unknown'; readonly event: UnknownEvent }
  | {
      readonly kind: 'invalid';
      readonly reason: 'NOT_JSON' | 'NOT_ENVELOPE' | 'TOO_LARGE' | 'SCHEMA';
      readonly message: string;
      /** Where it is an envelope at least. */
      readonly event: Envelope | undefined;
    };

const required = ['id', 'type', 'source', 'timestamp', 'correlationId', 'tenantId', 'version'] as const;

/**
 * Reads an entry, tolerantly: properties that the schema does not know pass, an unknown type is an
 * {@link UnknownEvent}. Never throws.
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
    return invalid('NOT_JSON', error instanceof Error ? error.message : String(error), undefined);
  }
  const missing = missingField(value);
  if (missing !== undefined) return invalid('NOT_ENVELOPE', `it has no ${missing}`, undefined);
  const event = value as Envelope;
  const definition = definitions.get(event.type);
  if (definition === undefined) return { kind: 'unknown', event: { ...event, unknown: true } };
  const { validate } = definition;
  if (validate(event.data, true)) return { kind: 'event', event };
  const violations = violationsOf(validate.errors ?? []).map(({ path, message }) => `${path} ${message}`);
  return invalid('SCHEMA', `the data breaks its schema: ${violations.join('; ')}`, event);
}

/** The first field an envelope needs that `value` does not have as it should. */
function missingField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'JSON object';
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of required) {
    const field = fields[name];
    if (typeof field !== 'string' || field === '') return `${name} (a string that is not empty)`;
  }
  return 'data' in fields ? undefined : 'data';
}

function invalid(
  reason: 'NOT_JSON' | 'NOT_ENVELOPE' | 'TOO_LARGE' | 'SCHEMA',
  message: string,
  event: Envelope | undefined,
): ReadResult {
  return { kind: 'invalid', reason, message, event };
}
