import type { ReadVersions } from '../../operate/versions.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { parseReads } from '../store/read-versions.js';
import { parseObject } from '../store/scheduled-retry.js';

/** One process of one group, from its registration and heartbeats. */
export interface RegisteredConsumer {
  readonly consumer: string;
  readonly group: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Time since its last heartbeat, in milliseconds. */
  readonly sinceHeartbeatMs: number;
  readonly concurrency: number;
  /** Hash of the catalog from which its SDK was generated. */
  readonly catalogHash?: string;
  readonly handlers: readonly { readonly name: string; readonly pattern: string }[];
  /**
   * The event types that its SDK defines and its handlers get, with their versions. Undefined for a process with an earlier
   * version of the runtime.
   */
  readonly reads: readonly ReadVersions[] | undefined;
}

/** Fields of a process whose description is missing. */
const undescribed = { host: '', pid: 0, startedAt: '', concurrency: 0, handlers: [] };

/** Every process that handles events, of all groups. Each process registers in every partition. */
export async function registeredConsumers(partitions: Partitions): Promise<readonly RegisteredConsumer[]> {
  const found = new Map<string, RegisteredConsumer>();
  for (const consumer of (await partitions.each(consumersOf)).flat()) {
    const name = JSON.stringify([consumer.group, consumer.consumer]);
    const known = found.get(name);
    // A partition may not get its heartbeats at present.
    if (known === undefined || consumer.sinceHeartbeatMs < known.sinceHeartbeatMs) found.set(name, consumer);
  }
  return [...found.values()];
}

async function consumersOf({ connection, keys }: Partition): Promise<readonly RegisteredConsumer[]> {
  const found: RegisteredConsumer[] = [];
  for (const group of await connection.ask((redis) => redis.hkeys(keys.groups))) {
    const { consumers, alive } = keys.group(group);
    const described = await connection.ask((redis) => redis.hgetall(consumers));
    for (const [consumer, json] of Object.entries(described)) {
      const at = Number((await connection.ask((redis) => redis.zscore(alive, consumer))) ?? 0);
      const sinceHeartbeatMs = Math.max(0, Math.round(connection.now() - at));
      const description = parseObject(json) as Partial<RegisteredConsumer>;
      const reads = parseReads(description.reads);
      found.push({ ...undescribed, ...description, group, consumer, sinceHeartbeatMs, reads });
    }
  }
  return found;
}
