import { commonBusOptions } from '../bus/bus-options.js';
import { type CloseSignal, closeSignals } from '../bus/close-on.js';
import { type Interceptors, readInterceptors } from '../bus/interceptors.js';
import type { FailedRun } from '../handle/interceptor.js';
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
  partitionCount,
  type Resolved,
  resolveOptions,
  retention,
  share,
  text,
  timeOf,
  trueOrFalse,
  wholeNumber,
} from '../options.js';
import { type RedisTarget, resolveTarget } from './connection/redis-target.js';
import type { Durability } from './connection/replicated-calls.js';
import type { ResolvedTarget } from './connection/resolved-target.js';

/** Options of {@link createEventBus}. Only `service` is required. */
export interface EventBusOptions {
  /**
   * Name of the service: the `source` of its events, and its consumer group. Letters, digits, `.`, `_` and `-`.
   * The processes of a service share its events; each service gets every event.
   */
  readonly service: string;
  /**
   * A `redis://` or `rediss://` URL, `{ host, port }` or `{ path }` of a server, or `{ sentinels, name }`. Default:
   * the environment variable `REDIS_URL`, else `redis://127.0.0.1:6379`.
   */
  readonly redis?: RedisTarget;
  /** Prefix of all Redis keys. Default `hyvve`. */
  readonly prefix?: string;
  /**
   * Number of partitions of the event stream, if it is new: a power of two, at most 1,024. Later the number in Redis counts.
   * Default 1.
   */
  readonly partitions?: number;
  /**
   * A publish resolves only when `replicas` replicas of the server have confirmed its events. Default: when the server has
   * written them.
   */
  readonly durability?: DurabilitySettings;
  /**
   * A logger such as pino's. Default: {@link consoleLogger}, which prints warnings and errors to stderr; `silentLogger` logs
   * nothing.
   */
  readonly logger?: Logger;
  /** Maximum number of events that this process handles in parallel. Default 100. */
  readonly concurrency?: number;
  /**
   * Start position of a new group: `earliest`, all retained events (default); `latest`, only future events; or a time.
   */
  readonly startFrom?: 'earliest' | 'latest' | Date | string;
  /** Maximum time of a publish before it rejects, in milliseconds. Default 10,000, at least 200. */
  readonly publishDeadlineMs?: number;
  /** Maximum size of an event's envelope as JSON, in bytes. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** Maximum size of the events that wait for Redis, in bytes; above it, publishes reject with `OVERLOADED`. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Share of Redis's `maxmemory` above which publishing rejects with `MEMORY_HIGH`, 0 to 1. Default 0.8. */
  readonly memoryLimit?: number;
  /**
   * Time without a heartbeat after which another process takes over the deliveries of this one, in milliseconds. Default
   * 30,000, at least 100. There are three heartbeats per lease.
   */
  readonly leaseMs?: number;
  /** Deliveries without an outcome after which an event becomes a dead letter (`CRASHED`). Default 5. */
  readonly maxDeliveries?: number;
  /**
   * Number of events that wait, in one partition, for earlier events of their key (handlers of this process with `order: 'key'`); above it
   * this process reads no more events there. Default 10,000.
   */
  readonly maxWaiting?: number;
  /** Interval of the search for due retries, in addition to their timers, in milliseconds. Default 5,000. */
  readonly sweepMs?: number;
  /** How long events, dead letters and log entries are stored, and when unfinished work is given up. */
  readonly maintenance?: Partial<MaintenanceSettings>;
  /** Accept a Redis that may evict keys, and thereby lose events. Default false. */
  readonly allowEviction?: boolean;
  /** Time that `start` waits for Redis before it rejects with `UNAVAILABLE`, in milliseconds. Default 10,000. */
  readonly startTimeoutMs?: number;
  /** Time that `stop` and `close` give running handlers to finish, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
  /**
   * Signals at which the bus closes itself, for example `['SIGTERM', 'SIGINT']`. The process then ends by itself with code 0
   * if nothing else keeps it alive; a second signal ends it immediately. Default: none.
   */
  readonly closeOn?: readonly CloseSignal[];
  /** Hooks that are called for every publish and every run of a handler. */
  readonly metrics?: MetricsHooks;
  /** Functions that wrap every publish and every run of a handler, for tenants, error reporters or checks. Default: none. */
  readonly interceptors?: Interceptors;
  /**
   * Called for every failed run of a handler, with the error, the event, the handler and what follows, for error reporters.
   * It cannot change the outcome. An error that it throws is logged. Default: none.
   */
  readonly onError?: (run: FailedRun) => void;
  /** The SDK's `catalogHash`; the registry shows which catalog each process uses. */
  readonly catalogHash?: string;
}

/** How many replicas must have an event before its publish resolves. */
export interface DurabilitySettings {
  /** Number of replicas, at least 1. A server with fewer replicas in reach writes events, but their publishes reject. */
  readonly replicas: number;
  /**
   * Maximum time of one wait for the replicas, in milliseconds. Then the events are sent again, until the deadline of the publish;
   * an event is written only once. Default 1,000.
   */
  readonly timeoutMs?: number;
}

/** How long events, dead letters and log entries are stored, and when unfinished work is given up. In milliseconds, except `dlqWarning`. */
export interface MaintenanceSettings {
  /** Interval of the maintenance in one process of each group. Default: one minute, at least 100 ms. */
  readonly everyMs: number;
  /** Retention of events; longer while a group has not finished them. Default: 30 days. */
  readonly eventsMs: number;
  /** Retention of dead letters. Default: 90 days. */
  readonly deadLettersMs: number;
  /** Retention of the transition log. Default: 90 days. */
  readonly logMs: number;
  /** Retention of replayed entries, also of unfinished ones. Default: 24 hours. */
  readonly replayMs: number;
  /** Time after `eventsMs` for which unfinished events of a group hold back trimming; then they expire. Default: 7 days. */
  readonly maxHoldMs: number;
  /** Time without any process that has a handler, after which the handler is retired. Default: 24 hours. */
  readonly handlerGraceMs: number;
  /** Maximum time that an event is parked for a newer build; then it becomes a dead letter. Default: 7 days. */
  readonly maxParkMs: number;
  /** Number of dead letters from which each maintenance logs a warning. Default: 10,000. */
  readonly dlqWarning: number;
}

