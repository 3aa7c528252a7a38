import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { findRedisServer } from './redis-server.js';

export interface EnsureOptions {
  /** Install without asking. Default: asks on a terminal, goes ahead where there is none. */
  readonly yes?: boolean;
}

/** How each package manager installs a Redis. */
const installers: readonly (readonly [tool: string, commands: readonly (readonly string[])[]])[] = [
  [
    'apt-get',
    [
      ['apt-get', 'update', '-qq'],
      ['apt-get', 'install', '-y', '-qq', 'redis-server'],
    ],
  ],
  ['apk', [['apk', 'add', 'redis']]],
  ['dnf', [['dnf', 'install', '-y', 'redis']]],
  ['brew', [['brew', 'install', 'redis']]],
];

/** The three ways to get a Redis, for whoever must do it by hand. */
export const waysToRedis = [
  'No Redis found. Three ways to get one:',
  '  1. install it: `apt-get install redis-server`, `brew install redis`, … (or valkey)',
  '  2. start the one of docker-compose.yml: `docker compose up -d redis`, then set REDIS_URL=redis://127.0.0.1:6379',
  '  3. set REDIS_URL to a Redis 7 that you have',
].join('\n');

/**
 * Sees to it that `redis-server` or `valkey-server` is on PATH, installing it with the system's package manager where it
 * is not.
 * @throws Error with {@link waysToRedis} when that cannot be done.
 */
export async function ensureRedis(options: EnsureOptions = {}): Promise<void> {
  if (findRedisServer() !== undefined) return;
  const installer = installers.find(([tool]) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0);
  if (installer === undefined) throw new Error(waysToRedis);
  const [tool, commands] = installer;
  if (options.yes !== true && process.stdin.isTTY && !(await agrees(`Redis is missing. Install it with ${tool}?`))) {
    throw new Error(waysToRedis);
  }
  console.error(`Redis is missing: installing it with ${tool} …`);
  for (const [command = '', ...args] of commands) {
    const sudo = process.getuid?.() !== 0 && tool !== 'brew';
    const { status } = spawnSync(sudo ? 'sudo' : command, sudo ? [command, ...args] : args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`\`${command} ${args.join(' ')}\` failed.\n${waysToRedis}`);
  }
  if (findRedisServer() === undefined) throw new Error(waysToRedis);
}

async function agrees(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [Y/n] `);
  terminal.close();
  return !/^n/i.test(answer.trim());
}
