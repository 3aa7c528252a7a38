import type { Counts, EventOperator, SeriesResult } from '@hyvve-events/runtime';
import { Counter, type Registry } from 'prom-client';

const minuteMs = 60_000;
/** Minutes that are read again: their counts may have increased since the last reading. */
const overlapMinutes = 2;
/** After a longer pause between readings, older minutes are omitted: added together, they would look like a peak. */
const maxMinutes = 60;

type RunCount = Exclude<keyof Counts, 'published'>;

/** The counts of runs, with their names in the metrics and their help texts. */
const runCounts = {
  completed: { name: 'handled', help: 'Runs of handlers that succeeded.' },
  failed: { name: 'failed', help: 'Runs of handlers that failed.' },
  retried: { name: 'retried', help: "Runs that were not a handler's first of its event." },
  dead: { name: 'dead', help: 'Deliveries that became dead letters.' },
} as const satisfies Record<RunCount, { readonly name: string; readonly help: string }>;
const runCountNames = Object.keys(runCounts) as readonly RunCount[];

/** Counters of published events and of runs of handlers, over all processes. */
export class EventCounters {
  readonly #published: Counter;
  readonly #runs: Readonly<Record<RunCount, Counter>>;
  /** What was added already: counts by minute, labels and name. */
  readonly #added = new Map<string, number>();
  /** The first minute of the next reading, in minutes since 1970. */
  #firstMinute = Math.floor(Date.now() / minuteMs);

  constructor(registers: Registry[]) {
    this.#published = new Counter({
      name: 'hyvve_events_published_total',
      help: 'Events written to the stream.',
      labelNames: ['type'],
      registers,
    });
    const runCounter = (count: RunCount) => {
      const { name, help } = runCounts[count];
      return new Counter({
        name: `hyvve_events_${name}_total`,
        help,
        labelNames: ['type', 'group', 'handler'],
        registers,
      });
    };
    this.#runs = {
      completed: runCounter('completed'),
      failed: runCounter('failed'),
      retried: runCounter('retried'),
      dead: runCounter('dead'),
    };
  }

  /** Adds what was counted since the last reading. @throws EventBusError `UNAVAILABLE` */
  async update(statistics: EventOperator['statistics']): Promise<void> {
    const thisMinute = Math.floor(Date.now() / minuteMs);
    const first = Math.max(this.#firstMinute, thisMinute - maxMinutes);
    const range = { every: 'minute', from: new Date(first * minuteMs) } as const;
    this.#add(await statistics.series({ ...range, by: ['type', 'group', 'handler'] }));
    this.#firstMinute = Math.max(this.#firstMinute, thisMinute - overlapMinutes);
    const oldest = new Date(this.#firstMinute * minuteMs).toISOString();
    for (const bucket of this.#added.keys()) {
      if ((JSON.parse(bucket) as [string])[0] < oldest) this.#added.delete(bucket);
    }
  }

  /** Adds the increase of each count: the counts of a minute never decrease. */
  #add({ at, series }: SeriesResult): void {
    for (const { key, points } of series) {
      for (const [index, counts] of points.entries()) {
        for (const name of ['published', ...runCountNames] as const) {
          const bucket = JSON.stringify([at[index], key, name]);
          const increase = counts[name] - (this.#added.get(bucket) ?? 0);
          if (increase <= 0) continue;
          this.#added.set(bucket, counts[name]);
          if (name === 'published') this.#published.inc({ type: key.type ?? '*' }, increase);
          else this.#runs[name].inc({ ...key }, increase);
        }
      }
    }
  }
}
