import { dependencyMissing } from '../connection/dependency-missing.js';

/**
 * A new id of a replay. The package that makes it is loaded by the first replay: a process that only publishes does not need it.
 * @throws EventBusError `DEPENDENCY_MISSING`
 */
export async function newReplayId(): Promise<string> {
  const { createId } = await import('@paralleldrive/cuid2').catch((cause: unknown) => {
    throw dependencyMissing('@paralleldrive/cuid2', cause);
  });
  return `replay-${createId()}`;
}
