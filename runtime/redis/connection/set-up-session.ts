import type { Redis } from './client.js';
import { replyCode } from './redis-error.js';

/** Sends one call to Redis. */
interface Sender {
  tryOnce<T>(call: (redis: Redis) => Promise<T>): Promise<T>;
}

/** Names a new connection and selects its database. Redis may deny the name: only `CLIENT LIST` shows it. */
export async function setUpSession(connection: Sender, name: string, database: number): Promise<void> {
  // ioredis also selects it, but continues with database 0 if that is refused.
  const selected = database === 0 ? undefined : connection.tryOnce((redis) => redis.select(database));
  const named = connection
    .tryOnce((redis) => redis.client('SETNAME', name))
    .catch((error: unknown) => {
      if (replyCode(error) !== 'NOPERM') throw error;
    });
  await Promise.all([named, selected]);
}
