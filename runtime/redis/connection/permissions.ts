import { EventBusError } from '../../errors.js';
import type { Keys } from '../store/keys.js';
import type { RedisConnection } from './redis-connection.js';
import { defineScript } from './script.js';

/** What every client of ours calls. */
const connecting = ['INFO', 'TIME', 'EVAL', 'EVALSHA', 'CLIENT|SETNAME', 'CLIENT|ID', 'CLIENT|UNBLOCK'] as const;
/** What a bus calls to publish, and to find out whether Redis has lost something. */
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
/** What a bus calls to handle events, beside publishing. */
const consuming = [
  ...['XREADGROUP', 'XACK', 'XCLAIM', 'XPENDING', 'XDEL', 'XTRIM', 'XLEN', 'XGROUP|CREATE', 'XGROUP|DELCONSUMER'],
  ...['XINFO|GROUPS', 'XINFO|CONSUMERS', 'DEL', 'HDEL', 'HEXISTS', 'HKEYS', 'HGETALL', 'HSETNX'],
  ...['ZADD', 'ZCARD', 'ZRANGE', 'ZREM', 'ZREMRANGEBYSCORE', 'ZSCORE'],
] as const;
/** What an operator calls beside that. */
const operating = [
  'XREVRANGE',
  'HLEN',
  'ZCOUNT',
  'ZRANGEBYSCORE',
  'ZREVRANGE',
  'ZREVRANGEBYSCORE',
  'ZREVRANK',
] as const;
/** What BullMQ calls: the timer of retries and the jobs of replays. */
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

/** Commands that serve without, only not as well: a name in `CLIENT LIST`, a read that is woken when the bus closes. */
const dispensable: readonly string[] = ['CLIENT|SETNAME', 'CLIENT|UNBLOCK'];

/** What a client does with Redis. */
export type Duty = 'publish' | 'consume' | 'operate' | 'replay';

const ofDuty: Readonly<Record<Duty, { readonly own: readonly string[]; readonly jobs: string | undefined }>> = {
  publish: { own: [...connecting, ...publishing], jobs: undefined },
  consume: { own: [...connecting, ...publishing, ...consuming], jobs: 'jobs' },
  operate: { own: [...connecting, ...publishing, ...consuming, ...operating], jobs: undefined },
  replay: { own: [...connecting, ...publishing, ...consuming, ...operating], jobs: 'replay-jobs' },
};

/** Every command that the runtime calls, in the order of the alphabet: the smallest rule of an ACL names these. */
export const permittedCommands: readonly string[] = [
  ...new Set<string>([...connecting, ...publishing, ...consuming, ...operating, ...jobs]),
].sort();

/** What a client of a duty calls for itself, BullMQ apart. */
export function commandsOf(duty: Duty): readonly string[] {
  return ofDuty[duty].own;
}

/**
 * Asks Redis what it would refuse, without doing any of it. It counts as a script that writes: while Redis refuses writes it
 * is refused as those are.
 *
 * KEYS  event stream, log;  ARGV  commands, their words by space
 * Gives the first command that this user may not call, '' where it may call all.
 */
const probeScript = defineScript(
  'probe',
  `
for i = 1, #ARGV do
  local words = {}
  for word in string.gmatch(ARGV[i], '%S+') do words[#words + 1] = word end
  if not redis.acl_check_cmd(unpack(words)) then return ARGV[i] end
end
return ''
`,
);

/**
 * Finds out whether Redis would carry out what a client is going to call: that it takes writes now, has the keys here, and
 * permits the commands to this user.
 * @throws EventBusError `REDIS_DENIED`, naming the command; ioredis's error where Redis refuses altogether
 */
export async function probeRedis(connection: RedisConnection, keys: Keys, duty: Duty): Promise<void> {
  const own = commandsOf(duty).filter((command) => !dispensable.includes(command));
  const calls = own.map((command) => callOf(command, keys.events));
  const { jobs: queue } = ofDuty[duty];
  if (queue !== undefined) for (const command of jobs) calls.push(callOf(command, `${keys.prefix}:${queue}:any`));
  const denied = String(await connection.run(probeScript, [keys.events, keys.log], calls));
  if (denied === '') return;
  const what = `Redis does not permit the call \`${denied}\` to the user that the bus connects as`;
  const fix = 'give that user the permission; docs/operations.md lists what it needs ("Permissions")';
  throw new EventBusError('REDIS_DENIED', `NOPERM: ${what}; fix: ${fix}`);
}

/** Words of a call as Redis would have to judge it. */
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
