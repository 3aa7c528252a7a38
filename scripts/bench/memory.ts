import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { empty, event, payload, tenant, withBus } from './events.js';
import { rounded, type Scenario } from './scenario.js';

const usualHalf = 500_000;
const callers = 200;
/** Number of entries left in the stream, so that Redis's memory does not grow during the run. */
const retained = 10_000;

export const memory: Scenario = {
  name: 'memory',
  description:
    '1,000,000 events published and handled by one process: growth of the heap by the last 500,000, after gc',
  goals: [{ figure: 'addedMiB', least: 10 }],
  async run({ redis, size }) {
    const half = size(usualHalf);
    await empty(redis);
    const trimmer = new Redis(redis.url);
    try {
      return await withBus(redis, async (bus) => {
        let handled = 0;
        bus.subscribe(
          subscribeTo([event], event.type, { name: 'handler' }, () => {
            handled += 1;
          }),
        );
        await bus.start();
        let published = 0;
        const publishUpTo = async (count: number) => {
          const caller = async () => {
            while (published < count) {
              published += 1;
              await bus.publish(event, payload, tenant);
              if (published % retained === 0) void trimmer.xtrim('{hyvve:0}:events', 'MAXLEN', '~', retained);
              while (published - handled > retained / 2) await sleep(1);
            }
          };
          await Promise.all(Array.from({ length: callers }, caller));
          while (handled < count) await sleep(5);
        };
        const startedAt = performance.now();
        await publishUpTo(half);
        const before = heapMiB();
        await publishUpTo(2 * half);
        const after = heapMiB();
        const opsPerSec = (2 * half * 1_000) / (performance.now() - startedAt);
        return { opsPerSec: rounded(opsPerSec), heapMiB: rounded(after), addedMiB: rounded(after - before) };
      });
    } finally {
      trimmer.disconnect();
    }
  },
};

/** Used heap after a full garbage collection, in MiB. */
export function heapMiB(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / (1024 * 1024);
}
