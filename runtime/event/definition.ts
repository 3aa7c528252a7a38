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
