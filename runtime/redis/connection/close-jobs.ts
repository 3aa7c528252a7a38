import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue, Worker } from 'bullmq';
import type { JobsClient } from './client.js';

/** How long a worker may take to end what it has begun, in milliseconds: without Redis it would wait until there is one. */
const patienceMs = 2_000;

/** Ends a queue, its worker and the clients that they use, so that nothing of them keeps the process alive: also while Redis is away. */
export async function closeJobs(client: JobsClient, queue: Queue, worker: Worker | undefined): Promise<void> {
  if (worker !== undefined) {
    // Not `close`: it waits for Redis, and once it does so it cannot be hurried.
    await Promise.race([worker.pause().catch(() => undefined), sleep(patienceMs, undefined, { ref: false })]);
    await worker.close(true);
  }
  client.end();
  await queue.close();
}
