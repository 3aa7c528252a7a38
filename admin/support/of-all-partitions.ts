import { EventBusError } from '@hyvve-events/runtime';

/** The result of a read of all partitions; undefined while one of them is away. */
export async function ofAllPartitions<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof EventBusError && error.code === 'UNAVAILABLE') return undefined;
    throw error;
  }
}
