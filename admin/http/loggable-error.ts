import { DrizzleQueryError } from 'drizzle-orm/errors';

/** An error as it may be in the process log. */
export interface LoggableError {
  readonly type: string;
  readonly message: string;
  /** Empty where it would have a value. */
  readonly stack: string;
  readonly [field: string]: unknown;
  readonly code?: string;
  readonly cause?: LoggableError;
}

/**
 * What the process log has of an error. Errors of a query have its parameters, and those of the database values of rows: both may
 * be personal data, so that only what names the fault is taken.
 */
export function loggableError(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' };
  const cause = error.cause !== undefined && depth < 5 ? { cause: loggableError(error.cause, depth + 1) } : {};
  if (error instanceof DrizzleQueryError) {
    const [statement = ''] = error.query.split('(', 1);
    return { type: error.name, message: `a query failed: ${statement.slice(0, 200)}`, stack: '', ...cause };
  }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const isOfDatabase = 'severity' in error && code.code !== undefined;
  // Class 22 and 23: the message quotes a value.
  const hasValue = isOfDatabase && /^2[23]/.test(code.code ?? '');
  return {
    type: error.name,
    message: hasValue ? `the database refused a value (${code.code})` : error.message,
    stack: hasValue ? '' : (error.stack ?? ''),
    ...code,
    ...cause,
  };
}
