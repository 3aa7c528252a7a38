import type { ConnectionOptions } from 'node:tls';
import { EventBusError } from '../../errors.js';
import { clusterTarget } from './cluster-target.js';
import { fromUrl } from './redis-url.js';
import type { ResolvedTarget } from './resolved-target.js';
import {
  nameOf,
  ownValues,
  type Refuse,
  readAccess,
  refuseUnknown,
  TargetChecks,
  type TargetOptions,
  targetForms,
} from './target-checks.js';

/** Common options of a single Redis server and of one that is found by Sentinel. */
export interface AccessOptions {
  /** Number of the database. Default 0. */
  readonly database?: number;
  /** Default: Redis's `default` user. */
  readonly username?: string;
  readonly password?: string;
  /** True for TLS with Node's defaults, or Node's options of a TLS connection. Default: no TLS. */
  readonly tls?: boolean | ConnectionOptions;
}

/** One Redis: by `host` and `port`, or by the `path` of its socket. */
export interface ServerOptions extends AccessOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 6379. */
  readonly port?: number;
  /** Path of a Unix socket, in place of host and port. */
  readonly path?: string;
}

/** A Redis whose master is found through Sentinels. The access options are those of Redis itself. */
export interface SentinelOptions extends AccessOptions {
  /** Addresses of the Sentinels; the first one that replies is used, so list all of them. Default `port`: 26379. */
  readonly sentinels: readonly { readonly host: string; readonly port?: number }[];
  /** Name of the master in the configuration of the Sentinels (`sentinel monitor <name> …`). */
  readonly name: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** As `tls`, for the connections to the Sentinels. Default: no TLS. */
  readonly sentinelTls?: boolean | ConnectionOptions;
  /**
   * Detect a failover immediately, through a connection to each Sentinel. Default true. Without it, a process continues to
   * write to the replaced master until that server learns of the failover, and these writes are lost.
   */
  readonly failoverDetector?: boolean;
}

/** A Redis Cluster: its masters, replicas and slots are found through any of its nodes. */
export interface ClusterOptions {
  /**
   * Nodes that are asked for all others: URLs, or hosts with a port (default 6379). The first one that replies is enough,
   * so list several.
   */
  readonly nodes: readonly (string | { readonly host: string; readonly port?: number })[];
  /** User, password and TLS of every node. Default: those of the URLs in `nodes`. */
  readonly options?: Omit<AccessOptions, 'database'>;
  /**
   * The addresses to use for those that the cluster names, as `<host>:<port>`: for nodes behind NAT or in containers.
   * Default: none.
   */
  readonly natMap?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/** Where Redis is: a `redis://` or `rediss://` URL, one server, Sentinels, or the nodes of a Redis Cluster. */
export type RedisTarget = string | ServerOptions | SentinelOptions | ClusterOptions;

const accessNames = ['database', 'username', 'password', 'tls'];
const serverNames = ['host', 'port', 'path', ...accessNames];
const sentinelNames = [
  'sentinels',
  'name',
  ...accessNames,
  'sentinelUsername',
  'sentinelPassword',
  'sentinelTls',
  'failoverDetector',
];

/**
 * Checks and resolves the option `redis`. Errors never contain a password.
 * @param caller Name for errors. @param given Undefined: the environment variable `REDIS_URL`, else `redis://127.0.0.1:6379`.
 * @throws EventBusError `CONFIG_INVALID`
 */
export function resolveTarget(caller: string, given: unknown): ResolvedTarget {
  const refuse = (problem: string): never => {
    throw new EventBusError('CONFIG_INVALID', `${caller}: ${problem}`);
  };
  if (given === undefined) {
    const fromEnvironment = process.env.REDIS_URL;
    if (fromEnvironment === undefined || fromEnvironment === '') return fromUrl('redis://127.0.0.1:6379', refuse);
    return fromUrl(fromEnvironment, (problem) => refuse(`environment variable REDIS_URL: ${problem}`));
  }
  if (typeof given === 'string') return fromUrl(given, refuse);
  if (typeof given !== 'object' || given === null) return refuse(`redis must be ${targetForms}, not ${nameOf(given)}`);
  return fromOptions(given, refuse);
}

function fromOptions(given: object, refuse: Refuse): ResolvedTarget {
  if (Array.isArray(given))
    return refuse(`redis must be ${targetForms}, not an array; a Redis Cluster is { nodes: [...] }`);
  const options = ownValues(given, refuse);
  if ('startupNodes' in options)
    return refuse('redis has no option "startupNodes": a Redis Cluster is { nodes: [...] }');
  if ('nodes' in options) return clusterTarget(options, refuse);
  const isSentinel = 'sentinels' in options || 'name' in options;
  refuseUnknown(options, isSentinel ? sentinelNames : serverNames, refuse);
  const check = new TargetChecks(options, refuse);
  const access = readAccess(check);
  if (!isSentinel) return { server: serverOf(options, check, refuse), ...access };
  const { sentinels } = options;
  if (!Array.isArray(sentinels) || sentinels.length === 0) {
    return refuse('redis.sentinels must list at least one { host, port }');
  }
  const addresses = sentinels.map((sentinel: unknown, index) => {
    const where = `sentinels[${index}]`;
    if (typeof sentinel !== 'object' || sentinel === null) return refuse(`redis.${where} must be { host, port }`);
    const one = new TargetChecks(ownValues(sentinel, refuse), refuse, `${where}.`);
    return { host: one.text('host'), port: one.whole('port', 26_379, 1, 65_535) };
  });
  return {
    server: undefined,
    sentinels: addresses,
    name: check.text('name'),
    ...access,
    ...check.optional('sentinelUsername', check.text),
    ...check.optional('sentinelPassword', check.text),
    ...check.optional('sentinelTls', check.tls),
    ...check.optional('failoverDetector', check.flag),
  };
}

function serverOf(options: TargetOptions, check: TargetChecks, refuse: Refuse): NonNullable<ResolvedTarget['server']> {
  const { host, port, path } = options;
  if (path !== undefined) {
    if (host !== undefined || port !== undefined)
      return refuse('redis has a path and a host or port: set only one of them');
    return { path: check.text('path') };
  }
  if (host === undefined && port === undefined)
    return refuse(`redis does not name a server: it must be ${targetForms}`);
  return { host: host === undefined ? '127.0.0.1' : check.text('host'), port: check.whole('port', 6379, 1, 65_535) };
}
