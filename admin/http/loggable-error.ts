import { DrizzleQueryError } from 'drizzle-orm/errors';

/** An error in the form for the process log. */
export interface LoggableError {
  readonly type: string;
  readonly message: string;
  /** Empty if it would contain a value. */
  readonly stack: string;
  readonly [field: string]: unknown;
  readonly code?: string;
  readonly cause?: LoggableError;
}

/**
 * Converts an error for the process log. Errors of queries contain the parameters, and errors of the database contain values
 * of rows. Both may be personal data, so only the kind of the error is logged.
 */
export function loggableError(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' };
  const cause = error.cause !== undefined && depth < 5 ? { cause: loggableError(error.cause, depth + 1) } : {};
  if (error instanceof DrizzleQueryError) {
    const [statement = ''] = error.query.split('(', 1);
    return { type: error.name, message: `a query failed: ${statement.slice(0, 200)}`, stack: '', ...cause };
  }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const isFromDatabase = 'severity' in error && code.code !== undefined;
  // The messages of classes 22 and 23 quote a value.
  const quotesValue = isFromDatabase && /^2[23]/.test(code.code ?? '');
  return {
    type: error.name,
    message: quotesValue ? `the database refused a value (${code.code})` : error.message,
    stack: quotesValue ? '' : (error.stack ?? ''),
    ...code,
    ...cause,
  };
}
