/** All error codes of the service with their HTTP status. `docs/admin.md` describes what to do. */
export const adminErrorStatus = {
  PARAMETER_INVALID: 400,
  BODY_INVALID: 400,
  RANGE_INVALID: 400,
  TYPE_UNKNOWN: 400,
  CURSOR_INVALID: 400,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  ROLE_MISSING: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  DATA_INVALID: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  REDIS_UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 503,
  INDEX_UNAVAILABLE: 503,
  KEYS_UNAVAILABLE: 503,
  /** Thrown by `buildApp`; never in an answer. */
  CONFIG_INVALID: 500,
} as const;

export type AdminErrorCode = keyof typeof adminErrorStatus;

/** Contents of an error answer in addition to code and message. */
export interface AdminErrorDetails {
  /** The invalid parameter, for example `query.limit` or `body.startTime`. */
  readonly field?: string;
  /** What the parameter must be. */
  readonly expected?: string;
  /** Known names that are similar to the value. */
  readonly nearest?: readonly string[];
  /** With `DATA_INVALID`: violations of the schema. */
  readonly violations?: readonly { readonly path: string; readonly message: string }[];
  /** With a status of 503 or 429: when to try again, in seconds. Default with 503: 2. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** Every error that the service reports. Any other error is answered as `INTERNAL`, without its message. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: AdminErrorCode;
  /** The HTTP status. */
  readonly statusCode: number;
  readonly details: AdminErrorDetails;

  constructor(code: AdminErrorCode, message: string, details: AdminErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.statusCode = adminErrorStatus[code];
    this.details = details;
  }
}

/** Creates the error for the cursor of a page that no list has returned. */
export function cursorInvalid(cause?: unknown): AdminError {
  return new AdminError('CURSOR_INVALID', 'the cursor is not valid', {
    field: 'query.cursor',
    expected: 'must be the cursor from the previous page',
    cause,
  });
}

/**
 * Creates the error for something that does not exist or that the token may not see; the answer does not distinguish the two.
 * @param why Possible reasons, with a hint what to check.
 */
export function notFound(what: string, why?: string): AdminError {
  return new AdminError('NOT_FOUND', `there is no ${what}${why === undefined ? '' : `: ${why}`}`);
}
