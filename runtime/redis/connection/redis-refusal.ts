import { EventBusError, type EventBusErrorCode } from '../../errors.js';
import { type DeniedCode, replyCode } from './redis-error.js';

/** What to say and do about a reply that is not temporary. */
interface Explanation {
  readonly code: EventBusErrorCode;
  readonly what: string;
  readonly fix: string;
}

const access = 'docs/operations.md lists what it needs ("Permissions")';
const otherKeys = 'another application may use the same prefix: choose another `prefix`, or remove that key';
const clusterFix =
  'the runtime cannot follow the slots of a Redis Cluster: use one Redis, or a master and replicas watched by Sentinel';

const explanations: Readonly<Record<DeniedCode | 'MOVED', Explanation>> = {
  NOPERM: {
    code: 'REDIS_DENIED',
    what: 'Redis does not permit this to the user that the bus connects as',
    fix: `give that user the permission; ${access}`,
  },
  NOAUTH: {
    code: 'REDIS_DENIED',
    what: 'Redis wants a password',
    fix: 'give username and password in the option `redis`',
  },
  WRONGPASS: {
    code: 'REDIS_DENIED',
    what: 'Redis does not know this username and password',
    fix: 'correct them in the option `redis`, or enable the user',
  },
  WRONGTYPE: {
    code: 'REDIS_UNSUITABLE',
    what: 'a key of the bus holds something else',
    fix: otherKeys,
  },
  DBINDEX: {
    code: 'REDIS_UNSUITABLE',
    what: 'Redis has no such database',
    fix: 'raise `databases` in its configuration, or choose another database in the option `redis`',
  },
  CROSSSLOT: { code: 'REDIS_CLUSTER', what: 'this server is a node of a Redis Cluster', fix: clusterFix },
  MOVED: {
    code: 'REDIS_CLUSTER',
    what: 'this server is a node of a Redis Cluster that does not own the keys',
    fix: clusterFix,
  },
};

/**
 * The error for a reply of Redis that stays until someone changes something: what it is, and what to do. Undefined for any
 * other error. `MOVED` is one here: the other node is not followed.
 * @param about What was tried: `database 7`.
 */
export function redisRefusal(error: unknown, about?: string): EventBusError | undefined {
  const explanation = explanations[replyCode(error) as DeniedCode];
  if (explanation === undefined || !(error instanceof Error)) return undefined;
  const { code, what, fix } = explanation;
  const place = about === undefined ? '' : ` (${about})`;
  return new EventBusError(code, `${what}${place}: ${error.message}; fix: ${fix}`, { cause: error });
}
