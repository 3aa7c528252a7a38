import { Redis, type RedisOptions } from 'ioredis';
import type { ResolvedTarget } from './resolved-target.js';
import { slotConnector } from './slot-connector.js';

// Only this file and the connector for its clients import ioredis.
export type { Redis };

/** Time without a reply after which a connection counts as half open, in milliseconds: BullMQ blocks for at most ten seconds. */
const silenceMs = 15_000;
/** Time after which a client for BullMQ looks for the master of its keys again, in milliseconds. */
const followPauseMs = 300;

/** Creates an ioredis client. @param settings Behaviour of the client; `target` says where it connects. */
function newClient(target: ResolvedTarget, settings: RedisOptions): Redis {
  const { server, sentinels, name, database, username, password, tls } = target;
  const common: RedisOptions & { readonly disconnectTimeout: number } = {
    ...settings,
    // Time that a half-open socket may take to close, in milliseconds; until then it keeps the process alive.
    disconnectTimeout: 100,
    // Sending the client's name and version would cost two calls and a permission.
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
    sentinels: [...sentinels],
    name,
    failoverDetector: target.failoverDetector ?? true,
    sentinelRetryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(sentinelTls === undefined ? {} : { sentinelTLS: sentinelTls }),
    enableTLSForSentinelMode: tls !== undefined,
  });
}

/**
 * A client that sends each command once: it does not queue commands while it is disconnected, and does not resend them. It
 * connects when `connect` is called.
 * @param retryStrategy Time to wait before connecting again, in milliseconds; null: not again
 */
export function newCommandClient(target: ResolvedTarget, retryStrategy: () => number | null): Redis {
  return newClient(target, {
    lazyConnect: true,
    enableOfflineQueue: false,
    // The ready check of ioredis calls INFO, and prints to the console if that is not permitted.
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy,
  });
}

/**
 * Asks a server once, over a connection of its own.
 * @param timeoutMs Maximum time, in milliseconds.
 */
export async function askServer<T>(
  target: ResolvedTarget,
  timeoutMs: number,
  call: (redis: Redis) => Promise<T>,
): Promise<T> {
  const client = newCommandClient(target, () => null);
  let refusal: unknown;
  let timer: NodeJS.Timeout | undefined;
  client.on('error', (error) => {
    refusal ??= error;
  });
  try {
    const asking = client.connect().then(() => call(client));
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no reply within ${timeoutMs} ms`)), timeoutMs);
    });
    return await Promise.race([asking, timeout]);
  } catch (error) {
    // A connection that is refused reports the reason before the call fails.
    throw refusal ?? error;
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

/** A client for BullMQ, and the blocking clients that BullMQ duplicates from it. */
export interface JobsClient {
  readonly redis: Redis;
  /** Disconnects all of them for good. Without this, BullMQ can reconnect a closed client when a blocking call ends. */
  end(): void;
}

/**
 * A client for BullMQ, which requires that calls wait while Redis is unavailable. @param name Shown by `CLIENT LIST`.
 * @param findOwner For a cluster: resolves with the master that has the keys; each connection is made to it.
 */
export function newJobsClient(
  target: ResolvedTarget,
  name: string,
  findOwner?: () => Promise<ResolvedTarget>,
): JobsClient {
  const waiting: RedisOptions = {
    ...(findOwner === undefined ? {} : followingOptions(findOwner)),
    maxRetriesPerRequest: null,
    connectionName: name,
  };
  const all: Redis[] = [];
  let isEnded = false;
  const open = (settings: RedisOptions): Redis => {
    const client = newClient(target, settings);
    breakWhenSilent(client);
    all.push(client);
    // Without a listener, ioredis prints each failed attempt to the console; BullMQ removes its own listener.
    client.on('error', () => undefined);
    if (isEnded) endForGood(client);
    return client;
  };
  const redis = open(waiting);
  redis.duplicate = (options) => open({ ...waiting, ...options });
  const end = () => {
    isEnded = true;
    for (const client of all) endForGood(client);
  };
  return { redis, end };
}

/** Options of a client that connects to the master that has its keys at that moment. */
function followingOptions(findOwner: () => Promise<ResolvedTarget>): RedisOptions {
  return {
    Connector: slotConnector(findOwner),
    retryStrategy: () => followPauseMs,
    // 2: sends the call again on the next connection.
    reconnectOnError: ({ message }) => (/^(MOVED|READONLY|CLUSTERDOWN|UNBLOCKED)/.test(message) ? 2 : false),
  };
}

/** Disconnects a client for good: otherwise ioredis connects it again as soon as a command is sent. */
function endForGood(client: Redis): void {
  client.options.retryStrategy = () => null;
  client.connect = () => Promise.reject(new Error('Connection is closed.'));
  client.disconnect();
}

/** Closes a connection that waits for a reply and receives nothing. The timer of ioredis for this outlives the connection. */
function breakWhenSilent(client: Redis): void {
  client.on('connect', () => {
    const { stream } = client;
    stream.setTimeout(silenceMs, () => {
      const { commandQueue } = client as unknown as { readonly commandQueue: { readonly length: number } };
      if (commandQueue.length > 0) stream.destroy(new Error(`no reply for ${silenceMs} ms`));
    });
  });
}
