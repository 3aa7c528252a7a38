import { type EventBus, type HandlerOptions, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../redis-server.js';
import { empty, event, payload, perSecond, Stopwatch, withBus } from './events.js';

export interface MeasuredRun {
  readonly opsPerSec: number;
  /** CPU time of Redis for one event, in microseconds. */
  readonly redisUs: number;
}

export interface ConsumeOptions {
  readonly partitions: number;
  /** Number of tenants; the events of each tenant have one ordering key. */
  readonly tenants: number;
  readonly handler?: HandlerOptions;
}

/** Consumes a stream that is full at the start, with concurrency 100. */
export async function consumeAll(
  redis: PrivateRedis,
  count: number,
  { partitions, tenants, handler }: ConsumeOptions,
): Promise<MeasuredRun> {
  await empty(redis);
  let next = 0;
  const quiet = { logger: silentLogger };
  await withBus(
    redis,
    async (bus) => {
      await perSecond(count, 200, () => {
        next += 1;
        return bus.publish(event, payload, { tenantId: `tenant-${next % tenants}` });
      });
    },
    { ...quiet, partitions },
  );
  const watch = new Stopwatch(count);
  const consume = async (bus: EventBus) => {
    bus.subscribe(subscribeTo([event], event.type, { name: 'handler', ...handler }, () => watch.tick()));
    return measured(redis, count, async () => {
      await bus.start();
      return watch.ended;
    });
  };
  return withBus(redis, consume, quiet);
}

/** Measures the CPU time that Redis uses meanwhile. @param run Returns events per second. */
export async function measured(redis: PrivateRedis, count: number, run: () => Promise<number>): Promise<MeasuredRun> {
  const client = new Redis(redis.url);
  const before = await cpuOf([{ redis: client }]);
  const opsPerSec = await run();
  const redisUs = ((await cpuOf([{ redis: client }])) - before) * (1_000 / count);
  client.disconnect();
  return { opsPerSec, redisUs };
}

/** CPU time that servers have used since their start, together, in milliseconds. */
export async function cpuOf(servers: readonly { readonly redis: Redis }[]): Promise<number> {
  const infos = await Promise.all(servers.map(({ redis }) => redis.info('cpu')));
  const times = infos.map((info) => {
    const [, system = 0, user = 0] = /used_cpu_sys:(\S+)[\s\S]*used_cpu_user:(\S+)/.exec(info) ?? [];
    return (Number(system) + Number(user)) * 1_000;
  });
  return times.reduce((sum, time) => sum + time, 0);
}
