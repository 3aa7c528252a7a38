import { EventBusError, type EventBusErrorCode } from '../../errors.js';
import { type DeniedCode, replyCode } from './redis-error.js';

/** Error code, description and fix for a permanent refusal. */
interface Explanation {
  readonly code: EventBusErrorCode;
  readonly problem: string;
  readonly fix: string;
}

const access = 'docs/operations.md lists the required permissions ("Permissions")';
const otherKeys = 'another application may use the same prefix: choose another `prefix`, or remove that key';
const clusterFix =
  "list the cluster's nodes, so that the runtime follows its slots: redis: { nodes: ['redis://host:port', …] }";

const explanations: Readonly<Record<DeniedCode | 'MOVED', Explanation>> = {
  NOPERM: {
    code: 'REDIS_DENIED',
    problem: 'Redis does not permit this command to the user of this connection',
    fix: `permit it to that user; ${access}`,
  },
  NOAUTH: {
    code: 'REDIS_DENIED',
    problem: 'Redis requires a password',
    fix: 'set username and password in the option `redis`',
  },
  WRONGPASS: {
    code: 'REDIS_DENIED',
    problem: 'Redis does not know this username and password',
    fix: 'correct them in the option `redis`, or enable the user',
  },
  WRONGTYPE: {
    code: 'REDIS_UNSUITABLE',
    problem: 'a key of the bus contains a value of another type',
    fix: otherKeys,
  },
  DBINDEX: {
    code: 'REDIS_UNSUITABLE',
    problem: 'Redis does not have this database',
    fix: 'raise `databases` in its configuration, or choose another database in the option `redis`',
  },
  CROSSSLOT: { code: 'REDIS_CLUSTER', problem: 'this server is a node of a Redis Cluster', fix: clusterFix },
  MOVED: {
    code: 'REDIS_CLUSTER',
    problem: 'this server is a node of a Redis Cluster that does not own the keys',
    fix: clusterFix,
  },
};

/**
 * The error for a permanent refusal by Redis, with its fix; undefined for any other error. `MOVED` counts as permanent if
 * the address is that of one server: redirections are followed only in a cluster whose nodes are listed.
 * @param about Object of the call: `database 7`.
 */
export function redisRefusal(error: unknown, about?: string): EventBusError | undefined {
  const explanation = explanations[replyCode(error) as DeniedCode];
  if (explanation === undefined || !(error instanceof Error)) return undefined;
  const { code, problem, fix } = explanation;
  const place = about === undefined ? '' : ` (${about})`;
  return new EventBusError(code, `${problem}${place}: ${error.message}; fix: ${fix}`, { cause: error });
}
