import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type PrivatePostgres, startPostgres } from '../../../scripts/postgres-server.js';
import { freePort, type PrivateRedis, startRedis } from '../../../scripts/redis-server.js';
import { type ComposeService, dockerfileOfPackages, readCompose } from './container-files.js';

const run = promisify(execFile);

const variables = {
  REDIS_PASSWORD: 'redispassword',
  POSTGRES_PASSWORD: 'postgrespassword',
  REDIS_MAXMEMORY: '64mb',
  ADMIN_JWT_SECRET: 's'.repeat(64),
  ADMIN_JWT_ISSUER: 'https://issuer.example',
  ADMIN_JWT_AUDIENCE: 'hyvve-admin',
  ADMIN_TRUST_PROXY: '1',
};

/** The services of docker-compose.yml as processes of this machine, which has no container engine. */
export interface ComposeServices {
  /**
   * Starts the admin service with the command of the Dockerfile for published packages.
   * @param folder Where the packages are installed.
   * @param sdk The package with the catalog.
   */
  startAdmin(folder: string, sdk: string): Promise<{ readonly port: number; readonly env: NodeJS.ProcessEnv }>;
  /** Runs the health checks of the compose file. @throws Error with its output if the admin service has ended */
  areHealthy(): Promise<boolean>;
}

/** Starts Redis with the command of the compose file, and PostgreSQL with its user and database. */
export function useComposeServices(): ComposeServices {
  const { services } = readCompose(variables);
  let redis: PrivateRedis;
  let postgres: PrivatePostgres;
  let admin: ChildProcess | undefined;
  let port: number;
  let output = '';

  beforeAll(async () => {
    const [, ...args] = services.redis.command ?? [];
    [redis, postgres] = await Promise.all([startRedis(args), startPostgres()]);
    const { POSTGRES_USER: user, POSTGRES_DB: database, POSTGRES_PASSWORD: password } = services.postgres.environment;
    const client = new pg.Client(postgres.url);
    await client.connect();
    await client.query(`CREATE ROLE "${user}" LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE DATABASE "${database}" OWNER "${user}"`);
    await client.end();
  });
  afterAll(async () => {
    admin?.kill('SIGKILL');
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  /** Replaces the addresses of the containers. */
  const here = (text: string) =>
    text
      .replace('redis:6379', `127.0.0.1:${redis.port}`)
      .replace('postgres:5432', new URL(postgres.url).host)
      .replace('127.0.0.1:4600', `127.0.0.1:${port}`);
  const check = async ({ healthcheck, environment }: ComposeService, replace: (text: string) => string) => {
    const [kind, command = '', ...args] = healthcheck.test.map(replace);
    const env = { ...process.env, ...environment };
    await (kind === 'CMD-SHELL' ? run('sh', ['-c', command], { env }) : run(command, args, { env }));
  };

  return {
    startAdmin: async (folder, sdk) => {
      // Chosen just before it is used: a port that was free a minute ago may be in use by another test.
      port = await freePort();
      const { env: image, command } = dockerfileOfPackages();
      const [program = '', ...args] = command;
      const inFolder = Object.entries(image).map(([name, value]) => [
        name,
        value.replace('/app/', `${folder}/`).replace('@acme/events', sdk),
      ]);
      const settings = Object.entries(services.admin.environment).map(([name, value]) => [name, here(value)]);
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, ...Object.fromEntries([...inFolder, ...settings]), ADMIN_PORT: String(port) };
      admin = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
      admin.stdout?.on('data', (text) => {
        output += String(text);
      });
      return { port, env };
    },
    areHealthy: async () => {
      if (admin !== undefined && admin.exitCode !== null) throw new Error(`the admin service has ended: ${output}`);
      try {
        await check(services.redis, (text) => text.replace('redis-cli', `redis-cli -p ${redis.port}`));
        await check(services.admin, here);
        return true;
      } catch {
        return false;
      }
    },
  };
}
