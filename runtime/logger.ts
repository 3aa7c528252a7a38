import { inspect } from 'node:util';

/** The logger that the runtime uses. A pino logger can be passed directly. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds these fields to every line. */
  child?(fields: object): Logger;
}

/** Logs nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Prints warnings and errors to stderr, with their fields and the error's stack; nothing else. The default. */
export const consoleLogger: Logger = printing({});

function printing(shared: object): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => print('warn', { ...shared, ...fields }, message),
    error: (fields, message) => print('error', { ...shared, ...fields }, message),
    child: (fields) => printing({ ...shared, ...fields }),
  };
}

function print(level: 'warn' | 'error', { err, ...fields }: { readonly err?: unknown }, message: string): void {
  const shown =
    Object.keys(fields).length === 0 ? '' : ` ${inspect(fields, { breakLength: Number.POSITIVE_INFINITY })}`;
  const error = err === undefined ? '' : `\n${inspect(err)}`;
  process.stderr.write(`${new Date().toISOString()} ${level} hyvve-events: ${message}${shown}${error}\n`);
}

/** Prints a line that another logger has thrown for, without its fields if they cannot be read. Never throws. */
export function printSafely(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
  for (const shown of [fields, {}]) {
    try {
      consoleLogger[level](shown, message);
      return;
    } catch {
      // The fields cannot be read.
    }
  }
}

/**
 * A logger that never throws and never rejects: an error in the user's logger must not stop an event. A line that the user's
 * logger throws for goes to {@link consoleLogger}, so that it is not lost. The loggers that `child` returns are not guarded.
 */
export function guardedLogger(logger: Logger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    try {
      const result: unknown = logger[level](fields, message);
      if (result instanceof Promise) result.catch(() => printSafely(level, fields, message));
    } catch {
      printSafely(level, fields, message);
    }
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    ...(logger.child === undefined ? {} : { child: (fields: object) => logger.child?.(fields) ?? logger }),
  };
}
