import type { Logger } from '../logger.js';

/**
 * A logger that never throws and never rejects: what a user's logger does with a line must not stop an event. Loggers that
 * it makes for handlers (`child`) are the user's own.
 */
export function guardedLogger(logger: Logger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    try {
      const result: unknown = logger[level](fields, message);
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // There is no better place to report it.
    }
  };
  return {
    ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    ...(logger.child === undefined ? {} : { child: (fields: object) => logger.child?.(fields) ?? logger }),
  };
}
