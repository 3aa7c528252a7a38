import type { ConnectionOptions } from 'node:tls';
import { EventBusError } from '../../errors.js';
import { type Refuse, TargetChecks, type TargetOptions } from './target-checks.js';

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

/** Where Redis is: a `redis://` or `rediss://` URL, one server, or Sentinels. */
export type RedisTarget = string | ServerOptions | SentinelOptions;

/** A checked {@link RedisTarget}. */
export interface ResolvedTarget {
  /** Undefined if the server is found through Sentinels. */
  readonly server: { readonly host: string; readonly port: number } | { readonly path: string } | undefined;
  readonly sentinels?: readonly { readonly host: string; readonly port: number }[];
  /** Name of the master that the Sentinels monitor. */
  readonly name?: string;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  readonly sentinelTls?: ConnectionOptions;
  readonly failoverDetector?: boolean;
}

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
/** Options of ioredis that have another name here. */
const ourNames: Readonly<Record<string, string>> = { db: 'database', url: 'redis: url', sentinelTLS: 'sentinelTls' };
const forms = 'a redis:// or rediss:// URL, { host, port } or { path } of a server, or { sentinels, name }';

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
  if (typeof given !== 'object' || given === null) return refuse(`redis must be ${forms}, not ${nameOf(given)}`);
  return fromOptions(given, refuse);
}

function fromUrl(given: string, refuse: Refuse): ResolvedTarget {
  if (given === '') return refuse(`redis is an empty string: it must be ${forms}`);
  // An invalid URL is not shown: it may contain a password.
  if (!URL.canParse(given)) return refuse(`redis is not a valid URL: it must be ${forms}`);
  const url = new URL(given);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    return refuse(`redis is a URL that begins with ${url.protocol}, and must be ${forms}`);
  }
  if (url.hostname === '') return refuse('redis is a URL without a host: write redis://<host>:<port>');
  const unknown = [...url.searchParams.keys()];
  if (unknown.length > 0) return refuse(`redis is a URL with ?${unknown[0]}, which is not supported`);
  const path = url.pathname.replace(/^\//, '');
  if (!/^\d{0,9}$/.test(path)) {
    return refuse(`redis is a URL whose path is the number of a database, as in redis://<host>:<port>/0, not ${path}`);
  }
  const part = (name: string, value: string) => {
    try {
      return decodeURIComponent(value);
    } catch {
      return refuse(`redis is a URL whose ${name} is not percent-encoded correctly`);
    }
  };
  return {
    server: { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 6379 : Number(url.port) },
    database: Number(path),
    ...(url.username === '' ? {} : { username: part('username', url.username) }),
    ...(url.password === '' ? {} : { password: part('password', url.password) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function fromOptions(given: object, refuse: Refuse): ResolvedTarget {
  if (Array.isArray(given)) return refuse(`redis must be ${forms}, not an array: Redis Cluster is not supported yet`);
  const options = ownValues(given, refuse);
  if ('nodes' in options || 'startupNodes' in options) {
    return refuse('redis: { nodes } is not supported yet: the runtime cannot follow the slots of a Redis Cluster');
  }
  const isSentinel = 'sentinels' in options || 'name' in options;
  const names = isSentinel ? sentinelNames : serverNames;
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const ours = ourNames[name];
    const hint =
      ours === undefined
        ? `it has ${names.join(', ')}`
        : name === 'url'
          ? 'pass the URL itself'
          : `it is called ${ours}`;
    return refuse(`redis has no option ${JSON.stringify(name)}: ${hint}`);
  }
  const check = new TargetChecks(options, refuse);
  const access = {
    database: check.whole('database', 0, 0, 999_999_999),
    ...check.optional('username', check.text),
    ...check.optional('password', check.text),
    ...check.optional('tls', check.tls),
  };
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
  if (host === undefined && port === undefined) return refuse(`redis does not name a server: it must be ${forms}`);
  return { host: host === undefined ? '127.0.0.1' : check.text('host'), port: check.whole('port', 6379, 1, 65_535) };
}

/** Copies the values of a plain object, so that each getter is called only once. */
function ownValues(given: object, refuse: Refuse): TargetOptions {
  try {
    const prototype: unknown = Object.getPrototypeOf(given);
    if (prototype !== null && Object.getPrototypeOf(prototype as object) !== null) {
      return refuse(`redis must be ${forms}, not an instance of ${nameOf(given)}: pass the address instead`);
    }
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  } catch (error) {
    if (error instanceof EventBusError) throw error;
    return refuse(`redis must be ${forms}, not an object that cannot be read`);
  }
}

/** Describes the type of a value for an error. */
function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'function' ? 'a function' : `a ${typeof value}`;
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'an unknown class';
}
