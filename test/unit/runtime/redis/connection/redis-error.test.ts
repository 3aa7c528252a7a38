import { describe, expect, it } from 'vitest';
import {
  failureKind,
  isConsequence,
  mayTryAgain,
  NotConnectedError,
  replyCode,
} from '../../../../../runtime/redis/connection/redis-error.js';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}
const inScript = 'script: 07b286cc8fe2dc56663a4b23334b1b8c13b859b1, on @user_script:2.';

/** Messages of Redis 7.0. */
const replies = [
  ['LOADING Redis is loading the dataset in memory', 'LOADING', 'refused'],
  ["READONLY You can't write against a read only replica.", 'READONLY', 'refused'],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'MASTERDOWN', 'refused'],
  ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN', 'refused'],
  ['CLUSTERDOWN Hash slot not served', 'CLUSTERDOWN', 'refused'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'TRYAGAIN', 'refused'],
  ['ASK 4531 127.0.0.1:6381', 'ASK', 'refused'],
  ['MOVED 4531 127.0.0.1:6381', 'MOVED', 'refused'],
  ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', 'BUSY', 'refused'],
  [
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    'MISCONF',
    'refused',
  ],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', 'refused'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', 'refused'],
  [`OOM command not allowed when used memory > 'maxmemory'. ${inScript}`, 'OOM', 'refused'],
  ['ERR max number of clients reached', 'MAXCLIENTS', 'refused'],
  ["NOPERM this user has no permissions to run the 'hset' command", 'NOPERM', 'denied'],
  ['NOPERM this user has no permissions to access one of the keys used as arguments', 'NOPERM', 'denied'],
  [`ERR The user executing the script can't run this command or subcommand ${inScript}`, 'NOPERM', 'denied'],
  [
    `ERR The user executing the script can't access at least one of the keys mentioned in the command arguments ${inScript}`,
    'NOPERM',
    'denied',
  ],
  ['NOAUTH Authentication required.', 'NOAUTH', 'denied'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS', 'denied'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'WRONGTYPE', 'denied'],
  [`WRONGTYPE Operation against a key holding the wrong kind of value ${inScript}`, 'WRONGTYPE', 'denied'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'CROSSSLOT', 'denied'],
  [`ERR Script attempted to access keys that do not hash to the same slot ${inScript}`, 'CROSSSLOT', 'denied'],
  ['ERR DB index is out of range', 'DBINDEX', 'denied'],
  ['ERR SELECT is not allowed in cluster mode', 'DBINDEX', 'denied'],
  ["NOGROUP No such key 'nos' or consumer group 'g' in XREADGROUP with GROUP option", 'NOGROUP', 'other'],
  [`NOGROUP No such key 'st' or consumer group 'g' ${inScript}`, 'NOGROUP', 'other'],
  ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT', 'other'],
  ['EXPIRED the deadline has passed', 'EXPIRED', 'other'],
  ['UNBLOCKED client unblocked via CLIENT UNBLOCK', 'UNBLOCKED', 'lost'],
  [`ERR no such key ${inScript}`, 'NOKEY', 'other'],
  ["ERR unknown command 'XYZ', with args beginning with:", undefined, 'other'],
  ['INTERNAL something that is none of these', undefined, 'other'],
] as const;

describe('error replies of Redis', () => {
  it.each(replies)('%s', (message, code, kind) => {
    expect(replyCode(reply(message))).toBe(code);
    expect(failureKind(reply(message))).toBe(kind);
    expect(mayTryAgain(reply(message))).toBe(kind === 'refused' || kind === 'lost');
  });
});

it('several errors together may be tried again if each of them may', () => {
  const [moved, denied] = [reply('MOVED 1 127.0.0.1:1'), reply('NOPERM this user has no permissions')];
  expect(mayTryAgain(new AggregateError([moved, moved]))).toBe(true);
  expect(mayTryAgain(new AggregateError([moved, denied]))).toBe(false);
});

/** Messages of ioredis 5. */
const clientErrors = [
  [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'unsent'],
  [new Error('Connection is closed.'), 'lost'],
  [new Error("Socket timeout. Expecting data, but didn't receive any in 15000ms."), 'lost'],
  [new Error('All sentinels are unreachable. Retrying from scratch after 10ms.'), 'lost'],
  [
    Object.assign(new Error('Reached the max retries per request limit'), { name: 'MaxRetriesPerRequestError' }),
    'lost',
  ],
  [Object.assign(new Error('Command aborted due to connection close'), { name: 'AbortError' }), 'lost'],
  [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'lost'],
  [Object.assign(new Error('getaddrinfo EAI_AGAIN redis'), { code: 'EAI_AGAIN' }), 'lost'],
  [new TypeError('x is not a function'), 'other'],
  ['READONLY as a string', 'other'],
  [undefined, 'other'],
] as const;

describe('errors of the client', () => {
  it.each(clientErrors)('%s', (error, kind) => {
    expect(replyCode(error)).toBeUndefined();
    expect(failureKind(error)).toBe(kind);
  });
});

describe('isConsequence: errors that only report the end of the connection', () => {
  it.each([
    [new NotConnectedError(), true],
    [new Error('Connection is closed.'), true],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), true],
    [reply('NOAUTH Authentication required.'), false],
    [new Error('connect ECONNREFUSED 127.0.0.1:6379'), false],
  ])('%s: %s', (error, expected) => {
    expect(isConsequence(error)).toBe(expected);
  });

  it('a call that was not sent because there is no connection may be repeated', () => {
    expect(failureKind(new NotConnectedError())).toBe('unsent');
  });
});