const mebibyte = 1024 * 1024;
const startingPoint: Check = {
  expected: "'earliest', 'latest', or a time from 1970 on: a Date or an ISO 8601 text",
  holds: (value) => value === 'earliest' || value === 'latest' || (isTime(value) && timeOf(value) >= 0),
};
const minute = 60_000;
const day = 24 * 60 * minute;

/** Every option of `maintenance`, with its default and check. */
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

/** Every option of `durability`, with its default and check. */
export const durabilityOptions: OptionTable<DurabilitySettings> = {
  replicas: { required: true, check: wholeNumber(1) },
  timeoutMs: { default: 1_000, check: milliseconds(1) },
};

/** Every option of {@link createEventBus}, with its default and check. */
export const busOptions: OptionTable<EventBusOptions> = {
  ...commonBusOptions,
  // `resolveTarget` checks this option.
  redis: { check: checkedElsewhere },
  prefix: { default: 'hyvve', check: keyPrefix },
  partitions: { check: partitionCount },
  durability: { check: nested },
  startFrom: { default: 'earliest', check: startingPoint },
  publishDeadlineMs: { default: 10_000, check: milliseconds(200) },
  maxPendingBytes: { default: 64 * mebibyte, check: wholeNumber(1) },
  memoryLimit: { default: 0.8, check: share },
  leaseMs: { default: 30_000, check: milliseconds(100) },
  maxDeliveries: { default: 5, check: wholeNumber(1) },
  maxWaiting: { default: 10_000, check: wholeNumber(1) },
  sweepMs: { default: 5_000, check: milliseconds(10) },
  maintenance: { default: {}, check: nested },
  allowEviction: { default: false, check: trueOrFalse },
  startTimeoutMs: { default: 10_000, check: milliseconds(1) },
  closeOn: { default: [], check: closeSignals },
  catalogHash: { check: text('a non-empty string', /./s) },
};

/** Options without a default. */
type OpenOption = 'redis' | 'partitions' | 'durability' | 'metrics' | 'onError' | 'catalogHash';

/** Options of {@link EventBusOptions} that have a default; `redis`, `partitions`, `durability`, `metrics`, `onError` and `catalogHash` have none. */
export type BusDefaults = Required<
  Omit<
    EventBusOptions,
    'service' | 'redis' | 'partitions' | 'durability' | 'metrics' | 'onError' | 'catalogHash' | 'maintenance'
  >
>;

/** The defaults of {@link EventBusOptions}. */
export const busDefaults = defaultsOf(busOptions) as unknown as BusDefaults;

/** The defaults of {@link EventBusOptions.maintenance}. */
export const maintenanceDefaults = defaultsOf(maintenanceOptions) as unknown as MaintenanceSettings;

/** {@link EventBusOptions} with every default filled in. */
export interface Settings extends Resolved<Omit<EventBusOptions, OpenOption | 'startFrom' | 'maintenance'>> {
  readonly redis: ResolvedTarget;
  readonly partitions: number | undefined;
  readonly durability: Durability | undefined;
  readonly metrics: MetricsHooks | undefined;
  readonly onError: ((run: FailedRun) => void) | undefined;
  readonly catalogHash: string | undefined;
  /** Start position of a new group, in the syntax of XGROUP CREATE. */
  readonly startFrom: string;
  readonly maintenance: MaintenanceSettings;
  /** Whether a line is logged for every publish: only if the user has set a logger. */
  readonly logsPublishes: boolean;
  /** How long a read waits for new entries, in milliseconds. */
  readonly blockMs: number;
  /** Time without data, while a reply is due, after which a connection counts as broken, in milliseconds. */
  readonly replyTimeoutMs: number;
}

/** Fills in the defaults. @throws EventBusError `CONFIG_INVALID`, naming the option. */
export function resolveSettings(options: EventBusOptions): Settings {
  const caller = 'createEventBus';
  const resolved = resolveOptions<EventBusOptions, OpenOption>(caller, busOptions, options);
  const { redis, startFrom, durability, maintenance, publishDeadlineMs } = resolved;
  checkMetrics(caller, resolved.metrics);
  return {
    ...resolved,
    redis: resolveTarget(caller, redis),
    partitions: resolved.partitions,
    durability:
      durability && resolveOptions<DurabilitySettings>(`${caller}: durability`, durabilityOptions, durability),
    metrics: resolved.metrics,
    onError: resolved.onError,
    closeOn: [...resolved.closeOn],
    interceptors: readInterceptors(caller, resolved.interceptors),
    catalogHash: resolved.catalogHash,
    logger: guardedLogger(resolved.logger),
    logsPublishes: resolved.logger !== consoleLogger && resolved.logger !== silentLogger,
    startFrom: startFrom === 'earliest' ? '0' : startFrom === 'latest' ? '$' : String(timeOf(startFrom)),
    maintenance: resolveOptions(`${caller}: maintenance`, maintenanceOptions, maintenance as MaintenanceSettings),
    // An entry may be delivered at any time of a read: its lease must be valid for much longer.
    blockMs: Math.min(5_000, Math.ceil(resolved.leaseMs / 3)),
    replyTimeoutMs: Math.max(500, Math.min(3_000, publishDeadlineMs / 3)),
  };
}
