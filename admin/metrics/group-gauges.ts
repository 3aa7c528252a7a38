import type { GroupStatistics } from '@hyvve-events/runtime';
import { Gauge, type Registry } from 'prom-client';

/** Gauges of the consumer groups. */
export class GroupGauges {
  readonly #pending: Gauge;
  readonly #lag: Gauge;
  readonly #age: Gauge;
  readonly #scheduled: Gauge;
  readonly #parked: Gauge;
  readonly #deadLetters: Gauge;
  readonly #consumers: Gauge;

  constructor(registers: Registry[]) {
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `hyvve_group_${name}`, help, labelNames: ['group'], registers });
    this.#pending = gauge('pending', 'Entries read and not finished.');
    this.#lag = gauge('lag', 'Entries not read yet; absent if Redis cannot compute it.');
    this.#age = gauge('oldest_unfinished_seconds', 'Age of the oldest unfinished entry; 0 if there is none.');
    this.#scheduled = gauge('scheduled_retries', 'Deliveries that wait for a retry.');
    this.#parked = gauge('parked', 'Deliveries that wait for a build that can read their version.');
    this.#deadLetters = gauge('dead_letters', 'Dead letters of the group.');
    this.#consumers = gauge('consumers', 'Processes with a heartbeat within the last minute.');
  }

  /** Sets the figures of all groups. Groups that no longer exist are removed. */
  set(groups: readonly GroupStatistics[]): void {
    const all = [
      this.#pending,
      this.#lag,
      this.#age,
      this.#scheduled,
      this.#parked,
      this.#deadLetters,
      this.#consumers,
    ];
    for (const gauge of all) gauge.reset();
    for (const { group, ...figures } of groups) {
      this.#pending.set({ group }, figures.pending);
      if (figures.lag !== 'unknown') this.#lag.set({ group }, figures.lag);
      this.#age.set({ group }, (figures.oldestUnfinishedMs ?? 0) / 1000);
      this.#scheduled.set({ group }, figures.scheduled);
      this.#parked.set({ group }, figures.parked);
      this.#deadLetters.set({ group }, figures.deadLetters);
      this.#consumers.set({ group }, figures.consumers);
    }
  }
}
