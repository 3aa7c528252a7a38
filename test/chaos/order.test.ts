import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { OrderedGroup, redrive, repeat, unfinished } from '../support/order/ordered-group.js';
import { seededRandom } from '../support/random.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
/** `CHAOS_SEED` repeats the choices; `CHAOS_SECONDS` is the duration of the faults. */
const seed = Number(process.env.CHAOS_SEED ?? 424_242);
const seconds = Number(process.env.CHAOS_SECONDS ?? 4);
const keys = 30;

it(`⚑ order by key while processes die and stop, and a deployment adds it (CHAOS_SEED=${seed}, ${seconds} s): each key runs in order, and no key queue is left`, {
  timeout: seconds * 1_000 + 120_000,
}, async () => {
  const random = seededRandom(seed);
  const shop = stage.bus('shop', { partitions: 4 });
  const group = new OrderedGroup(stage, random, await stage.proxy());
  const strikes: string[] = [];
  const [draw, choose] = [seededRandom(seed + 1), seededRandom(seed + 2)];
  const publishing = repeat(async () => {
    const drawn = Array.from({ length: 1 + Math.floor(draw() * 8) }, () => Math.floor(keys * draw() ** 3));
    const own = (key: number) => ({ tenantId: `tenant-${key % 8}`, key: `key-${key}` });
    await Promise.all(drawn.map((key) => shop.publish(OrderPlaced, anOrder, own(key))));
  }, 25);
  // Some that let the next events pass are left until all others are finished.
  let leavesSome = true;
  const isLeft = ({ handler, tenantId }: DeadLetter) => leavesSome && handler === 'holds' && tenantId === 'tenant-0';
  const operating = repeat(() => redrive(stage.operator, choose, isLeft), 150);
  try {
    await Promise.all([group.start(), group.start(), group.start()]);
    await sleep(300);
    await group.deploy();
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      const [name, strike] = group.faults[Math.floor(random() * group.faults.length)] ?? ['none', async () => {}];
      strikes.push(name);
      await strike();
      await sleep(random() * 300);
    }
    await publishing.stop();
    await until('everything is finished', async () => (await unfinished(stage.operator)) === 0, 60_000);
    leavesSome = false;
    await until('no dead letter is left', async () => {
      return (await stage.operator.deadLetters.count()) + (await unfinished(stage.operator)) === 0;
    });
  } finally {
    await Promise.all([publishing.stop(), operating.stop()]);
    console.log(`CHAOS_SEED=${seed}: ${strikes.join(', ')}`);
  }
  expect(await stage.redis.keys('*:group:accounts:heads')).toEqual([]);
  expect(await stage.redis.keys('*:group:accounts:waiting')).toEqual([]);
  const log = await stage.operator.log({ limit: 100_000 });
  expect(log.filter(({ kind }) => kind === 'queue-freed')).toEqual([]);
});
