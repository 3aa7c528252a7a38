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
