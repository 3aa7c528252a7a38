import { EventBusError, type EventOperatorOptions } from '@hyvve-events/runtime';
import {
  type Check,
  checkedElsewhere,
  keyPrefix,
  milliseconds,
  nested,
  type OptionTable,
  oneOf,
  type Resolved,
  resolveOptions,
  retention,
  text,
  trueOrFalse,
  wholeNumber,
} from '@hyvve-events/runtime/options';
import { AdminError } from './errors.js';
import { isProxyAddress } from './proxy-address.js';

/** What tokens are checked with: a secret of HS256, or a set of public keys. */
export type TokenKeys = { readonly secret: string } | { readonly jwksUrl: string };

/** Where the index lives: PostgreSQL by its URL, or embedded in a folder (`memory://` for one that is not kept). */
export type DatabaseTarget = { readonly url: string } | { readonly folder: string };

/** Options of `buildApp`. */
export interface AdminOptions {
  readonly keys: TokenKeys;
  /** Tokens must name it as `iss`. Default: not looked at. */
  readonly issuer?: string;
  /** Tokens must name it as `aud`. Default: not looked at. */
  readonly audience?: string;
  /** As the services have it. Default: `REDIS_URL`, else `redis://127.0.0.1:6379`. */
  readonly redis?: NonNullable<EventOperatorOptions['redis']>;
  /** As the services have it. Default `hyvve`. */
  readonly prefix?: string;
  /** As the services have it. Default false. */
  readonly clusterKeys?: boolean;
  /** Default: embedded, in `.hyvve-admin`. */
  readonly database?: DatabaseTarget;
  /** `catalog.json` as `hyvve-events generate` writes it. Default `generated/catalog.json`. */
  readonly catalogFile?: string;
  /** Root document of the catalog. Default `catalog/asyncapi.yaml`; where it is not there, it is not served. */
  readonly asyncApiFile?: string;
  /** Serves catalog and API docs without a token. Default false. */
  readonly publicDocs?: boolean;
  /**
   * The proxies in front of the service whose `X-Forwarded-For` is believed: how many there are (`true` is one), or their
   * addresses (`10.0.0.0/8`, `loopback`). Default false: none.
   */
  readonly trustProxy?: boolean | number | readonly string[];
  /** Requests in a minute: of one token's subject, and of one address without a token that holds. Default 600. */
  readonly requestsPerMinute?: number;
  /** Default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** As the services have it, in milliseconds: a replay cannot start before. Default 30 days. */
  readonly eventRetentionMs?: number;
  /** An event that is older and not finished makes `/health/events` unhealthy, in milliseconds. Default 5 minutes. */
  readonly unfinishedLimitMs?: number;
  /** How long a call waits for Redis, in milliseconds, before it is answered 503. Default 1,500. */
  readonly redisPatienceMs?: number;
  /** Of pino. Default `info`. */
  readonly logLevel?: string;
}

/** What {@link AdminOptions} are where they are not given. */
export const adminDefaults = {
  prefix: 'hyvve',
  dataFolder: '.hyvve-admin',
  catalogFile: 'generated/catalog.json',
  asyncApiFile: 'catalog/asyncapi.yaml',
  requestsPerMinute: 600,
  maxBodyBytes: 4 * 1024 * 1024,
  eventRetentionMs: 30 * 24 * 3_600_000,
  unfinishedLimitMs: 5 * 60_000,
  redisPatienceMs: 1_500,
  logLevel: 'info',
} as const;

