/** One violation, in the form in which ajv's compiled validators report it. */
export interface ValidationError {
  /** JSON pointer into the data, `''` for the root. */
  readonly instancePath: string;
  /** JSON pointer into the schema. */
  readonly schemaPath: string;
  /** The schema keyword that failed, such as `required`. */
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/**
 * A compiled validator and type guard. Strict by default: properties that the schema does not describe are refused. With
 * `tolerant` true they are allowed, which a consumer that is older than its publisher needs.
 * Reports every violation, not only the first.
 */
export interface Validate<Data> {
  (data: unknown, tolerant?: boolean): data is Data;
  /** Violations of the last call, `null` if the data was valid. The next call overwrites them. */
  errors: readonly ValidationError[] | null;
}

/** Definition of one event of the catalog. Made by generated code with {@link defineEvent}. */
export interface EventDefinition<Type extends string = string, Data = unknown> {
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
  readonly envelope?: EnvelopeRequirements;
}

/** Differences from the default rules for the envelope's fields. */
export interface EnvelopeRequirements {
  /** An event without a tenant belongs to the tenant `none`. */
  readonly tenantId?: 'optional';
  readonly userId?: 'required';
}

/** A definition with any type of data, for lists of definitions. */
export type AnyEventDefinition = EventDefinition<string, unknown>;

/** Returns the definition with its precise type. Pure, so that bundlers can remove unused definitions. */
export function defineEvent<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
): EventDefinition<Type, Data> {
  return definition;
}
