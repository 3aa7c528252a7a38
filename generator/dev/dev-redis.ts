import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, portProblem } from './ports.js';

/** The Redis that `hyvve-events dev` uses. */
export interface DevRedis {
  readonly url: string;
  /** Where it comes from, for people. */
  readonly origin: string;
  /** Whether services find it without `REDIS_URL`. */
  readonly isDefault: boolean;
  /** Ends a private server and removes its data; does nothing for another one. */
  stop(): Promise<void>;
}

/** The port at which services look for Redis if nothing else is set. */
const defaultPort = 6379;
const startMs = 10_000;

/**
 * The given Redis, otherwise the one that runs on this machine, otherwise a private one.
 * @param given A URL; undefined if neither a flag nor `REDIS_URL` names one.
 * @returns undefined if no Redis runs, and none is installed
 */
export async function chooseRedis(given: string | undefined): Promise<DevRedis | undefined> {
  const stop = () => Promise.resolve();
  if (given !== undefined) return { url: given, origin: 'given', isDefault: given === process.env.REDIS_URL, stop };
  const url = `redis://127.0.0.1:${defaultPort}`;
  if (await answers(defaultPort)) return { url, origin: 'runs on this machine', isDefault: true, stop };
  const command = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
  return command === undefined ? undefined : startPrivateRedis(command);
}

async function startPrivateRedis(command: string): Promise<DevRedis> {
  const port = (await portProblem(defaultPort)) === undefined ? defaultPort : await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-events-redis-'));
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'],
    ...['--maxmemory', '256mb', '--maxmemory-policy', 'noeviction'],
  ];
  // In a process group of its own: Ctrl-C must not end it before the parts that use it.
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  const kill = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  for (let waited = 0; !(await answers(port)); waited += 50) {
    if (child.exitCode !== null || waited > startMs) {
      await stop();
      throw new Error(`${command} does not start on port ${port}`);
    }
    await sleep(50);
  }
  const url = `redis://127.0.0.1:${port}`;
  return { url, origin: 'private, removed at the end', isDefault: port === defaultPort, stop };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

/** Whether a Redis answers at a port of this machine, also one that requires a password. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 }, () => socket.write('PING\r\n'));
    const done = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}
