import { commonBusOptions } from '../bus/bus-options.js';
import { type Interceptors, readInterceptors } from '../bus/interceptors.js';
import { consoleLogger, guardedLogger, type Logger, silentLogger } from '../logger.js';
import { checkMetrics, type MetricsHooks } from '../observe/metrics.js';
import { defaultMaxParkMs } from '../operate/parked.js';
import {
  type Check,
  checkedElsewhere,
  defaultsOf,
  isTime,
  keyPrefix,
  milliseconds,
  nested,
  type OptionTable,
  orUnlimited,
  type Resolved,
  resolveOptions,
  retention,
  share,
  text,
  timeOf,
  trueOrFalse,
  wholeNumber,
} from '../options.js';
import { type RedisTarget, type ResolvedTarget, resolveTarget } from './connection/redis-target.js';

/** Options of {@link createEventBus}. Only `service` is required. */
export interface EventBusOptions {
  /**
   * Names this service: the `source` of what it publishes and its consumer group. Letters, digits, `.`, `_` and `-`.
   * All processes of a service share its events; two services each get all of them.
   */
  readonly service: string;
  /**
   * A `redis://` or `rediss://` URL, `{ host, port }` or `{ path }` of a server, or `{ sentinels, name }`. Default:
   * `REDIS_URL` of the environment, else `redis://127.0.0.1:6379`.
   */
  readonly redis?: RedisTarget;
  /** What every Redis key starts with. Default `hyvve`. */
  readonly prefix?: string;
  /**
   * Put all keys in one slot of a Redis Cluster. Default false.
   * @deprecated Partitions will replace it.
   */
  readonly clusterKeys?: boolean;
  /**
   * A pino logger fits. Default: prints warnings and errors to stderr ({@link consoleLogger}); `silentLogger` logs nothing.
   */
  readonly logger?: Logger;
  /** How many events this process works on at a time. Default 100. */
  readonly concurrency?: number;
  /**
   * Where a group that is new starts: `earliest`, all that is retained (default); `latest`, only what comes from now on;
   * or a time.
   */
  readonly startFrom?: 'earliest' | 'latest' | Date | string;
  /** How long a publish is tried before it rejects, in milliseconds. Default 10,000, at least 200. */
  readonly publishDeadlineMs?: number;
  /** Largest event, as bytes of its envelope's JSON. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** Most bytes of events that wait for Redis before publishing rejects with `OVERLOADED`. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Share of Redis's `maxmemory` above which publishing rejects with `MEMORY_HIGH`, 0 to 1. Default 0.8. */
  readonly memoryLimit?: number;
  /**
   * After how long without a heartbeat another process takes over what this one works on, in milliseconds. Default
   * 30,000, at least 100. A heartbeat comes three times a lease.
   */
  readonly leaseMs?: number;
  /** How often an event may be handed out without an outcome before it is dead as `CRASHED`. Default 5. */
  readonly maxDeliveries?: number;
  /** How often due retries are looked for beside their timer, in milliseconds. Default 5,000. */
  readonly sweepMs?: number;
  /** How long events, dead letters and log entries are stored, and when unfinished work is given up. */
  readonly maintenance?: Partial<MaintenanceSettings>;
  /** Start although Redis may evict keys. Default false: it is losing events. */
  readonly allowEviction?: boolean;
  /** How long `start` waits for Redis before it rejects with `UNAVAILABLE`, in milliseconds. Default 10,000. */
  readonly startTimeoutMs?: number;
  /** How long `close` lets running handlers end, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
  /** Hooks that are called for every publish and every run of a handler. */
  readonly metrics?: MetricsHooks;
  /** Functions that wrap every publish and every run of a handler, for tenants, error reporters or checks. Default: none. */
  readonly interceptors?: Interceptors;
  /** The SDK's `catalogHash`, shown in the registry: which catalog this process runs on. */
  readonly catalogHash?: string;
}

/** How long things are stored, and when unfinished work is given up. All in milliseconds but `dlqWarning`. */
export interface MaintenanceSettings {
  /** How often one process of each group does the maintenance. Default: a minute, at least 100. */
  readonly everyMs: number;
  /** How long events stay in the stream, longer while a group has not finished them. Default: 30 days. */
  readonly eventsMs: number;
  /** How long dead letters stay. Default: 90 days. */
  readonly deadLettersMs: number;
  /** How long the log stays. Default: 90 days. */
  readonly logMs: number;
  /** How long replayed entries stay, finished or not. Default: 24 hours. */
  readonly replayMs: number;
  /** How far past `eventsMs` a group may hold the stream back before it is passed over. Default: 7 days. */
  readonly maxHoldMs: number;
  /** How long a handler that no process has keeps what waits for it. Default: 24 hours. */
  readonly handlerGraceMs: number;
  /** How long an event that is newer than the builds there are waits for one that can read it. Default: 7 days. */
  readonly maxParkMs: number;
  /** From how many dead letters on each maintenance warns. Default: 10,000. */
  readonly dlqWarning: number;
}

