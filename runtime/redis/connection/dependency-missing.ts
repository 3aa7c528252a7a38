import { EventBusError } from '../../errors.js';

/** The error of a package that is loaded on demand and cannot be loaded: a bundle left it out, for example. */
export function dependencyMissing(name: string, cause: unknown): EventBusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EventBusError('DEPENDENCY_MISSING', `the package ${name} cannot be loaded: ${why}`, { cause });
}
