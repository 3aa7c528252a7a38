import type { StatisticsSnapshot } from '@hyvve-events/runtime';
import { Gauge, type Registry } from 'prom-client';
import type { AdminContext } from '../context.js';

/** Gauges of the streams, the partitions, the memory of Redis, and the index. */
export class SystemGauges {
  readonly #streamLength: Gauge;
  readonly #deadLetters: Gauge;
  readonly #memoryUsed: Gauge;
  readonly #memoryMax: Gauge;
  readonly #indexBehind: Gauge;
  readonly #partitionUp: Gauge;

  constructor(registers: Registry[]) {
    const gauge = (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name, help, labelNames, registers });
    this.#streamLength = gauge('hyvve_stream_entries', 'Entries in the event stream.');
    this.#deadLetters = gauge('hyvve_dlq_size', 'Dead letters.');
    this.#memoryUsed = gauge('hyvve_redis_memory_used_bytes', 'Memory that Redis uses.');
    this.#memoryMax = gauge('hyvve_redis_memory_max_bytes', "Redis's maxmemory; 0 if it has none.");
    this.#indexBehind = gauge('hyvve_index_behind_seconds', 'How far the index is behind a stream.', [
      'source',
      'partition',
    ]);
    this.#partitionUp = gauge('hyvve_partition_up', '1 if the partition replies, else 0.', ['partition']);
  }

  /** @param partitions The indexes of all partitions; the snapshot may lack some of them. */
  set(snapshot: StatisticsSnapshot, partitions: readonly number[], index: AdminContext['indexer']['status']): void {
    const { stream, deadLetters, memory } = snapshot;
    this.#streamLength.set(stream.length);
    this.#deadLetters.set(deadLetters);
    this.#memoryUsed.set(memory.usedBytes);
    this.#memoryMax.set(memory.maxBytes ?? 0);
    const reachable = new Set(snapshot.partitions.map(({ partition }) => partition));
    for (const partition of partitions) this.#partitionUp.set({ partition }, reachable.has(partition) ? 1 : 0);
    for (const { partition, eventsBehindMs, logBehindMs } of index.partitions) {
      this.#indexBehind.set({ source: 'events', partition }, eventsBehindMs / 1000);
      this.#indexBehind.set({ source: 'log', partition }, logBehindMs / 1000);
    }
  }
}
