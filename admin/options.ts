import { EventBusError, type EventOperatorOptions } from '@hyvve-events/runtime';
import {
  type Check,
  checkedElsewhere,
  keyPrefix,
  methods,
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
import type { DevelopmentOptions } from './development.js';
import { AdminError } from './errors.js';
import { isProxyAddress } from './proxy-address.js';

/** Keys that verify tokens: a secret for HS256, or the URL of a JSON Web Key Set. */
export type TokenKeys = { readonly secret: string } | { readonly jwksUrl: string };

/** Database of the index: the URL of a PostgreSQL, or the folder of an embedded database (`memory://`: not stored on disk). */
export type DatabaseTarget = { readonly url: string } | { readonly folder: string };

/** Options of `buildApp`. */
export interface AdminOptions {
  readonly keys: TokenKeys;
  /** Required `iss` of tokens. Default: not verified. */
  readonly issuer?: string;
  /** Required `aud` of tokens. Default: not verified. */
  readonly audience?: string;
  /** Must equal the services' setting. Default: `REDIS_URL`, else `redis://127.0.0.1:6379`. */
  readonly redis?: NonNullable<EventOperatorOptions['redis']>;
  /** Must equal the services' setting. Default `hyvve`. */
  readonly prefix?: string;
  /** Default: embedded, in `.hyvve-admin`. */
  readonly database?: DatabaseTarget;
  /** `catalog.json` as `hyvve-events generate` writes it. Default `generated/catalog.json`. */
  readonly catalogFile?: string;
  /**
   * Module of the SDK that `hyvve-events generate` wrote: a package, or the path of a JavaScript file. The service runs its written
   * conversions, to show data of older versions as handlers receive it. Default: only derived conversions can be shown.
   */
  readonly sdk?: string;
  /** `usages.json` as `hyvve-events usages` writes it: the event docs then link to the code. Default: no links. */
  readonly usagesFile?: string;
  /** `models.json` files as `hyvve-events models` writes them, one of each language: the event docs show their code. Default: none. */
  readonly modelsFiles?: readonly string[];
  /** Root document of the catalog. If it does not exist, it is not served. Default `catalog/asyncapi.yaml`. */
  readonly asyncApiFile?: string;
  /** Serves the catalog and the event docs without a token. Default false. */
  readonly publicDocs?: boolean;
  /**
   * Proxies in front of the service whose `X-Forwarded-For` is trusted: their number (`true` is 1) or their addresses
   * (`10.0.0.0/8`, `loopback`). Default false: none.
   */
  readonly trustProxy?: boolean | number | readonly string[];
  /** Limit of requests per minute, for each subject of a valid token and for each address without one. Default 600. */
  readonly requestsPerMinute?: number;
  /** Limit of a request body, in bytes. Default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** Retention of events, in milliseconds: a replay cannot start earlier. Must equal the services' setting. Default 30 days. */
  readonly eventRetentionMs?: number;
  /** Age from which an unfinished event makes `/health/events` unhealthy, in milliseconds. Default 5 minutes. */
  readonly unfinishedLimitMs?: number;
  /** Time after which a request that waits for Redis is answered with 503, in milliseconds. Default 1,500. */
  readonly redisTimeoutMs?: number;
  /** Log level of pino. Default `info`. */
  readonly logLevel?: string;
  /**
   * Registers routes that publish events, which the page of each event then offers. Only for development: `hyvve-events dev`
   * sets it. Default: no such route.
   */
  readonly development?: DevelopmentOptions;
}

/** Defaults of {@link AdminOptions}. */
export const adminDefaults = {
  prefix: 'hyvve',
  dataFolder: '.hyvve-admin',
  catalogFile: 'generated/catalog.json',
  asyncApiFile: 'catalog/asyncapi.yaml',
  requestsPerMinute: 600,
  maxBodyBytes: 4 * 1024 * 1024,
  eventRetentionMs: 30 * 24 * 3_600_000,
  unfinishedLimitMs: 5 * 60_000,
  redisTimeoutMs: 1_500,
  logLevel: 'info',
} as const;

/** Minimum length of a secret, in bytes: that of the hash of HS256. */
export const minSecretBytes = 32;
/** Log levels of pino. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const someText = text('text that is not empty', /./s);

const isTextList = (value: unknown) =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');

/** Every option of `buildApp`: its default and its check. */
export const adminOptions: OptionTable<AdminOptions> = {
  keys: { required: true, check: { ...nested, expected: '{ secret } or { jwksUrl }', secret: true } },
  issuer: { check: someText },
  audience: { check: someText },
  // The runtime checks it when it creates the connection.
  redis: { check: checkedElsewhere },
  prefix: { default: adminDefaults.prefix, check: keyPrefix },
  database: {
    default: { folder: adminDefaults.dataFolder },
    check: { ...nested, expected: '{ folder } or { url }', secret: true },
  },
  catalogFile: { default: adminDefaults.catalogFile, check: someText },
  sdk: { check: someText },
  usagesFile: { check: someText },
  modelsFiles: { check: { expected: 'a list of paths', holds: isTextList } },
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
  redisTimeoutMs: { default: adminDefaults.redisTimeoutMs, check: milliseconds(1) },
  logLevel: { default: adminDefaults.logLevel, check: oneOf(...logLevels) },
  development: { check: methods('an object with the method sample', 'sample') },
};

/** Exactly one of the two must be set. */
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

/** Options that have no default. */
type OptionalOption = 'issuer' | 'audience' | 'redis' | 'development';

/** {@link AdminOptions} with every default filled in. */
export type AdminSettings = Resolved<AdminOptions, OptionalOption>;

/**
 * Fills in the defaults.
 * @throws AdminError `CONFIG_INVALID` with the option, its value and what it must be; without secrets and URLs
 */
export function resolveAdminOptions(options: AdminOptions): AdminSettings {
  return rethrowConfigInvalid(() => {
    const caller = 'buildApp';
    const settings = resolveOptions<AdminOptions, OptionalOption>(caller, adminOptions, options);
    return {
      ...settings,
      keys: oneOfTwo(`${caller}: keys`, keyOptions, settings.keys, 'secret', 'jwksUrl') as TokenKeys,
      database: oneOfTwo(`${caller}: database`, databaseOptions, settings.database, 'folder', 'url') as DatabaseTarget,
    };
  });
}

/** Calls `run`. Rethrows the runtime's `CONFIG_INVALID` as an error of the service. @throws AdminError `CONFIG_INVALID` */
export function rethrowConfigInvalid<T>(run: () => T): T {
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
  options: Options,
  ...names: readonly [string, string]
): Options {
  const resolved = resolveOptions<Options, keyof Options>(caller, table, options);
  if (names.filter((name) => name in resolved).length === 1) return resolved;
  throw new EventBusError('CONFIG_INVALID', `${caller}: set exactly one of ${names.join(' and ')}`);
}

/** Checks for a URL with one of these protocols. The value is secret: a URL may contain a password. */
function address(...protocols: readonly string[]): Check {
  return {
    expected: `an address that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`,
    holds: (value) => typeof value === 'string' && URL.canParse(value) && protocols.includes(new URL(value).protocol),
    secret: true,
  };
}
