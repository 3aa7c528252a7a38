import { createHash } from 'node:crypto';
import type { Redis } from './client.js';
import { replyCode } from './redis-error.js';

/** A Lua script as it is sent to Redis. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
}

export type ScriptArgument = string | number;

/**
 * When Redis runs a script:
 * - `drain`: also when it is out of memory; for scripts that finish work and thereby free memory.
 * - `read`: also while it refuses writes; for scripts that write nothing.
 * - `publish`: not when it is out of memory.
 */
export type ScriptMode = 'drain' | 'read' | 'publish';

/** The first line of a script, which sets its flags since Redis 7.0. */
const firstLines: Readonly<Record<ScriptMode, string>> = {
  drain: '#!lua flags=allow-oom',
  read: '#!lua flags=no-writes,allow-oom',
  publish: '#!lua',
};

export function newScript(name: string, mode: ScriptMode, lua: string): Script {
  const source = `${firstLines[mode]}\n${lua}`;
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** How a script is sent: by its hash, or with its source. */
export type ScriptCommand = 'EVALSHA' | 'EVAL';

/** Sends a script. */
export function sendScript(
  redis: Redis,
  command: ScriptCommand,
  { sha, source }: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  // One array, because the number of arguments of a spread call is limited.
  return redis.call(command, [command === 'EVALSHA' ? sha : source, keys.length, ...keys, ...args]);
}

/** Runs a script; loads it if Redis does not have it (first use, `SCRIPT FLUSH`, a restart). */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  try {
    return await sendScript(redis, 'EVALSHA', script, keys, args);
  } catch (error) {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return sendScript(redis, 'EVAL', script, keys, args);
  }
}
