import { EventBusError } from '../../errors.js';
import type { Keys } from '../store/keys.js';
import type { Link } from './link.js';
import { probeScript } from './probe.lua.js';

/** Commands that every client calls. */
const connecting = ['INFO', 'TIME', 'EVAL', 'EVALSHA', 'CLIENT|SETNAME', 'CLIENT|ID', 'CLIENT|UNBLOCK'] as const;
/** Commands that a bus calls to publish, and to detect lost writes. */
const publishing = [
  ...[
    'XADD',
    'XRANGE',
    'XINFO|STREAM',
    'EXISTS',
    'GET',
    'SET',
    'HGET',
    'HMGET',
    'HSET',
    'HINCRBY',
    'EXPIRE',
    'PEXPIRE',
    'PTTL',
  ],
] as const;
/** Further commands that a bus calls to handle events. */
const consuming = [
  ...['XREADGROUP', 'XACK', 'XCLAIM', 'XPENDING', 'XDEL', 'XTRIM', 'XSETID', 'XLEN'],
  ...['XGROUP|CREATE', 'XGROUP|DELCONSUMER'],
  ...['XINFO|GROUPS', 'XINFO|CONSUMERS', 'DEL', 'HDEL', 'HEXISTS', 'HKEYS', 'HGETALL', 'HLEN', 'HSCAN', 'HSETNX'],
  ...['ZADD', 'ZCARD', 'ZRANGE', 'ZREM', 'ZREMRANGEBYSCORE', 'ZSCORE'],
] as const;
/** Further commands that an operator calls. */
const operating = ['XREVRANGE', 'ZCOUNT', 'ZRANGEBYSCORE', 'ZREVRANGE', 'ZREVRANGEBYSCORE', 'ZREVRANK'] as const;
/** Commands that BullMQ calls, for the timer of retries and the jobs of replays. */
const jobs = [
  ...['BZPOPMIN', 'DEL', 'EXISTS', 'GET', 'HDEL', 'HEXISTS', 'HGET', 'HGETALL', 'HINCRBY', 'HMGET', 'HMSET', 'HSET'],
  ...['INCR', 'LINDEX', 'LLEN', 'LPOP', 'LPUSH', 'LRANGE', 'LREM', 'LTRIM', 'PERSIST', 'PEXPIRE', 'PTTL', 'RENAME'],
  ...['RPOPLPUSH', 'RPUSH', 'SADD', 'SCARD', 'SET', 'SMEMBERS', 'SREM', 'XADD', 'XTRIM', 'ZADD', 'ZCARD', 'ZPOPMIN'],
  ...[
    'ZRANGE',
    'ZRANGEBYSCORE',
    'ZREM',
    'ZREMRANGEBYRANK',
    'ZREMRANGEBYSCORE',
    'ZREVRANGE',
    'ZREVRANGEBYSCORE',
    'ZSCORE',
  ],
] as const;

/** Optional commands: they set a name for `CLIENT LIST` and interrupt a blocking read when the bus closes. */
const optional: readonly string[] = ['CLIENT|SETNAME', 'CLIENT|UNBLOCK'];

/** Purpose of a client. */
export type Duty = 'publish' | 'consume' | 'operate';

const ofDuty: Readonly<Record<Duty, readonly string[]>> = {
  publish: [...connecting, ...publishing],
  consume: [...connecting, ...publishing, ...consuming],
  operate: [...connecting, ...publishing, ...consuming, ...operating],
};

/** Every command that the runtime calls, sorted: the minimal ACL rule allows these. */
export const permittedCommands: readonly string[] = [
  ...new Set<string>([...connecting, ...publishing, ...consuming, ...operating, ...jobs]),
].sort();

/** Commands that a client with this duty calls, without those of BullMQ. */
export function commandsOf(duty: Duty): readonly string[] {
  return ofDuty[duty];
}

/**
 * Checks whether Redis accepts the commands of a client: it must accept writes now, serve the keys on this node, and permit
 * the commands to this user. {@link probeJobs} checks those of BullMQ.
 * @throws EventBusError `REDIS_DENIED`, naming the command; the error of ioredis when Redis refuses the check itself
 */
export async function probeRedis(connection: Link, keys: Keys, duty: Duty): Promise<void> {
  const commands = commandsOf(duty).filter((command) => !optional.includes(command));
  await probe(connection, [keys.events, keys.log], commands);
}

/**
 * Checks the same for the commands of BullMQ, which repeats a refused command endlessly.
 * @param connection To the server that has the keys of the tag. @param tag Hash tag of the jobs' keys.
 * @throws as {@link probeRedis}
 */
export function probeJobs(connection: Link, tag: string): Promise<void> {
  return probe(connection, [`{${tag}}:any`], jobs);
}

async function probe(
  connection: Link,
  keys: readonly [string, ...string[]],
  commands: readonly string[],
): Promise<void> {
  const calls = commands.map((command) => callOf(command, keys[0]));
  const denied = await connection.tryOnce(probeScript.call({ keys, commands: calls }));
  if (denied === '') return;
  const problem = `Redis does not permit the command \`${denied}\` to the user of this connection`;
  const fix = 'permit it to that user; docs/operations.md lists the required commands ("Permissions")';
  throw new EventBusError('REDIS_DENIED', `NOPERM: ${problem}; fix: ${fix}`);
}

/** A sample call of a command, whose permission the script checks. */
function callOf(command: string, key: string): string {
  const [name = '', sub] = command.split('|');
  if (name === 'CLIENT') return `CLIENT ${sub}`;
  if (name === 'INFO' || name === 'TIME') return name;
  if (name === 'EVAL' || name === 'EVALSHA') return `${name} x 1 ${key}`;
  if (name === 'XREADGROUP') return `XREADGROUP GROUP any any STREAMS ${key} >`;
  if (name === 'RENAME' || name === 'RPOPLPUSH') return `${name} ${key} ${key}`;
  if (name === 'DEL' || name === 'EXISTS') return `${name} ${key}`;
  if (name === 'BZPOPMIN') return `BZPOPMIN ${key} 1`;
  return sub === undefined ? `${name} ${key} 1 1 1` : `${name} ${sub} ${key} 1 1`;
}
