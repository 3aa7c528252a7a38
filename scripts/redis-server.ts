import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A private Redis server: on a free port, in a temporary folder, ends with this process. */
export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  /** Process id of the running server. */
  readonly pid: number;
  /** Folder of the append-only file. */
  readonly folder: string;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
  /** Simulates a crash; the folder stays for {@link restart}. */
  kill(): Promise<void>;
  /** Shuts the server down after it has written everything to disk; the folder stays for {@link restart}. */
  shutdown(): Promise<void>;
  /** Starts the server again with the same port and folder. @param args Further arguments, instead of the former ones. */
  restart(args?: readonly string[]): Promise<void>;
}

/** Those of `redis-server` and `valkey-server` that are on PATH, in this order. */
export function redisServers(): string[] {
  return ['redis-server', 'valkey-server'].filter((name) => spawnSync(name, ['--version']).status === 0);
}

/** The first of {@link redisServers}; undefined if there is none. */
export function findRedisServer(): string | undefined {
  return redisServers()[0];
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a private Redis with its append-only file on, written every second.
 * @param args Further command line arguments, for example `['--maxmemory', '32mb']`.
 * @param command Name of the server program. Default: {@link findRedisServer}.
 * @param env Variables of the server, in addition to those of this process.
 */
export async function startRedis(
  args: readonly string[] = [],
  command = findRedisServer(),
  env: Readonly<Record<string, string>> = {},
): Promise<PrivateRedis> {
  if (command === undefined) throw new Error('neither redis-server nor valkey-server is on PATH: install one of them');
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-redis-'));
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'];
  const password = args.includes('--requirepass') ? args[args.indexOf('--requirepass') + 1] : undefined;
  let child: ChildProcess | undefined;

  const start = async (own: readonly string[]) => {
    const started = spawn(command, [...base, ...own], { stdio: 'ignore', env: { ...process.env, ...env } });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    await waitUntilReady(port, started, password);
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  };
  let given = args;
  await start(given);
  return {
    url: password === undefined ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`,
    port,
    folder,
    get pid() {
      return child?.pid ?? 0;
    },
    stop: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    shutdown: () => end('SIGTERM'),
    restart: async (own = given) => {
      await end('SIGTERM');
      given = own;
      await start(given);
    },
  };
}

/** A port that is free at present. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitUntilReady(port: number, child: ChildProcess, password: string | undefined): Promise<void> {
  const options = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 };
  const redis = new Redis(port, '127.0.0.1', password === undefined ? options : { ...options, password });
  redis.on('error', () => undefined);
  try {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (child.exitCode !== null) throw new Error(`redis-server exited immediately with exit code ${child.exitCode}`);
      try {
        await redis.connect();
        await redis.ping();
        return;
      } catch {
        await sleep(25);
      }
    }
    throw new Error(`redis-server does not respond on port ${port}`);
  } finally {
    redis.disconnect();
  }
}
