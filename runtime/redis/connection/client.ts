import { Redis, type RedisOptions } from 'ioredis';
import type { ResolvedTarget } from './redis-target.js';

// The one file that knows ioredis.
export type { Redis };

/** After how long without a reply a connection counts as half open, in milliseconds: BullMQ blocks for at most ten seconds. */
const silenceMs = 15_000;

/** A client of ioredis. @param settings How it behaves; where it connects to is the target's alone. */
function newClient(target: ResolvedTarget, settings: RedisOptions): Redis {
  const { server, sentinels, name, database, username, password, tls } = target;
  const common: RedisOptions & { readonly disconnectTimeout: number } = {
    ...settings,
    // How long a half-open socket may take to close, in milliseconds; until then it keeps the process alive.
    disconnectTimeout: 100,
    // It names the library to Redis, which costs two calls and a permission.
    disableClientInfo: true,
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
  if (sentinels === undefined) return new Redis({ ...common, ...server });
  const { sentinelUsername, sentinelPassword, sentinelTls } = target;
  return new Redis({
    ...common,
    ...{ sentinels: [...sentinels], name },
    failoverDetector: target.failoverDetector ?? true,
    sentinelRetryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(sentinelTls === undefined ? {} : { sentinelTLS: sentinelTls }),
    enableTLSForSentinelMode: tls !== undefined,
  });
}

/**
 * A client for commands that are sent once: it keeps none for later and sends none again. It connects when `connect` is called.
 * @param retryStrategy How long to wait before connecting again, in milliseconds
 */
export function newCommandClient(target: ResolvedTarget, retryStrategy: () => number): Redis {
  return newClient(target, {
    lazyConnect: true,
    enableOfflineQueue: false,
    // The check of ioredis calls INFO, and prints to the console where that is not permitted.
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy,
  });
}

/** A client for BullMQ, and those that BullMQ makes of it to block on. */
export interface JobsClient {
  readonly redis: Redis;
  /** Ends all of them for good. BullMQ connects again also what it has closed, once what it waits for is over. */
  end(): void;
}

/** Connects for BullMQ, which wants its calls to wait for as long as Redis is away. @param name Shown by `CLIENT LIST`. */
export function newJobsClient(target: ResolvedTarget, name: string): JobsClient {
  const patient = { maxRetriesPerRequest: null, connectionName: name };
  const all: Redis[] = [];
  let isEnded = false;
  const open = (settings: RedisOptions): Redis => {
    const client = newClient(target, settings);
    breakWhenSilent(client);
    all.push(client);
    // Without a listener, ioredis prints each failed attempt to the console; BullMQ takes its own away.
    client.on('error', () => undefined);
    if (isEnded) endForGood(client);
    return client;
  };
  const redis = open(patient);
  redis.duplicate = (options) => open({ ...patient, ...options });
  const end = () => {
    isEnded = true;
    for (const client of all) endForGood(client);
  };
  return { redis, end };
}

/** Disconnects a client and keeps it so: ioredis connects a client that waits as soon as a command is sent. */
function endForGood(client: Redis): void {
  client.options.retryStrategy = () => null;
  client.connect = () => Promise.reject(new Error('Connection is closed.'));
  client.disconnect();
}

/** Breaks a connection on which a reply is due and nothing comes. ioredis's own timer for that outlives the connection. */
function breakWhenSilent(client: Redis): void {
  client.on('connect', () => {
    const { stream } = client;
    stream.setTimeout(silenceMs, () => {
      const { commandQueue } = client as unknown as { readonly commandQueue: { readonly length: number } };
      if (commandQueue.length > 0) stream.destroy(new Error(`no reply for ${silenceMs} ms`));
    });
  });
}
