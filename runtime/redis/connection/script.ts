import { createHash } from 'node:crypto';
import type { Redis } from './client.js';
import { replyCode } from './redis-error.js';

/** A Lua script: one atomic step on Redis. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
}

export type ScriptArgument = string | number;

/**
 * Defines a script that may run when Redis is out of memory, as everything must that lets what is inside drain. Needs
 * Redis 7.0, where a script says so in its first line.
 */
export function defineScript(name: string, body: string): Script {
  return withSha(name, `#!lua flags=allow-oom\n${body}`);
}

/** Defines a script that writes nothing: Redis runs it also while it refuses writes. */
export function defineReadScript(name: string, body: string): Script {
  return withSha(name, `#!lua flags=no-writes,allow-oom\n${body}`);
}

/** Defines a script that Redis refuses when it is out of memory: publishing, and nothing else. */
export function definePublishScript(name: string, body: string): Script {
  return withSha(name, `#!lua\n${body}`);
}

function withSha(name: string, source: string): Script {
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Runs a script, loading it where Redis does not have it (first use, `SCRIPT FLUSH`, a restart). */
export async function runScript(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  try {
    // One argument: that of a call that is spread has a limit.
    return await redis.call('EVALSHA', [script.sha, keys.length, ...keys, ...args]);
  } catch (error) {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return redis.call('EVAL', [script.source, keys.length, ...keys, ...args]);
  }
}
