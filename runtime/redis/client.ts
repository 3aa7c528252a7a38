import { Redis, type RedisOptions } from 'ioredis';
import type { ResolvedTarget } from './redis-target.js';

// The one file that knows ioredis.
export type { Redis, RedisOptions };

/** After how long without a reply a connection counts as half open, in milliseconds: BullMQ blocks for at most ten seconds. */
const silenceMs = 15_000;

/** A client of ioredis. @param settings How it behaves; where it connects to is the target's alone. */
export function newClient(target: ResolvedTarget, settings: RedisOptions): Redis {
  const { server, sentinels, name, database, username, password, tls } = target;
  const common: RedisOptions = {
    ...settings,
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
    // Without it a client goes on writing to a master that was replaced, until that learns of it: those writes are lost.
    failoverDetector: true,
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
  const client = newClient(target, { ...patient, socketTimeout: silenceMs });
  // What BullMQ blocks on. ioredis's timer of a call that never returned keeps a process alive; a socket's own does not.
  client.duplicate = (options) => {
    const blocking = newClient(target, { ...patient, ...options });
    blocking.on('connect', () => {
      const { stream } = blocking;
      stream.setTimeout(silenceMs, () => stream.destroy(new Error(`no reply for ${silenceMs} ms`)));
    });
    return blocking;
  };
  return client;
}
