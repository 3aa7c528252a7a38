import type { RedisTarget } from '@hyvve-events/runtime';
import { present } from './support/present.js';

/** Readers of environment variables, by type. */
export interface RedisVariables {
  text(name: string): string | undefined;
  whole(name: string, fallback: number, least: number, most: number): number;
  flag(name: string): boolean;
  address(name: string, protocols: readonly string[]): string | undefined;
}

/**
 * Reads the address of Redis: `REDIS_URL`, or `REDIS_SENTINELS` or `REDIS_NODES` and their related variables. Undefined if none
 * is set.
 * @param problems Problems are added to it.
 */
export function readRedisTarget(env: RedisVariables, problems: string[]): RedisTarget | undefined {
  const url = env.address('REDIS_URL', ['redis:', 'rediss:']);
  const sentinels = env.text('REDIS_SENTINELS');
  const nodes = env.text('REDIS_NODES');
  if (nodes !== undefined) return readNodes(env, nodes, problems);
  if (sentinels === undefined) return url;
  if (env.text('REDIS_URL') !== undefined) problems.push('REDIS_URL and REDIS_SENTINELS are both set: choose one');
  const name = env.text('REDIS_SENTINEL_NAME');
  if (name === undefined) {
    problems.push('REDIS_SENTINEL_NAME must be set: the name of the master, as in `sentinel monitor <name> …`');
  }
  return {
    sentinels: addressesIn('REDIS_SENTINELS', sentinels, '26379', problems),
    name: name ?? '',
    database: env.whole('REDIS_DATABASE', 0, 0, 999_999_999),
    tls: env.flag('REDIS_TLS'),
    sentinelTls: env.flag('REDIS_SENTINEL_TLS'),
    ...present({
      username: env.text('REDIS_USERNAME'),
      password: env.text('REDIS_PASSWORD'),
      sentinelUsername: env.text('REDIS_SENTINEL_USERNAME'),
      sentinelPassword: env.text('REDIS_SENTINEL_PASSWORD'),
    }),
  };
}

/** The nodes of a Redis Cluster. */
function readNodes(env: RedisVariables, nodes: string, problems: string[]): RedisTarget {
  for (const other of ['REDIS_URL', 'REDIS_SENTINELS']) {
    if (env.text(other) !== undefined) problems.push(`${other} and REDIS_NODES are both set: choose one`);
  }
  if (env.whole('REDIS_DATABASE', 0, 0, 999_999_999) !== 0) {
    problems.push('REDIS_DATABASE must be 0: a Redis Cluster has no other database');
  }
  const access = present({ username: env.text('REDIS_USERNAME'), password: env.text('REDIS_PASSWORD') });
  return {
    nodes: addressesIn('REDIS_NODES', nodes, '6379', problems),
    options: { tls: env.flag('REDIS_TLS'), ...access },
  };
}

function addressesIn(
  variable: string,
  list: string,
  defaultPort: string,
  problems: string[],
): { readonly host: string; readonly port: number }[] {
  return list.split(',').map((item) => {
    const [, host = '', port = defaultPort] = /^\s*(\[[^\]]+\]|[^\s:]+)(?::(\d{1,5}))?\s*$/.exec(item) ?? [];
    if (host === '' || Number(port) < 1 || Number(port) > 65_535) {
      problems.push(`${variable} must be <host>:<port>,<host>:<port>,…`);
    }
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
}
