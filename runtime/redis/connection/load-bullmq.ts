import { dependencyMissing } from './dependency-missing.js';

/** The part of BullMQ that the runtime uses. */
export type BullMQ = Pick<typeof import('bullmq'), 'Queue' | 'Worker'>;

let loading: Promise<BullMQ> | undefined;

/**
 * Loads BullMQ: a process that only publishes does not need it, and it takes longer to load than all other parts together.
 * @throws EventBusError `DEPENDENCY_MISSING`; the next call tries again
 */
export function loadBullMQ(): Promise<BullMQ> {
  loading ??= import('bullmq').catch((cause: unknown) => {
    loading = undefined;
    throw dependencyMissing('bullmq', cause);
  });
  return loading;
}
