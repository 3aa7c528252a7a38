import type { Logger } from '../../logger.js';
import { fieldsOf } from '../store/keys.js';
import type { Link } from './link.js';

/** Longest `cluster-node-timeout` that is recommended, in milliseconds: a failover must end before publishes reject. */
const longestNodeTimeoutMs = 5_000;

/** A setting of a server that is not as recommended. */
interface Deviation {
  readonly setting: string;
  readonly value: string;
  readonly recommended: string;
}

type Settings = Readonly<Record<string, string | undefined>>;

const names = ['cluster-require-full-coverage', 'cluster-node-timeout', 'appendonly', 'appendfsync'] as const;

/**
 * Logs one warning if settings of a server are not as recommended: on a Redis Cluster those of its nodes, and with `replicas` their
 * number. Settings that cannot be read are not checked: managed services do not allow `CONFIG GET`, nor does the minimal ACL rule.
 * @param info Reply of INFO. @param replicas Number of replicas that a publish waits for; undefined if it waits for none.
 */
export async function warnOfSettings(
  connection: Link,
  info: string,
  logger: Logger,
  replicas: number | undefined,
): Promise<void> {
  const isCluster = /^cluster_enabled:1/m.test(info);
  const deviations = ofReplicas(info, replicas ?? (isCluster ? 1 : 0));
  if (isCluster) deviations.push(...ofSettings(await readSettings(connection, logger)));
  if (deviations.length === 0) return;
  const texts = deviations.map(
    ({ setting, value, recommended }) => `${setting} is ${value}, recommended is ${recommended}`,
  );
  const message = `settings of this Redis server make losses or standstills more likely: ${texts.join('; ')}`;
  logger.warn({ settings: deviations }, message);
}

async function readSettings(connection: Link, logger: Logger): Promise<Settings> {
  try {
    const reply = await connection.tryOnce((redis) => redis.config('GET', ...names));
    return fieldsOf(reply as readonly string[]);
  } catch (error) {
    logger.debug({ err: error }, 'the settings of Redis cannot be read');
    return {};
  }
}

function ofReplicas(info: string, wanted: number): Deviation[] {
  const [, value = '0'] = /^connected_slaves:(\d+)/m.exec(info) ?? [];
  if (Number(value) >= wanted) return [];
  return [{ setting: 'the number of replicas', value, recommended: `at least ${wanted}` }];
}

function ofSettings(settings: Settings): Deviation[] {
  const found: Deviation[] = [];
  const check = (setting: (typeof names)[number], recommended: string, isGood: (value: string) => boolean) => {
    const value = settings[setting];
    if (value !== undefined && !isGood(value)) found.push({ setting, value, recommended });
  };
  check('cluster-require-full-coverage', 'no', (value) => value === 'no');
  check('cluster-node-timeout', '3000 to 5000', (value) => Number(value) <= longestNodeTimeoutMs);
  check('appendonly', 'yes', (value) => value === 'yes');
  if (settings.appendonly === 'yes') check('appendfsync', 'everysec', (value) => value !== 'no');
  return found;
}
