import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { OrderedGroup, redrive, repeat, unfinished } from '../support/order/ordered-group.js';
import { seededRandom } from '../support/random.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
/** `CHAOS_SEED` repeats the choices; `CHAOS_SECONDS` is the duration of the faults. */
const seed = Number(process.env.CHAOS_SEED ?? 424_242);
const seconds = Number(process.env.CHAOS_SECONDS ?? 4);
const keys = 30;

/** A process that grows the partitions, and dies after some calls. Others continue the growth, or it is started again. */
async function growAndDie(random: () => number, count: number): Promise<string> {
  const link = connectTo(stage.server.url);
  const callsLeft = Math.floor(random() * 4 * count);
  let calls = 0;
  try {
    await growOn(link, count, async ({ step, partition }, call) => {
      if (calls === callsLeft) throw new Error(`died before: ${step} ${partition ?? ''}`);
      calls += 1;
      return call();
    });
    return `grown to ${count}`;
  } catch (error) {
    return `growing to ${count}, ${error instanceof Error ? error.message : error}`;
  } finally {
    link.close();
  }
}

it(`⚑ the partitions grow twice while processes die and stop, and the processes that grow them die too (CHAOS_SEED=${seed}, ${seconds} s): nothing is lost, doubled or out of order`, {
  timeout: seconds * 1_000 + 120_000,
}, async () => {
  const random = seededRandom(seed);
  const shops = ['shop', 'store'].map((name) => stage.bus(name, { partitions: 2 }));
  const group = new OrderedGroup(stage, random, await stage.proxy());
  const events: string[] = [];
  const [draw, choose] = [seededRandom(seed + 1), seededRandom(seed + 2)];
  const repeated: { readonly tenantId: string; readonly key: string; readonly idempotencyKey: string }[] = [];
  const publishing = shops.map((shop, of) =>
    repeat(async () => {
      const drawn = Array.from({ length: 1 + Math.floor(draw() * 6) }, () => Math.floor(keys * draw() ** 3));
      // One publisher for each key: the order of two publishes at the same time is not known.
      const own = drawn.filter((key) => key % shops.length === of);
      const drafts = own.map((key) => ({ tenantId: `tenant-${key}`, key: `key-${key}` }));
      await Promise.all(drafts.map((draft) => shop.publish(OrderPlaced, anOrder, draft)));
      const keyed = {
        tenantId: `tenant-${of}`,
        key: 'keyed',
        idempotencyKey: `publish-${of}-${Math.floor(draw() * 60)}`,
      };
      await shop.publish(OrderPlaced, anOrder, keyed);
      repeated.push(keyed);
    }, 25),
  );
  let leavesSome = true;
  const isLeft = ({ handler, tenantId }: DeadLetter) => leavesSome && handler === 'holds' && tenantId === 'tenant-0';
  const operating = repeat(() => redrive(stage.operator, choose, isLeft), 150);
  try {
    await Promise.all([group.start(), group.start(), group.start()]);
    await sleep(300);
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      const [name, strike] = group.faults[Math.floor(random() * group.faults.length)] ?? ['none', async () => {}];
      const count = performance.now() < end - seconds * 500 ? 4 : 8;
      const [grown] = await Promise.all([growAndDie(random, count), sleep(random() * 40).then(strike)]);
      events.push(grown, name);
      await sleep(random() * 300);
    }
    // A growth that was only begun is continued by the maintenance.
    await until('no growth is under way', async () => (await stage.redis.hget('{hyvve:map}', 'growing')) === null);
    const link = connectTo(stage.server.url);
    await growOn(link, 8).finally(() => link.close());
    await sleep(200);
    // What was published before a growth is still known after it.
    for (const keyed of repeated.slice(0, 40)) {
      const { duplicate } = (await shops[Number(keyed.tenantId.at(-1))]?.publish(OrderPlaced, anOrder, keyed)) ?? {};
      expect(duplicate).toBe(true);
    }
    await Promise.all(publishing.map((each) => each.stop()));
    await until('everything is finished', async () => (await unfinished(stage.operator)) === 0, 60_000);
    leavesSome = false;
    await until('no dead letter is left', async () => {
      return (await stage.operator.deadLetters.count()) + (await unfinished(stage.operator)) === 0;
    });
  } finally {
    await Promise.all([...publishing, operating].map((each) => each.stop()));
    console.log(`CHAOS_SEED=${seed}: ${events.join(', ')}`);
  }
  expect(await stage.redis.hmget('{hyvve:map}', 'partitions', 'growing')).toEqual(['8', null]);
  // A new partition learns up to two seconds later that its parent has finished a key.
  await until('no key queue is left', async () => {
    const names = ['heads', 'waiting', 'inherited'];
    const left = await Promise.all(names.map((name) => stage.redis.keys(`*:group:accounts:${name}`)));
    return left.flat().length === 0;
  });
  const log = await stage.operator.log({ limit: 100_000 });
  expect(log.filter(({ kind }) => kind === 'queue-freed')).toEqual([]);
});
