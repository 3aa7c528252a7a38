import { plainVersion } from '../../event/versions.js';
import type { Link } from '../connection/redis-connection.js';
import type { GroupKeys } from '../store/keys.js';

/** What the deliveries in one set of parked ones wait for. */
export interface ParkedName {
  readonly handler: string;
  readonly type: string;
  /** `major.minor.patch`, without what may follow it. */
  readonly version: string;
}

/** The name of a set of parked deliveries: `<handler>~<type>~<version>`. */
export function formatParkedName(handler: string, type: string, version: string): string {
  return `${handler}~${type}~${plainVersion(version)}`;
}

/** Reads a name from its end: a handler's name may have `~`. Undefined for text that is no such name. */
export function parseParkedName(name: string): ParkedName | undefined {
  const [, handler, type, version] = /^(.+)~([^~]+)~(\d+\.\d+\.\d+)$/s.exec(name) ?? [];
  if (handler === undefined || type === undefined || version === undefined) return undefined;
  return { handler, type, version };
}

/** A set of parked deliveries, by its name. */
export interface ParkedSet extends ParkedName {
  readonly name: string;
}

/** The sets of parked deliveries that a group has, sorted by name. */
export async function readParkedNames(link: Link, group: GroupKeys): Promise<readonly ParkedSet[]> {
  const names = await link.tryOnce((redis) => redis.hkeys(group.ahead));
  return names.sort().flatMap((name) => {
    const parsed = parseParkedName(name);
    return parsed === undefined ? [] : [{ name, ...parsed }];
  });
}

/** How many deliveries of a group are parked. @param sets Those that the group has, where they were read already. */
export async function countParked(link: Link, group: GroupKeys, sets?: readonly ParkedSet[]): Promise<number> {
  const all = sets ?? (await readParkedNames(link, group));
  const counts = await Promise.all(all.map(({ name }) => link.tryOnce((redis) => redis.zcard(group.due(name)))));
  return counts.reduce((sum, count) => sum + count, 0);
}
