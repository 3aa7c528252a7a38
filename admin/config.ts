import { existsSync } from 'node:fs';
import { type AdminOptions, adminDefaults, logLevels, minSecretBytes, type TokenKeys } from './options.js';
import { isProxyAddress } from './proxy-address.js';
import { readRedisTarget } from './redis-config.js';
import { present } from './support/present.js';

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is not valid. Contains every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Address to listen on, and the options of `buildApp`. */
export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  readonly options: AdminOptions;
}

/** Paths in a text, separated by commas. Undefined if there are none. */
export function pathsOf(text = ''): readonly string[] | undefined {
  const paths = text.split(',').map((part) => part.trim());
  const given = paths.filter((part) => part !== '');
  return given.length === 0 ? undefined : given;
}

/**
 * Reads the configuration from the environment; `docs/admin.md` lists the variables.
 * @param devKeys Keys of `--dev`, instead of those of the environment.
 * @throws ConfigError with every problem
 */
export function readConfig(env: Environment, devKeys?: TokenKeys): AdminConfig {
  const problems: string[] = [];
  const { text, whole, flag, address } = readersOf(env, problems);
  const proxies = (name: string): NonNullable<AdminOptions['trustProxy']> => {
    const given = text(name);
    if (given === undefined || given === 'false') return false;
    if (given === 'true') return 1;
    if (/^\d+$/.test(given)) return Number(given);
    const addresses = given.split(',').map((address) => address.trim());
    if (addresses.every(isProxyAddress)) return addresses;
    problems.push(`${name} must be false, the number of proxies, or a comma-separated list of their addresses`);
    return false;
  };
  const level = (name: string) => {
    const given = text(name) ?? adminDefaults.logLevel;
    if (!logLevels.some((one) => one === given)) problems.push(`${name} must be one of ${logLevels.join(', ')}`);
    return given;
  };

  const catalogFile = text('ADMIN_CATALOG') ?? adminDefaults.catalogFile;
  if (!existsSync(catalogFile))
    problems.push(`ADMIN_CATALOG: the file ${catalogFile} does not exist; \`hyvve-events generate\` writes it`);
  const asyncApiFile = text('ADMIN_ASYNCAPI') ?? adminDefaults.asyncApiFile;
  if (text('ADMIN_ASYNCAPI') !== undefined && !existsSync(asyncApiFile)) {
    problems.push(`ADMIN_ASYNCAPI: the file ${asyncApiFile} does not exist`);
  }
  const databaseUrl = address('DATABASE_URL', ['postgres:', 'postgresql:']);
  const redis = readRedisTarget({ text, whole, flag, address }, problems);
  const host = text('ADMIN_HOST') ?? '127.0.0.1';
  const port = whole('ADMIN_PORT', 4600, 0, 65_535);
  const options = {
    keys: devKeys ?? keysOf(text('ADMIN_JWT_SECRET'), address('ADMIN_JWKS_URL', ['https:', 'http:']), problems),
    database:
      databaseUrl === undefined ? { folder: text('ADMIN_DATA') ?? adminDefaults.dataFolder } : { url: databaseUrl },
    prefix: text('HYVVE_PREFIX') ?? adminDefaults.prefix,
    catalogFile,
    asyncApiFile,
    publicDocs: flag('ADMIN_PUBLIC_DOCS'),
    trustProxy: proxies('ADMIN_TRUST_PROXY'),
    requestsPerMinute: whole('ADMIN_REQUESTS_PER_MINUTE', adminDefaults.requestsPerMinute, 1, 1_000_000),
    maxBodyBytes: whole('ADMIN_MAX_BODY_BYTES', adminDefaults.maxBodyBytes, 1_024, 64 * 1024 * 1024),
    eventRetentionMs: whole('ADMIN_EVENT_DAYS', 30, 1, 3_650) * 24 * 3_600_000,
    unfinishedLimitMs: whole('ADMIN_UNFINISHED_SECONDS', 300, 1, 86_400) * 1_000,
    logLevel: level('ADMIN_LOG_LEVEL'),
    ...present({
      redis,
      issuer: text('ADMIN_JWT_ISSUER'),
      audience: text('ADMIN_JWT_AUDIENCE'),
      sdk: text('ADMIN_SDK'),
      usagesFile: text('ADMIN_USAGES'),
      modelsFiles: pathsOf(env.ADMIN_MODELS),
    }),
  };
  if (options.keys === undefined || problems.length > 0) throw new ConfigError(problems);
  return { host, port, options: { ...options, keys: options.keys } };
}

function keysOf(secret: string | undefined, jwksUrl: string | undefined, problems: string[]): TokenKeys | undefined {
  if (secret !== undefined && jwksUrl !== undefined) {
    problems.push('ADMIN_JWT_SECRET and ADMIN_JWKS_URL are both set: choose one');
  } else if (secret !== undefined) {
    const bytes = Buffer.byteLength(secret);
    if (bytes >= minSecretBytes) return { secret };
    problems.push(
      `ADMIN_JWT_SECRET has ${bytes} bytes: it must have at least ${minSecretBytes} (\`openssl rand -base64 48\` creates one)`,
    );
  } else if (jwksUrl !== undefined) {
    return { jwksUrl };
  } else if (problems.every((problem) => !problem.startsWith('ADMIN_JWKS_URL'))) {
    problems.push(
      'ADMIN_JWT_SECRET or ADMIN_JWKS_URL must be set: there is no default (`--dev` creates a temporary secret)',
    );
  }
  return undefined;
}

/** Reads which Redis and which keys the services use. @throws ConfigError with every problem */
export function readBusConfig(env: Environment): Pick<AdminOptions, 'redis' | 'prefix'> {
  const problems: string[] = [];
  const readers = readersOf(env, problems);
  const redis = readRedisTarget(readers, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return present({ redis, prefix: readers.text('HYVVE_PREFIX') });
}

/** Readers of variables. @param problems Problems are added to it. */
function readersOf(env: Environment, problems: string[]) {
  const text = (name: string) => (env[name] === '' ? undefined : env[name]);
  const whole = (name: string, fallback: number, least: number, most: number) => {
    const given = text(name);
    if (given === undefined) return fallback;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= most) return value;
    problems.push(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(given)}`);
    return fallback;
  };
  const flag = (name: string) => {
    const given = text(name);
    if (given === undefined || given === 'false') return false;
    if (given === 'true') return true;
    problems.push(`${name} must be true or false, not ${JSON.stringify(given)}`);
    return false;
  };
  const address = (name: string, protocols: readonly string[]) => {
    const given = text(name);
    if (given === undefined) return undefined;
    const protocol = URL.canParse(given) ? new URL(given).protocol : undefined;
    if (protocol !== undefined && protocols.includes(protocol)) return given;
    // Without the value: it may contain a password.
    problems.push(`${name} must be an address that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`);
    return undefined;
  };
  return { text, whole, flag, address };
}
