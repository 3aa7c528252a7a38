import { EventBusError } from '../../errors.js';
import type { Redis } from '../connection/client.js';
import type { Link } from '../connection/link.js';
import { replyCode } from '../connection/redis-error.js';
import { formerKeys, mapKey } from '../store/keys.js';
import { type MapFields, readMapScript, writeMapScript } from './partition-map.lua.js';

/** A growth that has ended. */
export interface Growth {
  /** Number of partitions after it. */
  readonly count: number;
  /** When it ended, by the clock of the server that has the map, in milliseconds since 1970. */
  readonly atMs: number;
}

/** The partitions of a bus, as stored in Redis. */
export interface PartitionMap {
  /** Number of the map's version, from 1 on. A publisher sends the epoch that it knows. */
  readonly epoch: number;
  /** Number of partitions. */
  readonly count: number;
  /** Number of partitions at the end of the growth that is under way; undefined if there is none. */
  readonly growing: number | undefined;
  /** All growths, oldest first. Each has doubled the number of partitions. */
  readonly growths: readonly Growth[];
}

/** Version of the storage format: in format 1, keys had no hash tag and there was no map. */
export const format = 2;

/** The map of a bus that is new. @param count Number of partitions. */
export function firstMap(count: number): PartitionMap {
  return { epoch: 1, count, growing: undefined, growths: [] };
}

/**
 * Reads the partition map. Writes `own` if there is no map, or one of an earlier epoch: Redis has lost the last writes. Sends each call
 * once.
 * @param link To the server that has the map. @param prefix Option of the bus. @param own The map as far as the caller knows it.
 * @throws EventBusError `REDIS_UNSUITABLE`: there are keys of an older version and no map, or the map is of a newer version;
 * `REDIS_DENIED`: the user may not look for keys of an older version; errors of ioredis
 */
export async function openMap(link: Link, prefix: string, own: PartitionMap): Promise<PartitionMap> {
  const found = await readMap(link, prefix);
  if (found !== undefined && found.epoch >= own.epoch) return found;
  if (found === undefined) await checkMigrated(link, prefix);
  return writeMap(link, prefix, own);
}

/**
 * Reads the partition map, for a process that does not know it. Writes the one that `make` returns if there is none. Sends each call once.
 * @param link To the server that has the map. @param prefix Option of the bus.
 * @throws the errors of {@link openMap} and of `make`
 */
export async function openUnknownMap(
  link: Link,
  prefix: string,
  make: () => Promise<PartitionMap>,
): Promise<PartitionMap> {
  const found = await readMap(link, prefix);
  if (found !== undefined) return found;
  await checkMigrated(link, prefix);
  return writeMap(link, prefix, await make());
}

async function writeMap(link: Link, prefix: string, own: PartitionMap): Promise<PartitionMap> {
  const { epoch, count: partitions, growing = '', growths } = own;
  const fields = { format, epoch, partitions, growing, growths: formatGrowths(growths) };
  return mapOf(await link.tryOnce(writeMapScript.call({ map: mapKey(prefix), ...fields })), prefix);
}

/**
 * Reads the partition map. Sends one call once.
 * @param link To the server that has the map. @param prefix Option of the bus. @returns Undefined if there is no map.
 * @throws EventBusError `REDIS_UNSUITABLE`: the map is of a newer version; errors of ioredis
 */
export async function readMap(link: Link, prefix: string): Promise<PartitionMap | undefined> {
  const fields = await link.tryOnce(readMapScript.call({ map: mapKey(prefix) }));
  return fields.every((field) => field === null) ? undefined : mapOf(fields, prefix);
}

/** @throws EventBusError `REDIS_UNSUITABLE`: the map is of a newer version, or damaged */
export function mapOf([version, epoch, partitions, growing, growths]: MapFields, prefix: string): PartitionMap {
  const map = {
    epoch: Number(epoch),
    count: Number(partitions),
    growing: growing === null ? undefined : Number(growing),
    growths: parseGrowths(growths ?? ''),
  };
  if (version === String(format) && map.epoch >= 1 && Number.isInteger(map.count) && map.count >= 1) return map;
  const problem = `the partition map ${mapKey(prefix)} has the format ${version}, and this version of the runtime reads ${format}`;
  throw new EventBusError('REDIS_UNSUITABLE', `${problem}; fix: install the version of the other services`);
}

/** As stored: `8@<ms> 16@<ms>`. */
function formatGrowths(growths: readonly Growth[]): string {
  return growths.map(({ count, atMs }) => `${count}@${atMs}`).join(' ');
}

function parseGrowths(text: string): readonly Growth[] {
  return [...text.matchAll(/(\d+)@(\d+)/g)].map(([, count, atMs]) => ({ count: Number(count), atMs: Number(atMs) }));
}

async function checkMigrated(link: Link, prefix: string): Promise<void> {
  if (await link.tryOnce((redis) => hasFormerKeys(redis, prefix))) throw notMigrated(prefix);
}

/** Whether Redis has the event stream of format 1, or the text that a migration leaves in its place until the map exists. */
async function hasFormerKeys(redis: Redis, prefix: string): Promise<boolean> {
  const { events } = formerKeys(prefix);
  try {
    return (await redis.exists(events)) === 1;
  } catch (error) {
    const code = replyCode(error);
    // Another node of a cluster has the slot: format 1 had no cluster.
    if (code === 'MOVED' || code === 'ASK') return false;
    if (code !== 'NOPERM') throw error;
    const problem = `NOPERM: Redis does not permit this user to look for the event stream of an older version, ${events}`;
    const fix = `permit reading it, with the key pattern %R~${events}; docs/operations.md ("Permissions")`;
    throw new EventBusError('REDIS_DENIED', `${problem}; fix: ${fix}`, { cause: error });
  }
}

function notMigrated(prefix: string): EventBusError {
  const problem = `Redis has keys of an older version (${formerKeys(prefix).events}), which are not or not completely migrated`;
  const fix = 'stop all services, then run `hyvve-events-admin partitions migrate-keys`; docs/upgrading.md';
  return new EventBusError('REDIS_UNSUITABLE', `${problem}; fix: ${fix}`);
}
