import type { Logger } from '../logger.js';

/** Calls a function of the user. An error that it throws or rejects with is logged, and does not fail the caller. @param name For the log. */
export function callHook(logger: Logger, name: string, hook: () => unknown): void {
  const report = (error: unknown) => logger.error({ err: error }, `${name} threw`);
  try {
    const result = hook();
    if (result instanceof Promise) result.catch(report);
  } catch (error) {
    report(error);
  }
}
