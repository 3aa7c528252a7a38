import { Redis, type RedisOptions } from 'ioredis';

// The one file that knows ioredis.
export type { Redis, RedisOptions };

/** Where Redis is: a `redis://` or `rediss://` URL, or ioredis options (host, port, tls, …). */
export type RedisTarget = string | RedisOptions;

/** After how long without a reply a connection counts as half open, in milliseconds: BullMQ blocks for at most ten seconds. */
const silenceMs = 15_000;

/** A client of ioredis. What `settings` say goes before what the target says. */
export function newClient(target: RedisTarget, settings: RedisOptions): Redis {
  return typeof target === 'string' ? new Redis(target, settings) : new Redis({ ...target, ...settings });
}

/** A client for BullMQ, which wants its calls to wait for as long as Redis is away. @param name Shown by `CLIENT LIST`. */
export function newJobsClient(target: RedisTarget, name: string): Redis {
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
