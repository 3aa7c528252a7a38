import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue, Worker } from 'bullmq';
import type { JobsClient } from './client.js';

/** Time that a worker has to finish its job, in milliseconds: without Redis it would wait indefinitely. */
const pauseTimeoutMs = 2_000;

/** Closes a queue, its worker and their clients, so that they do not keep the process alive, even if Redis is unavailable. */
export async function closeJobs(client: JobsClient, queue: Queue, worker: Worker | undefined): Promise<void> {
  if (worker !== undefined) {
    // Not `close`: it waits for Redis without a timeout.
    await Promise.race([worker.pause().catch(() => undefined), sleep(pauseTimeoutMs, undefined, { ref: false })]);
    await worker.close(true);
  }
  client.end();
  await queue.close();
}
