import { Redis, type RedisOptions } from 'ioredis';
import type { ResolvedTarget } from './redis-target.js';

// The one file that knows ioredis.
export type { Redis, RedisOptions };

/** After how long without a reply a connection counts as half open, in milliseconds: BullMQ blocks for at most ten seconds. */
const silenceMs = 15_000;

/** A client of ioredis. @param settings How it behaves; where it connects to is the target's alone. */
export function newClient(target: ResolvedTarget, settings: RedisOptions): Redis {
  const { server, sentinels, name, database, username, password, tls } = target;
  const common: RedisOptions & { readonly disconnectTimeout: number } = {
    ...settings,
    // How long a half-open socket may take to close, in milliseconds; until then it keeps the process alive.
    disconnectTimeout: 100,
    // It tells who is connected to Redis, which costs two calls and a permission.
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

/** A client for BullMQ, which wants its calls to wait for as long as Redis is away. @param name Shown by `CLIENT LIST`. */
export function newJobsClient(target: ResolvedTarget, name: string): Redis {
  const patient = { maxRetriesPerRequest: null, connectionName: name };
  const client = newClient(target, patient);
  breakWhenSilent(client);
  // What BullMQ blocks on.
  client.duplicate = (options) => {
    const blocking = newClient(target, { ...patient, ...options });
    breakWhenSilent(blocking);
    return blocking;
  };
  return client;
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