/** Bytes that a secret must have at least: as many as HS256's hash. */
export const minSecretBytes = 32;
/** Levels of pino. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const someText = text('text that is not empty', /./s);

/** Every option of `buildApp`: its default and what it may be. */
export const adminOptions: OptionTable<AdminOptions> = {
  keys: { required: true, check: { ...nested, expected: '{ secret } or { jwksUrl }', secret: true } },
  issuer: { check: someText },
  audience: { check: someText },
  // What a Redis may be named by is checked where the connection is made.
  redis: { check: checkedElsewhere },
  prefix: { default: adminDefaults.prefix, check: keyPrefix },
  clusterKeys: { default: false, check: trueOrFalse },
  database: {
    default: { folder: adminDefaults.dataFolder },
    check: { ...nested, expected: '{ folder } or { url }', secret: true },
  },
  catalogFile: { default: adminDefaults.catalogFile, check: someText },
  asyncApiFile: { default: adminDefaults.asyncApiFile, check: someText },
  publicDocs: { default: false, check: trueOrFalse },
  trustProxy: {
    default: false,
    check: {
      expected: 'true, false, the number of proxies, or a list of their addresses',
      holds: (value) =>
        typeof value === 'boolean' ||
        (Number.isSafeInteger(value) && (value as number) >= 0) ||
        (Array.isArray(value) && value.every((one) => typeof one === 'string' && isProxyAddress(one))),
    },
  },
  requestsPerMinute: { default: adminDefaults.requestsPerMinute, check: wholeNumber(1, 1_000_000) },
  maxBodyBytes: { default: adminDefaults.maxBodyBytes, check: wholeNumber(1_024, 64 * 1024 * 1024) },
  eventRetentionMs: { default: adminDefaults.eventRetentionMs, check: retention(1) },
  unfinishedLimitMs: { default: adminDefaults.unfinishedLimitMs, check: retention(1) },
  redisPatienceMs: { default: adminDefaults.redisPatienceMs, check: milliseconds(1) },
  logLevel: { default: adminDefaults.logLevel, check: oneOf(...logLevels) },
};

/** One of them, and the other not. */
interface KeyOptions {
  readonly secret?: string;
  readonly jwksUrl?: string;
}

const keyOptions: OptionTable<KeyOptions> = {
  secret: {
    check: {
      expected: `text of ${minSecretBytes} bytes or more`,
      holds: (value) => typeof value === 'string' && Buffer.byteLength(value) >= minSecretBytes,
      secret: true,
    },
  },
  jwksUrl: { check: address('http:', 'https:') },
};

interface DatabaseOptions {
  readonly url?: string;
  readonly folder?: string;
}

const databaseOptions: OptionTable<DatabaseOptions> = {
  url: { check: address('postgres:', 'postgresql:') },
  folder: { check: someText },
};

/** {@link AdminOptions} with every default filled in. */
export type AdminSettings = Resolved<AdminOptions, 'issuer' | 'audience' | 'redis'>;

/**
 * Fills in the defaults.
 * @throws AdminError `CONFIG_INVALID`, naming the option, what it is and what it may be; no secret and no address with a password
 */
export function resolveAdminOptions(options: AdminOptions): AdminSettings {
  return refusedAsConfig(() => {
    const caller = 'buildApp';
    const settings = resolveOptions<AdminOptions, 'issuer' | 'audience' | 'redis'>(caller, adminOptions, options);
    return {
      ...settings,
      keys: oneOfTwo(`${caller}: keys`, keyOptions, settings.keys, 'secret', 'jwksUrl') as TokenKeys,
      database: oneOfTwo(`${caller}: database`, databaseOptions, settings.database, 'folder', 'url') as DatabaseTarget,
    };
  });
}

/** Has what the runtime refuses of a configuration be an error of the service. @throws AdminError `CONFIG_INVALID` */
export function refusedAsConfig<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof EventBusError) || cause.code !== 'CONFIG_INVALID') throw cause;
    throw new AdminError('CONFIG_INVALID', cause.rawMessage, { cause });
  }
}

function oneOfTwo<Options extends object>(
  caller: string,
  table: OptionTable<Options>,
  given: Options,
  ...names: readonly [string, string]
): Options {
  const resolved = resolveOptions<Options, keyof Options>(caller, table, given);
  if (names.filter((name) => name in resolved).length === 1) return resolved;
  throw new EventBusError('CONFIG_INVALID', `${caller}: give ${names.join(' or ')}, one of the two`);
}

/** An address of one of these protocols. It may hold a password. */
function address(...protocols: readonly string[]): Check {
  return {
    expected: `an address that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`,
    holds: (value) => typeof value === 'string' && URL.canParse(value) && protocols.includes(new URL(value).protocol),
    secret: true,
  };
}
