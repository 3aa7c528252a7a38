import type { KnownGroups } from '../../operate/replay-plan.js';
import type { Link } from '../connection/link.js';
import { handlerRegistrations } from '../store/handler-registration.js';
import type { Keys } from '../store/keys.js';

/** Reads the handlers of groups that are not retired. @param names Names of groups. Default: all groups. */
export async function readKnownGroups(connection: Link, keys: Keys, names?: readonly string[]): Promise<KnownGroups> {
  const wanted = names ?? (await connection.ask((redis) => redis.hkeys(keys.groups)));
  const found = await Promise.all(
    wanted.map(async (name) => {
      const group = keys.group(name);
      const [handlers, retiredAt] = await connection.ask((redis) =>
        Promise.all([redis.hgetall(group.handlers), redis.hget(group.state, 'retiredAt')]),
      );
      const entries = handlerRegistrations(handlers).map((entry) => [entry.handler, entry] as const);
      return retiredAt === null ? [[name, new Map(entries)] as const] : [];
    }),
  );
  return new Map(found.flat());
}
