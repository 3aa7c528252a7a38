import { EventBusError } from '../errors.js';
import { type Logger, silentLogger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { type MaintenanceSettings, maintenanceDefaults } from './maintain.js';
import { type RedisTarget, type ResolvedTarget, resolveTarget } from './redis-target.js';

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
  /** Put the keys of a partition in one slot of a Redis Cluster. Default false. */
  readonly clusterKeys?: boolean;
  /** Default: logs nothing. A pino logger fits. */
  readonly logger?: Logger;
  /** How many events this process works on at a time. Default 100. */
  readonly concurrency?: number;
  /**
   * Where a group that is new starts: `earliest`, all that is retained (default); `latest`, only what comes from now on;
   * or a time.
   */
  readonly startFrom?: 'earliest' | 'latest' | Date;
  /** How long a publish is tried before it rejects, in milliseconds. Default 10,000. */
  readonly publishDeadlineMs?: number;
  /** Largest event, as bytes of its envelope's JSON. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** Most bytes of events that wait for Redis before publishing rejects with `OVERLOADED`. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Share of Redis's `maxmemory` above which publishing rejects with `MEMORY_HIGH`, 0 to 1. Default 0.8. */
  readonly memoryLimit?: number;
  /**
   * After how long without a heartbeat another process takes over what this one works on, in milliseconds. Default
   * 30,000. A heartbeat comes three times a lease.
   */
  readonly leaseMs?: number;
  /** How often an event may be handed out without an outcome before it is dead as `CRASHED`. Default 5. */
  readonly maxDeliveries?: number;
  /** How often due retries are looked for beside their timer, in milliseconds. Default 5,000. */
  readonly sweepMs?: number;
  /** Retention, and what becomes of what nobody looks after. */
  readonly maintenance?: Partial<MaintenanceSettings>;
  /** Start although Redis may evict keys. Default false: it is losing events. */
  readonly allowEviction?: boolean;
  /** How long `start` waits for Redis before it rejects with `UNAVAILABLE`, in milliseconds. Default 10,000. */
  readonly startTimeoutMs?: number;
  /** How long `close` lets running handlers end, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
  /** Told of every publish and every run of a handler. */
  readonly metrics?: Metrics;
  /** The SDK's `catalogHash`, shown in the registry: which catalog this process runs on. */
  readonly catalogHash?: string;
}

/** {@link EventBusOptions} with every default filled in. */
export interface Settings
  extends Required<Omit<EventBusOptions, 'catalogHash' | 'metrics' | 'startFrom' | 'maintenance' | 'redis'>> {
  readonly redis: ResolvedTarget;
  readonly catalogHash: string | undefined;
  readonly metrics: Metrics | undefined;
  /** As XGROUP CREATE takes it. */
  readonly startFrom: string;
  readonly maintenance: MaintenanceSettings;
  /** How long a read waits for new entries, in milliseconds. */
  readonly blockMs: number;
  /** How long any other call may take before its connection counts as broken, in milliseconds. */
  readonly replyTimeoutMs: number;
}

const mebibyte = 1024 * 1024;

/** The defaults of {@link EventBusOptions}. */
export const settingsDefaults = {
  prefix: 'hyvve',
  clusterKeys: false,
  logger: silentLogger,
  concurrency: 100,
  publishDeadlineMs: 10_000,
  maxEventBytes: mebibyte,
  maxPendingBytes: 64 * mebibyte,
  memoryLimit: 0.8,
  leaseMs: 30_000,
  maxDeliveries: 5,
  sweepMs: 5_000,
  allowEviction: false,
  startTimeoutMs: 10_000,
  drainMs: 10_000,
} as const;

/** Fills in the defaults. @throws EventBusError `CONFIG_INVALID`, naming the option. */
export function resolveSettings(options: EventBusOptions): Settings {
  const { startFrom = 'earliest', maintenance, catalogHash, metrics, redis, ...given } = options;
  const settings: Settings = {
    ...settingsDefaults,
    ...withoutUndefined(given),
    redis: resolveTarget('createEventBus', redis),
    service: options.service,
    catalogHash,
    metrics,
    startFrom: startFrom === 'earliest' ? '0' : startFrom === 'latest' ? '$' : String(startFrom.getTime()),
    maintenance: { ...maintenanceDefaults, ...withoutUndefined(maintenance ?? {}) },
    blockMs: 5_000,
    replyTimeoutMs: Math.max(
      500,
      Math.min(3_000, (options.publishDeadlineMs ?? settingsDefaults.publishDeadlineMs) / 3),
    ),
  };
  check(
    /^[A-Za-z0-9._-]{1,100}$/.test(settings.service ?? ''),
    'service',
    'a name of letters, digits, ".", "_" and "-"',
  );
  check(/^[^\s{}]{1,100}$/.test(settings.prefix), 'prefix', 'a name without spaces and braces');
  for (const name of ['concurrency', 'maxDeliveries'] as const) {
    check(Number.isInteger(settings[name]) && settings[name] >= 1, name, 'a whole number from 1');
  }
  for (const name of ['publishDeadlineMs', 'maxEventBytes', 'maxPendingBytes', 'leaseMs', 'sweepMs'] as const) {
    check(Number.isFinite(settings[name]) && settings[name] > 0, name, 'a positive number');
  }
  check(settings.memoryLimit > 0 && settings.memoryLimit <= 1, 'memoryLimit', 'above 0 and at most 1');
  check(settings.startFrom !== 'NaN', 'startFrom', "'earliest', 'latest' or a valid Date");
  return settings;
}

function check(holds: boolean, option: string, expected: string): void {
  if (!holds) throw new EventBusError('CONFIG_INVALID', `createEventBus: ${option} must be ${expected}`);
}

function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
