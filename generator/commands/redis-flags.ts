import type { Option } from './command.js';

/** Flags of commands that talk to the Redis of the services. */
export interface RedisFlags {
  readonly redis?: string;
  readonly prefix?: string;
}

export const redisOptions: readonly Option[] = [
  { flags: '--redis <url>', description: 'address of Redis (default: REDIS_URL, else redis://127.0.0.1:6379)' },
  { flags: '--prefix <text>', description: 'prefix of the Redis keys, as in the services (default: hyvve)' },
];

/** The flags as options of the runtime: without those that were not set. */
export function redisTarget({ redis, prefix }: RedisFlags): { readonly redis?: string; readonly prefix?: string } {
  return {
    ...(redis === undefined ? undefined : { redis }),
    ...(prefix === undefined ? undefined : { prefix }),
  };
}
