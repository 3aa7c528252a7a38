import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { createEventOperator } from '@hyvve-events/runtime';
import { buildApp } from './app.js';
import { signToken } from './auth/tokens.js';
import { type AdminConfig, ConfigError, type Environment, pathsOf, readConfig } from './config.js';
import { writeSite } from './docs/write-site.js';
import { type AdminOptions, adminDefaults } from './options.js';
import { runPartitions } from './partitions/command.js';
import { rebuild } from './projection/rebuild.js';
import { present } from './support/present.js';

const help = `hyvve-events-admin [command] [options]

Commands
  serve      (default) serves the API until SIGINT or SIGTERM
  rebuild    rebuilds the index from the streams and prints its progress
  docs       writes the event docs as a static site; needs no Redis and no key
  partitions plan, grow, migrate-keys: the partitions of the event stream; \`partitions --help\` explains them

Options
  --dev      creates a temporary secret and prints a token for each role; serves the docs without a token
  --version
  --help

Options of docs
  --out <folder>      default site
  --catalog <file>    default ADMIN_CATALOG, else generated/catalog.json
  --asyncapi <file>   root of the AsyncAPI document; default ADMIN_ASYNCAPI, else catalog/asyncapi.yaml
  --usages <file>     usages.json, so that the pages link to the code; default ADMIN_USAGES, else no links
  --models <file>     models.json of a language, to show its code; may be repeated; default ADMIN_MODELS, else none
  --sdk <package>     package of the generated code; default from the package.json in the catalog's folder, else the folder's path

The service is configured by environment variables, listed in docs/admin.md.
Required: ADMIN_JWT_SECRET or ADMIN_JWKS_URL. Usually also: REDIS_URL.
`;

/** Lifetime of the tokens that `--dev` prints. */
const devLifetime = '12h';

/** Runs the command. On an error, prints it and sets the exit code: 2 if the caller can correct it, 1 for other failures. */
export async function main(args: readonly string[], env: Environment): Promise<void> {
  try {
    await run(args, env);
  } catch (error) {
    const isUsage = error instanceof ConfigError || (error instanceof TypeError && 'code' in error);
    console.error(error instanceof Error ? `hyvve-events-admin: ${error.message}` : String(error));
    process.exitCode = isUsage ? 2 : 1;
  }
}

async function run(args: readonly string[], env: Environment): Promise<void> {
  if (args[0] === 'partitions') {
    process.exitCode = await runPartitions(args.slice(1), env);
    return;
  }
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dev: { type: 'boolean' },
      help: { type: 'boolean' },
      version: { type: 'boolean' },
      out: { type: 'string' },
      catalog: { type: 'string' },
      asyncapi: { type: 'string' },
      sdk: { type: 'string' },
      usages: { type: 'string' },
      models: { type: 'string', multiple: true },
    },
  });
  const [command = 'serve', ...rest] = positionals;
  if (values.help === true) {
    console.log(help);
    return;
  }
  if (values.version === true) {
    console.log(ownVersion());
    return;
  }
  const { out, catalog, asyncapi, sdk, usages, models } = values;
  if (rest.length > 0 || !['serve', 'rebuild', 'docs'].includes(command)) {
    throw new ConfigError([`there is no command ${positionals.join(' ')}; --help lists the commands`]);
  }
  if (command === 'docs') {
    await writeDocs(env, { out, catalog, asyncapi, sdk, usages, models });
    return;
  }
  refuseDocsOptions([out, catalog, asyncapi, sdk, usages, models]);
  if (command === 'rebuild') {
    // The command serves no requests, so it needs no key.
    await rebuildIndex(readConfig(env, { secret: 'unused' }).options);
    return;
  }
  const devSecret = values.dev === true ? randomBytes(48).toString('base64url') : undefined;
  const config = readConfig(env, devSecret === undefined ? undefined : { secret: devSecret });
  const options = devSecret === undefined ? config.options : { ...config.options, publicDocs: true };
  await serve({ ...config, options }, devSecret);
}

function refuseDocsOptions(values: readonly unknown[]): void {
  if (values.every((value) => value === undefined)) return;
  throw new ConfigError(['--out, --catalog, --asyncapi, --usages, --models and --sdk are options of docs']);
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('@hyvve-events/admin/package.json') as { version: string };
  return version;
}

interface DocsValues {
  readonly out: string | undefined;
  readonly catalog: string | undefined;
  readonly asyncapi: string | undefined;
  readonly sdk: string | undefined;
  readonly usages: string | undefined;
  readonly models: readonly string[] | undefined;
}

async function writeDocs(
  env: Environment,
  { out = 'site', catalog, asyncapi, sdk, usages, models }: DocsValues,
): Promise<void> {
  if (asyncapi !== undefined && !existsSync(asyncapi))
    throw new ConfigError([`--asyncapi: the file ${asyncapi} does not exist`]);
  const catalogFile = catalog ?? env.ADMIN_CATALOG ?? adminDefaults.catalogFile;
  if (!existsSync(catalogFile))
    throw new ConfigError([`the catalog ${catalogFile} does not exist; \`hyvve-events generate\` writes it`]);
  const asyncApiFile = asyncapi ?? env.ADMIN_ASYNCAPI ?? adminDefaults.asyncApiFile;
  const usagesFile = usages ?? (env.ADMIN_USAGES === '' ? undefined : env.ADMIN_USAGES);
  const modelsFiles = models ?? pathsOf(env.ADMIN_MODELS);
  const files = await writeSite(present({ out, catalogFile, asyncApiFile, sdk, usagesFile, modelsFiles }));
  console.log(`${out}: ${files} files; serve them with any file server, for example \`npx serve ${out}\``);
}

async function serve({ host, port, options }: AdminConfig, devSecret: string | undefined): Promise<void> {
  const app = await buildApp(options);
  const stop = async () => {
    await app.close();
    // A connection that a library left open must not keep the process alive.
    process.exit(0);
  };
  process.once('SIGINT', () => void stop());
  process.once('SIGTERM', () => void stop());
  const address = await app.listen({ host, port });
  if (devSecret !== undefined) await printTokens(devSecret, options, address);
}

async function printTokens(secret: string, { issuer, audience }: AdminOptions, address: string): Promise<void> {
  console.log(`\n${address}  (the tokens are valid for ${devLifetime}, until this process ends)\n`);
  for (const role of ['admin', 'owner'] as const) {
    const token = await signToken(secret, { sub: `dev-${role}`, role, issuer, audience }, devLifetime);
    console.log(`${role}: ${token}\n`);
  }
}

async function rebuildIndex({ redis, prefix, database }: AdminOptions): Promise<void> {
  const operator = createEventOperator({
    ...present({ prefix, redis }),
    callTimeoutMs: 10_000,
    runReplays: false,
  });
  try {
    await rebuild(operator, database, (line) => console.log(line));
  } finally {
    await operator.close();
  }
}
