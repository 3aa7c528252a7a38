import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { allEvents, anOrder, OrderPlaced } from '../events/events.js';
import { createRecordedBus } from '../recording/recorded-bus.js';
import { startProxy } from '../redis/tcp-proxy.js';
import { until } from '../wait.js';

// A service that closes just after a lost reply: of the job of a retry; with `freeze` of all calls; with `active` of the
// call by which its timer claims a job.
const [port = '', how] = process.argv.slice(2);
const proxy = await startProxy(Number(port));
const bus = createRecordedBus({
  service: 'billing',
  redis: proxy.url,
  publishDeadlineMs: 3_000,
  drainMs: 500,
  logger: silentLogger,
});
bus.subscribe(
  subscribeTo(allEvents, '*', { name: 'bill', retryDelaysMs: [how === 'active' ? 1_000 : 60_000] }, () => {
    throw new Error('as planned');
  }),
);
await bus.start();
// The timer of retries connects last.
const client = new Redis(Number(port));
await until('the timer has connected', async () => (await client.exists('{hyvve:timer:billing}:jobs:repeat')) === 1);
client.disconnect();
const lost = how === 'active' ? proxy.freezeFrom(':limiter') : proxy.dropRepliesFrom('due-');
await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' }).catch(() => undefined);
await lost;
await sleep(300);
if (how !== 'active') proxy.mode = how === 'freeze' ? 'freeze' : 'pass';
await bus.close();
await proxy.close();
console.log('closed');
