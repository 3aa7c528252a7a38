import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { tenant } from '../support/processes/chaos.js';
import { seededRandom } from '../support/random.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { succeeds, until } from '../support/wait.js';

const stage = useRecordedStage();
/** `CHAOS_SEED` repeats a run; `CHAOS_SECONDS` is its duration. */
const seed = Number(process.env.CHAOS_SEED ?? 20_261);
const seconds = Number(process.env.CHAOS_SECONDS ?? 10);

it(
  `⚑ an event that is published again with its id is in the stream once, with other writers and any losses (seed ${seed})`,
  async () => {
    const random = seededRandom(seed);
    const proxy = await stage.proxy();
    const options = { publishDeadlineMs: 400 };
    const buses = [stage.bus('shop', { ...options, redis: proxy.url }), stage.bus('till', options)];
    /** Event id → stream id, as returned by any publish. */
    const written = new Map<string, string>();
    let outcomesUnknown = 0;
    let duplicates = 0;

    async function publish(bus: number, id?: string): Promise<void> {
      const chosen = buses[bus] ?? buses[0];
      if (chosen === undefined) return;
      try {
        const published = await chosen.publish(OrderPlaced, anOrder, id === undefined ? tenant : { ...tenant, id });
        if (published.duplicate) duplicates += 1;
        expect(written.get(published.id) ?? published.streamId).toBe(published.streamId);
        written.set(published.id, published.streamId);
      } catch (error) {
        if (!(error instanceof EventBusError)) throw error;
        if (error.code === 'OUTCOME_UNKNOWN') {
          outcomesUnknown += 1;
          const [again = ''] = error.eventIds ?? [];
          await until('it is published again', () =>
            succeeds(publish(bus, again).then(() => expect(written.has(again)).toBe(true))),
          );
          return;
        }
        expect(['UNAVAILABLE', 'CONFLICT']).toContain(error.code);
      }
    }

    /** One bus, or both in parallel, publish once or several times. */
    async function someone(): Promise<void> {
      const id = random() < 0.6 ? createEventId(Date.now()) : undefined;
      const times = id !== undefined && random() < 0.3 ? 2 : 1;
      await Promise.all(Array.from({ length: times }, () => publish(random() < 0.5 ? 0 : 1, id)));
      if (id !== undefined && random() < 0.2) await publish(random() < 0.5 ? 0 : 1, id);
    }

    const end = performance.now() + seconds * 1_000;
    const isOver = () => performance.now() > end;
    const callers = Array.from({ length: 20 }, async () => {
      while (!isOver()) {
        await someone();
        await sleep(random() * 10);
      }
    });
    const foreign = async () => {
      while (!isOver()) {
        // With pauses, in which the buses do not need to read.
        await sleep(random() < 0.2 ? 600 : 20 * random());
        await stage.redis.xadd(
          '{hyvve:0}:events',
          '*',
          'e',
          `{"id":"${createEventId(Date.now())}","type":"of.another"}`,
        );
      }
    };
    const network = async () => {
      while (!isOver()) {
        await sleep(200 + random() * 600);
        if (random() < 0.5) {
          proxy.mode = 'drop-replies';
          await sleep(random() * 900);
        }
        proxy.cut();
        proxy.mode = 'pass';
      }
    };
    await Promise.all([...callers, foreign(), network()]);

    // The history shows that each event is in the stream once.
    expect(outcomesUnknown).toBeGreaterThan(0);
    expect(duplicates).toBeGreaterThan(0);
  },
  (seconds + 60) * 1_000,
);
