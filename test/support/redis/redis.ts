import type { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { type PrivateRedis, startRedis } from '../../../scripts/redis-server.js';

/** A Redis for one test file, or one `describe` of it: started before its tests and stopped after them. */
export function useRedis(
  args: readonly string[] = [],
  command?: string,
): { readonly url: string; readonly server: PrivateRedis } {
  let server: PrivateRedis | undefined;
  beforeAll(async () => {
    server = await startRedis(args, command);
  });
  afterAll(async () => {
    await server?.stop();
  });
  const need = () => {
    if (server === undefined) throw new Error('the private Redis has not started');
    return server;
  };
  return {
    get url() {
      return need().url;
    },
    get server() {
      return need();
    },
  };
}

/** Number of connections of a Redis, without this one. */
export async function otherConnections(redis: Redis): Promise<number> {
  return (
    String(await redis.client('LIST'))
      .trim()
      .split('\n').length - 1
  );
}
