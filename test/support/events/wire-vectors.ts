import { readFileSync } from 'node:fs';
import type { UpcastStep } from '@hyvve-events/catalog-model';
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
  readonly definitions: readonly {
    readonly type: string;
    readonly version: string;
    readonly schema: object;
    readonly older?: readonly {
      readonly major: number;
      readonly version: string;
      readonly schema: object;
      readonly derived: readonly UpcastStep[];
    }[];
  }[];
  readonly vectors: readonly WireVector[];
  readonly partitions: readonly { readonly key: string; readonly hash: number; readonly partitionOf16: number }[];
  readonly orderingKeys: readonly {
    readonly tenantId: string;
    readonly key: string;
    readonly partitionKey: string;
    readonly hash: number;
    readonly partitionOf16: number;
  }[];
}

const file = JSON.parse(readFileSync('runtime/wire/envelope.vectors.json', 'utf8')) as VectorsFile;

export const { maxEventBytes, vectors, partitions, orderingKeys } = file;

/** The events that the vectors' consumer knows. */
export const vectorEvents: readonly AnyEventDefinition[] = file.definitions.map(
  ({ type, version, schema, older = [] }) =>
    defineEvent({
      type,
      key: type,
      version,
      domain: 'order',
      validate: validatorOf(schema),
      older: older.map(({ major, version, schema, derived }) => ({
        major,
        version,
        validate: validatorOf(schema),
        upcast: (data: Readonly<Record<string, unknown>>) => converted(data, derived),
      })),
    }),
);

/** Data that is converted by the steps of a vector's definition. */
function converted(data: Readonly<Record<string, unknown>>, steps: readonly UpcastStep[]): unknown {
  const result: Record<string, unknown> = {};
  for (const step of steps) {
    if (step.do === 'set') result[step.name] = step.value;
    const from = step.do === 'rename' ? step.from : step.do === 'keep' ? step.name : undefined;
    if (from !== undefined && Object.hasOwn(data, from)) result[step.name] = data[from];
  }
  return result;
}

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
