import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './redis-server.js';

/** A private PostgreSQL server: on a free port, in a temporary folder, ends with this process. */
export interface PrivatePostgres {
  readonly url: string;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
  /** Simulates a crash; the folder stays for {@link restart}. */
  kill(): Promise<void>;
  /** Starts the server again with the same port and folder. */
  restart(): Promise<void>;
}

/** Folder in which Debian installs the programs of each version; it is not on PATH. */
const debianFolder = '/usr/lib/postgresql';

/** The folder of PostgreSQL's programs; undefined if it is not installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(debianFolder, version, 'bin'));
  const { stdout, status } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  if (status === 0) folders.push(stdout.trim());
  return folders.find((folder) => existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb')));
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGQUIT');
});

/** Starts a private PostgreSQL. If this process runs as root, the server runs as the user `postgres`: it refuses root. */
export async function startPostgres(): Promise<PrivatePostgres> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error('PostgreSQL is not installed: install it');
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-postgres-'));
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const initdb = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  let child: ChildProcess | undefined;
  const start = async () => {
    const settings = [
      'fsync=off',
      'full_page_writes=off',
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
    ];
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const started = spawn(join(programs, 'postgres'), args, { ...user, cwd: folder, stdio: 'ignore' });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    await waitUntilReady(port, started);
  };
  const end = async () => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGQUIT');
    await ended;
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
    kill: end,
    restart: start,
  };
}

function idOf(flag: '-u' | '-g'): number {
  const { stdout, status } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  if (status !== 0) throw new Error('the user postgres does not exist; PostgreSQL refuses to run as root');
  return Number(stdout.trim());
}

/** Resolves when the server accepts connections: during recovery it closes them, or replies with an error. */
async function waitUntilReady(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`postgres exited immediately with exit code ${child.exitCode}`);
    if (await authenticates(port)) return;
    await sleep(25);
  }
  throw new Error(`PostgreSQL does not respond on port ${port}`);
}

/** Sends the first message of the protocol: a ready server replies with `R`, a starting one with `E`. */
function authenticates(port: number): Promise<boolean> {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0');
  const head = Buffer.alloc(8);
  head.writeInt32BE(parameters.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => socket.write(Buffer.concat([head, parameters])));
    socket.once('data', (answer) => done(answer[0] === 'R'.charCodeAt(0)));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}
