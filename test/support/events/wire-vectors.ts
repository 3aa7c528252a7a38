import { readFileSync } from 'node:fs';
import {
  type AnyEventDefinition,
  defineEvent,
  type Validate,
  type ValidationError,
} from '@hyvve-events/runtime/codegen';
import { Ajv } from 'ajv';

/** A conformance vector: an entry of the stream, and what a consumer makes of it. */
export interface WireVector {
  readonly name: string;
  /** The JSON value of the entry's field `e`; or its exact text, or all fields and values of the entry. */
  readonly envelope?: unknown;
  readonly text?: string;
  readonly fields?: readonly string[];
  readonly outcome: 'HANDLED' | 'UNKNOWN' | 'PARKED' | 'DEAD_LETTER';
  /** The reason of the dead letter. */
  readonly reason?: string;
  /** What handlers get, if it is not `envelope`. */
  readonly delivered?: unknown;
}

interface VectorsFile {
  readonly maxEventBytes: number;
  readonly definitions: readonly { readonly type: string; readonly version: string; readonly schema: object }[];
  readonly vectors: readonly WireVector[];
}

const file = JSON.parse(readFileSync('runtime/wire/envelope.vectors.json', 'utf8')) as VectorsFile;

export const { maxEventBytes, vectors } = file;

/** The events that the vectors' consumer knows. */
export const vectorEvents: readonly AnyEventDefinition[] = file.definitions.map(({ type, version, schema }) =>
  defineEvent({ type, key: type, version, domain: 'order', validate: validatorOf(schema) }),
);

/** The fields and values of a vector's entry. */
export function entryOf({ fields, text, envelope }: WireVector): readonly string[] {
  return fields ?? ['e', text ?? JSON.stringify(envelope)];
}

/** What handlers get of a vector that is handled. */
export function deliveredOf({ delivered, envelope }: WireVector): unknown {
  return delivered ?? envelope;
}

function validatorOf(schema: object): Validate<unknown> {
  const check = new Ajv({ allErrors: true }).compile(schema);
  const validate = Object.assign(
    (data: unknown): data is unknown => {
      const isValid = check(data);
      validate.errors = isValid ? null : ((check.errors ?? []) as ValidationError[]);
      return isValid;
    },
    { errors: null as readonly ValidationError[] | null },
  );
  return validate;
}
