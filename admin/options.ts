import type { EventOperatorOptions } from '@hyvve-events/runtime';

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
