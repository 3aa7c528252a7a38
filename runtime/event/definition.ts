/** One violation as ajv's compiled validators report it. */
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
 * A compiled validator and type guard. Strict by default: what the catalog does not describe is refused. With
 * `tolerant` true, properties that the schema does not know pass, as a consumer older than its publisher needs.
 * Reports every violation, not the first alone.
 */
export interface Validate<Data> {
  (data: unknown, tolerant?: boolean): data is Data;
  /** What the last call found, `null` when it passed. The next call overwrites it: copy what you keep. */
  errors: readonly ValidationError[] | null;
}

/** What the SDK knows of one event of the catalog. Made by generated code with {@link defineEvent}. */
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
  /** What a publish must give, where the catalog's config asks for other than a tenant and perhaps a user. */
  readonly envelope?: EnvelopeRequirements;
}

/** Fields of the envelope that a publish must or need not give. */
export interface EnvelopeRequirements {
  /** Without one, the event belongs to the tenant `none`. */
  readonly tenantId?: 'optional';
  readonly userId?: 'required';
}

/** A definition whatever its data: what lists of definitions hold. */
// `never` would forbid reading, `unknown` would refuse every guard: a guard's target type is covariant in practice.
export type AnyEventDefinition = EventDefinition<string, unknown>;

/** Gives a generated event definition its type. Pure, so that bundlers drop the ones that are not used. */
export function defineEvent<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
): EventDefinition<Type, Data> {
  return definition;
}
