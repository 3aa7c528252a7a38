import type { Link } from '../connection/link.js';
import { aliveMs } from '../statistics/snapshot.js';
import type { Keys } from '../store/keys.js';

/** Names of the processes with a recent heartbeat: consumers, with their group, and publishers. */
export async function livingProcesses(link: Link, keys: Keys): Promise<readonly string[]> {
  const found: string[] = [];
  for (const group of await link.ask((redis) => redis.hkeys(keys.groups))) {
    const since = link.now() - aliveMs;
    const alive = await link.ask((redis) => redis.zrangebyscore(keys.group(group).alive, since, '+inf'));
    found.push(...alive.map((consumer) => `${group} ${consumer}`));
  }
  const seen = await link.ask((redis) => redis.hgetall(keys.publishersSeen));
  for (const [publisher, ms] of Object.entries(seen)) if (link.now() - Number(ms) < aliveMs) found.push(publisher);
  return found;
}