const mebibyte = 1024 * 1024;
const startingPoint: Check = {
  expected: "'earliest', 'latest', or a time from 1970 on: a Date or an ISO 8601 text",
  holds: (value) => value === 'earliest' || value === 'latest' || (isTime(value) && timeOf(value) >= 0),
};
const minute = 60_000;
const day = 24 * 60 * minute;

/** Every option of `maintenance`: its default and what it may be. */
export const maintenanceOptions: OptionTable<MaintenanceSettings> = {
  everyMs: { default: minute, check: milliseconds(100) },
  eventsMs: { default: 30 * day, check: retention(1) },
  deadLettersMs: { default: 90 * day, check: retention(1) },
  logMs: { default: 90 * day, check: retention(1) },
  replayMs: { default: day, check: retention(1) },
  maxHoldMs: { default: 7 * day, check: retention(0) },
  handlerGraceMs: { default: day, check: retention(1) },
  maxParkMs: { default: defaultMaxParkMs, check: retention(1) },
  dlqWarning: { default: 10_000, check: orUnlimited(wholeNumber(1)) },
};

/** Every option of {@link createEventBus}: its default and what it may be. */
export const busOptions: OptionTable<EventBusOptions> = {
  ...commonBusOptions,
  // What a Redis may be named by is checked where the connection is made.
  redis: { check: checkedElsewhere },
  prefix: { default: 'hyvve', check: keyPrefix },
  clusterKeys: { default: false, check: trueOrFalse },
  startFrom: { default: 'earliest', check: startingPoint },
  publishDeadlineMs: { default: 10_000, check: milliseconds(200) },
  maxPendingBytes: { default: 64 * mebibyte, check: wholeNumber(1) },
  memoryLimit: { default: 0.8, check: share },
  leaseMs: { default: 30_000, check: milliseconds(100) },
  maxDeliveries: { default: 5, check: wholeNumber(1) },
  sweepMs: { default: 5_000, check: milliseconds(10) },
  maintenance: { default: {}, check: nested },
  allowEviction: { default: false, check: trueOrFalse },
  startTimeoutMs: { default: 10_000, check: milliseconds(1) },
  catalogHash: { check: text('text that is not empty', /./s) },
};

/** Options of {@link EventBusOptions} that have a default; `redis`, `metrics` and `catalogHash` have none. */
export type BusDefaults = Required<
  Omit<EventBusOptions, 'service' | 'redis' | 'metrics' | 'catalogHash' | 'maintenance'>
>;

/** The defaults of {@link EventBusOptions}. */
export const busDefaults = defaultsOf(busOptions) as unknown as BusDefaults;

/** The defaults of {@link EventBusOptions.maintenance}. */
export const maintenanceDefaults = defaultsOf(maintenanceOptions) as unknown as MaintenanceSettings;

/** {@link EventBusOptions} with every default filled in. */
export interface Settings
  extends Resolved<Omit<EventBusOptions, 'redis' | 'metrics' | 'catalogHash' | 'startFrom' | 'maintenance'>> {
  readonly redis: ResolvedTarget;
  readonly metrics: MetricsHooks | undefined;
  readonly catalogHash: string | undefined;
  /** As XGROUP CREATE takes it. */
  readonly startFrom: string;
  readonly maintenance: MaintenanceSettings;
  /** Whether a line is logged for every publish: only a logger that was given wants them. */
  readonly logsPublishes: boolean;
  /** How long a read waits for new entries, in milliseconds. */
  readonly blockMs: number;
  /** How long any other call may take before its connection counts as broken, in milliseconds. */
  readonly replyTimeoutMs: number;
}

/** Fills in the defaults. @throws EventBusError `CONFIG_INVALID`, naming the option. */
export function resolveSettings(options: EventBusOptions): Settings {
  const caller = 'createEventBus';
  const resolved = resolveOptions<EventBusOptions, 'redis' | 'metrics' | 'catalogHash'>(caller, busOptions, options);
  const { redis, startFrom, maintenance, publishDeadlineMs } = resolved;
  checkMetrics(caller, resolved.metrics);
  return {
    ...resolved,
    redis: resolveTarget(caller, redis),
    metrics: resolved.metrics,
    interceptors: readInterceptors(caller, resolved.interceptors),
    catalogHash: resolved.catalogHash,
    logger: guardedLogger(resolved.logger),
    logsPublishes: resolved.logger !== consoleLogger && resolved.logger !== silentLogger,
    startFrom: startFrom === 'earliest' ? '0' : startFrom === 'latest' ? '$' : String(timeOf(startFrom)),
    maintenance: resolveOptions(`${caller}: maintenance`, maintenanceOptions, maintenance as MaintenanceSettings),
    blockMs: 5_000,
    replyTimeoutMs: Math.max(500, Math.min(3_000, publishDeadlineMs / 3)),
  };
}
