import { EventBusError } from '../../errors.js';

/** Error replies of Redis that the runtime distinguishes, by their first word; replies without one get a code from {@link unnamed}. */
export type ReplyCode =
  | TemporaryCode
  | DeniedCode
  | 'NOGROUP'
  | 'NOSCRIPT'
  | 'EXPIRED'
  | 'STALE'
  /** The publisher's partition map is out of date; nothing was written. */
  | 'EPOCH'
  | 'UNBLOCKED'
  /** `ERR no such key`, from XINFO. */
  | 'NOKEY';

/** Temporary refusals: nothing was done, and the same call may succeed later. */
export type TemporaryCode = (typeof temporaryCodes)[number];
/** Permanent refusals: the call fails until a person changes the user, the keys or the address. */
export type DeniedCode = (typeof deniedCodes)[number];

const temporaryCodes = [
  ...['LOADING', 'READONLY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'ASK', 'MOVED', 'BUSY', 'MISCONF'],
  ...['NOREPLICAS', 'OOM', 'MAXCLIENTS'],
] as const;
const deniedCodes = ['NOPERM', 'NOAUTH', 'WRONGPASS', 'WRONGTYPE', 'CROSSSLOT', 'DBINDEX'] as const;

const codes = new Set<string>([
  ...temporaryCodes,
  ...deniedCodes,
  'NOGROUP',
  'NOSCRIPT',
  'EXPIRED',
  'STALE',
  'EPOCH',
  'UNBLOCKED',
]);
const temporary = new Set<string | undefined>(temporaryCodes);
const denied = new Set<string | undefined>(deniedCodes);

/** Codes for replies that begin with ERR. */
const unnamed: readonly (readonly [RegExp, ReplyCode])[] = [
  [/^ERR no such key/, 'NOKEY'],
  [/^ERR max number of clients/, 'MAXCLIENTS'],
  [/^ERR (DB index is out of range|invalid DB index|SELECT is not allowed in cluster mode)/, 'DBINDEX'],
  [/^ERR (The user executing the script can't|ACL failure in script)/, 'NOPERM'],
  [/^ERR Script attempted to access (keys that do not hash|a non local key)/, 'CROSSSLOT'],
];

/**
 * The code of Redis's error reply, also if a script passed it on or if it is the cause of an `EventBusError`; undefined for
 * any other error.
 */
export function replyCode(error: unknown): ReplyCode | undefined {
  if (error instanceof RedirectedError) return 'ASK';
  if (error instanceof EventBusError) return replyCode(error.cause);
  if (!(error instanceof Error)) return undefined;
  const [, word = ''] = /^([A-Z]+) /.exec(error.message) ?? [];
  if (codes.has(word)) return word as ReplyCode;
  return word === 'ERR' ? unnamed.find(([pattern]) => pattern.test(error.message))?.[1] : undefined;
}

/**
 * How a call failed.
 * - `unsent`: it was not sent to Redis.
 * - `refused`: Redis did nothing; a later call may succeed.
 * - `lost`: the connection was lost; the call may have been executed.
 * - `denied`: Redis refuses it until its setup is changed. A script may have been stopped halfway.
 * - `other`: anything else.
 */
export type FailureKind = 'unsent' | 'refused' | 'lost' | 'denied' | 'other';

/** A call that was not sent, because the connection is suspended. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';

  constructor() {
    super('there is no connection to Redis');
  }
}

/**
 * A node of a cluster that does not have the keys at present has done nothing, and the runtime follows the keys. Its code is
 * `ASK`, which is temporary; `MOVED` is not, for the address of one server. The cause is the reply.
 */
export class RedirectedError extends Error {
  override readonly name = 'RedirectedError';

  constructor(cause: Error) {
    super(`the slot of the keys is being moved, or has another master: ${cause.message}`, { cause });
  }
}

/** A script that was executed, but whose writes too few replicas have confirmed: they are lost if the master fails now. */
export class NotReplicatedError extends Error {
  override readonly name = 'NotReplicatedError';

  constructor(confirmed: number, replicas: number) {
    super(`${confirmed} of ${replicas} replicas have confirmed the write`);
  }
}

/** Classifies an error of ioredis. */
export function failureKind(error: unknown): FailureKind {
  if (!(error instanceof Error)) return 'other';
  if (error instanceof NotConnectedError) return 'unsent';
  if (error instanceof NotReplicatedError) return 'lost';
  const code = replyCode(error);
  if (temporary.has(code)) return 'refused';
  if (denied.has(code)) return 'denied';
  if (code === 'UNBLOCKED') return 'lost';
  if (code !== undefined || error.name === 'ReplyError') return 'other';
  const { message } = error;
  if (message.startsWith("Stream isn't writeable")) return 'unsent';
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'AbortError') return 'lost';
  if (/^(Connection is closed|Socket closed|Socket timeout|All sentinels are unreachable)/.test(message)) return 'lost';
  const isNetwork =
    'code' in error &&
    typeof error.code === 'string' &&
    /^E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_AGAIN)/.test(error.code);
  return isNetwork ? 'lost' : 'other';
}

/** Whether the same call may succeed when it is repeated; it may already have been executed. */
export function mayTryAgain(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(mayTryAgain);
  const kind = failureKind(error);
  return kind === 'unsent' || kind === 'refused' || kind === 'lost';
}

/** Whether an error only reports that there is no connection, but not the reason. */
export function isConsequence(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (failureKind(error) === 'unsent' || error.name === 'MaxRetriesPerRequestError') return true;
  return /^(Connection is closed|Command aborted)/.test(error.message);
}
