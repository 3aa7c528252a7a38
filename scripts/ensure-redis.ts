import { createInterface } from 'node:readline/promises';
import { findInstaller, install, type SystemPackage } from './install.js';
import { findRedisServer } from './redis-server.js';

export interface EnsureOptions {
  /** Install without a question. Default: asks on a terminal, installs without one. */
  readonly yes?: boolean;
}

const redisPackage: SystemPackage = { apt: 'redis-server', apk: 'redis', dnf: 'redis', brew: 'redis' };

/** Instructions for a manual installation. */
export const waysToRedis = [
  'No Redis was found. There are three ways to get one:',
  '  1. install it: `apt-get install redis-server`, `brew install redis`, … (or valkey)',
  '  2. start the service of docker-compose.yml (docs/admin.md, "Containers"): `docker compose up -d redis`, then set',
  '     REDIS_URL=redis://:<REDIS_PASSWORD>@127.0.0.1:6379',
  '  3. set REDIS_URL to an existing Redis 7',
].join('\n');

/**
 * Ensures that `redis-server` or `valkey-server` is on PATH; installs it with the system's package manager if necessary.
 * @throws Error with {@link waysToRedis} when it cannot be installed.
 */
export async function ensureRedis(options: EnsureOptions = {}): Promise<void> {
  if (findRedisServer() !== undefined) return;
  const tool = findInstaller();
  if (tool === undefined) throw new Error(waysToRedis);
  if (options.yes !== true && process.stdin.isTTY && !(await agrees(`Redis is missing. Install it with ${tool}?`))) {
    throw new Error(waysToRedis);
  }
  console.error(`Redis is missing: installing it with ${tool} …`);
  try {
    install(tool, redisPackage);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${why}.\n${waysToRedis}`, { cause });
  }
  if (findRedisServer() === undefined) throw new Error(waysToRedis);
}

async function agrees(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [Y/n] `);
  terminal.close();
  return !/^n/i.test(answer.trim());
}
