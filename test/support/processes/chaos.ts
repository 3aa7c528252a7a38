import {
  type EventBus,
  type EventBusOptions,
  type EventOperator,
  type HandlerContext,
  type HandlerOptions,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach } from 'vitest';
import type { PrivateRedis } from '../../../scripts/redis-server.js';
import { allEvents, anOrder, keyedEvents, OrderPlaced } from '../events/events.js';
import { createRecordedBus } from '../recording/recorded-bus.js';
import { createRecordedOperator } from '../recording/recorded-operator.js';
import { recordCommands, type SideClient } from '../recording/side-client.js';
import type { TestHistory } from '../recording/test-history.js';
import { useRedis } from '../redis/redis.js';
import { startProxy, type TcpProxy } from '../redis/tcp-proxy.js';
import { endWorkers, startWorker, type Worker, type WorkerHandler, type WorkerPlan } from './worker.js';

/** Short waits for tests; leases that are long enough for a busy machine. */
export const quick = { leaseMs: 1_500, sweepMs: 300, drainMs: 500 } as const satisfies Partial<EventBusOptions>;
export const tenant = { tenantId: 'tenant-1' };

/** Record of one run in a worker. */
export interface Run {
  readonly handler: string;
  readonly eventId: string;
  readonly attempt: number;
  readonly pid: number;
}

/** A private Redis, emptied before each test; everything that a test starts on it is stopped afterwards. */
export interface Stage {
  readonly redis: Redis;
  readonly server: PrivateRedis;
  /** Ends all workers, and closes all buses and proxies. */
  stop(): Promise<void>;
  readonly operator: EventOperator;
  proxy(): Promise<TcpProxy>;
  bus(service: string, options?: Partial<EventBusOptions>): EventBus;
  /** A started bus with one handler for all events. */
  handle(
    service: string,
    run: (event: { readonly id: string; readonly type: string }, ctx: HandlerContext) => unknown,
    options?: Partial<EventBusOptions> & { readonly handler?: HandlerOptions & { readonly name?: string } },
  ): Promise<EventBus>;
  worker(service: string, handlers: readonly WorkerHandler[], plan?: Partial<WorkerPlan>): Promise<Worker>;
  /** Publishes `count` events. Returns their ids. */
  publish(count: number): Promise<string[]>;
  runs(): Promise<Run[]>;
  /** Number of effects of workers, by `<service>/<handler>/<event>`. */
  effects(): Promise<ReadonlyMap<string, number>>;
  /** Data that a worker got in a form that its build does not know. */
  wrong(): Promise<readonly string[]>;
}

/**
 * Sets up a stage for the tests in a file.
 * @param historyOf Returns the history of the running test, if it is recorded.
 */
export function useStage(
  redisArgs: readonly string[] = [],
  historyOf: () => TestHistory | undefined = () => undefined,
): Stage {
  const { server } = makeServer(redisArgs);
  // Workers record to a separate Redis, which failures of the Redis under test do not affect.
  const records = useRedis();
  let redis: Redis | undefined;
  let record: Redis | undefined;
  let operator: EventOperator | undefined;
  const open: { close(): Promise<void> }[] = [];
  let side: SideClient | undefined;
  let watched: PrivateRedis | undefined;
  const need = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the stage is available only within tests');
    return value;
  };

  beforeEach(async () => {
    redis = new Redis(server().url);
    redis.on('error', () => undefined);
    await redis.flushall();
    const history = historyOf();
    side = history && recordCommands(redis, history.recorder, history.faults);
    watched = history?.faults.watchServer(server(), () => side?.keepsAll() === true);
    record = new Redis(records.url);
    await record.flushall();
    operator = createRecordedOperator({ redis: server().url, events: [...allEvents, ...keyedEvents] });
  });
  const stop = async () => {
    await endWorkers();
    await Promise.all(open.splice(0).map((each) => each.close()));
  };
  afterEach(async () => {
    await stop();
    await operator?.close();
    redis?.disconnect();
    record?.disconnect();
  });

  const stage: Stage = {
    get redis() {
      return need(redis);
    },
    get server() {
      return watched ?? server();
    },
    stop,
    get operator() {
      return need(operator);
    },
    proxy: async () => {
      const faults = historyOf()?.faults;
      const proxy: TcpProxy = await startProxy(server().port, (change) => faults?.link(proxy.url, change));
      open.push(proxy);
      return proxy;
    },
    bus: (service, options = {}) => {
      const { redis: url = server().url } = options;
      const join = (name: string, leaseMs: number) => historyOf()?.faults.addMember(name, String(url), leaseMs);
      const bus = createRecordedBus({ logger: silentLogger, ...quick, ...options, redis: url, service }, join);
      // Buses close before their proxies.
      open.unshift(bus);
      return bus;
    },
    handle: async (service, run, { handler = {}, ...options } = {}) => {
      const bus = stage.bus(service, options);
      bus.subscribe(
        subscribeTo(allEvents, '*', { name: 'bill', ...handler }, async (event: { id: string; type: string }, ctx) => {
          await run(event, ctx);
        }),
      );
      await bus.start();
      return bus;
    },
    worker: (service, handlers, plan = {}) =>
      startWorker(
        { redisUrl: server().url, recordUrl: records.url, options: quick, ...plan, service, handlers },
        need(record),
        historyOf()?.faults,
      ),
    publish: async (count) => {
      const shop = stage.bus('shop').withContext(tenant);
      const published = await Promise.all(Array.from({ length: count }, () => shop.publish(OrderPlaced, anOrder)));
      return published.map(({ id }) => id);
    },
    runs: async () => (await need(record).lrange('runs', 0, -1)).map((line) => JSON.parse(line) as Run),
    effects: async () => {
      const counts = new Map<string, number>();
      for (const effect of await need(record).lrange('effects', 0, -1))
        counts.set(effect, (counts.get(effect) ?? 0) + 1);
      return counts;
    },
    wrong: () => need(record).lrange('wrong', 0, -1),
  };
  return stage;
}

function makeServer(redisArgs: readonly string[]) {
  const made = useRedis(redisArgs);
  return { server: () => made.server };
}
