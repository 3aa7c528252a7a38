import type { Envelope } from './envelope.js';
import { type StandardSchemaProps, standardSchemaOf } from './standard-schema.js';
import type { Validate } from './validate.js';

/** What {@link defineEvent} makes an event's definition from. */
export interface EventFields<
  Type extends string = string,
  Data = unknown,
  Needs extends EnvelopeRequirements = EnvelopeRequirements,
> {
  /** The event's type, such as `approval.item.approved`. */
  readonly type: Type;
  /** The catalog's message key, such as `ApprovalApproved`. */
  readonly key: string;
  /** Version of the payload's schema, `major.minor.patch`. */
  readonly version: string;
  /** The domain of the catalog that declares the event. */
  readonly domain: string;
  readonly validate: Validate<Data>;
  /** Older major versions whose events are still read, in ascending order of their majors. Default: none. */
  readonly older?: readonly OlderVersion[];
  /**
   * Reads the ordering key from valid data: `x-ordering-key` of the catalog. Default: an event has the key that its publish sets,
   * or none.
   */
  orderingKey?(data: Data): string | number;
  /** The place in the data that `orderingKey` reads, a JSON pointer, for messages. Default: not named. */
  readonly orderingKeyAt?: string;
  /**
   * What determines an event's partition: `x-partition-by` of the catalog. `ordering-key` needs `orderingKey`. Default: the tenant.
   */
  readonly partitionBy?: 'ordering-key';
  /** Required fields of a publish, if the catalog's config differs from the default (tenant required, user optional). */
  readonly envelope?: Needs;
}

/**
 * Definition of one event of the catalog. Made by generated code with {@link defineEvent}. It is also a Standard Schema of the
 * event's data, so that frameworks take it as a validator.
 * @typeParam Needs Differences from the default rules for the envelope, from which the compiler knows what a publish must set.
 */
export interface EventDefinition<
  Type extends string = string,
  Data = unknown,
  Needs extends EnvelopeRequirements = EnvelopeRequirements,
> extends EventFields<Type, Data, Needs> {
  /** The validator for frameworks that support [Standard Schema](https://standardschema.dev). */
  readonly '~standard': StandardSchemaProps<Data>;
}

/** An older major version of an event. Its data is converted when an event is read; stored events never change. */
export interface OlderVersion {
  readonly major: number;
  /** The last released version of this major, `major.minor.patch`. */
  readonly version: string;
  readonly validate: Validate<unknown>;
  /** Converts valid data of this version to data of the next one: of the next item of `older`, after the last of the event. */
  readonly upcast: (data: never, event: UpcastContext) => unknown;
}

/** The envelope of the event whose data an upcaster converts, without its data. */
export type UpcastContext = Omit<Envelope, 'data' | 'unknown' | 'upcastFrom'>;

/**
 * Converts data of one major version of an event to data of the next. It must be pure and synchronous. If it throws, the event
 * becomes a dead letter with the reason `UPCAST_FAILED`.
 */
export type Upcast<From, To> = (data: From, event: UpcastContext) => To;

/** Differences from the default rules for the envelope's fields. */
export interface EnvelopeRequirements {
  /** An event without a tenant belongs to the tenant `none`. */
  readonly tenantId?: 'optional';
  readonly userId?: 'required';
}

/** A definition with any type of data, for lists of definitions. */
export type AnyEventDefinition = EventDefinition<string, unknown>;

/** Makes a definition with its precise type. Pure, so that bundlers can remove unused definitions. */
export function defineEvent<Type extends string, Data, Needs extends EnvelopeRequirements = EnvelopeRequirements>(
  fields: EventFields<Type, Data, Needs>,
): EventDefinition<Type, Data, Needs> {
  return { ...fields, '~standard': standardSchemaOf(fields.validate) };
}
