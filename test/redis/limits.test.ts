import { type EventDraft, eventDraft } from '@hyvve-events/runtime';
import { defineEvent } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { ReadSize, readBudgetBytes } from '../../runtime/redis/connection/read-size.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { anyValidator } from '../support/events/items.js';
import { tenant, useStage } from '../support/processes/chaos.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage();
const Noted = defineEvent<'shop.note.written', { readonly text: string }>({
  type: 'shop.note.written',
  key: 'Noted',
  version: '1.0.0',
  domain: 'shop',
  validate: anyValidator(),
});
const mebibyte = 1024 * 1024;

/** The longest time that a command keeps all other clients waiting during `during`, as Redis measures it, in milliseconds. */
async function longestCommand(during: () => Promise<unknown>): Promise<number> {
  await stage.redis.config('SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '10000');
  await stage.redis.slowlog('RESET');
  await during();
  const entries = (await stage.redis.slowlog('GET', 10_000)) as [id: number, at: number, microseconds: number][];
  return Math.max(0, ...entries.map(([, , microseconds]) => microseconds / 1_000));
}

describe('⚑ a batch that is too large is refused with its size before anything is sent', () => {
  const keyed = (count: number, round = 0): EventDraft[] =>
    Array.from({ length: count }, (_, n) => eventDraft(OrderPlaced, anOrder, { idempotencyKey: `key-${round}-${n}` }));

  it.each([10_001, 100_000])('%i events', async (count) => {
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    const before = await stage.redis.info('stats');
    await expect(shop.publishBatch(keyed(count), tenant)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringMatching(new RegExp(`${count} events.*at most 10000 events`)),
    });
    const received = (info: string) => Number(/total_net_input_bytes:(\d+)/.exec(info)?.[1]);
    expect(received(await stage.redis.info('stats')) - received(before)).toBeLessThan(100_000);
    expect(await stage.redis.xlen('{hyvve:0}:events')).toBe(1);
    // Other publishes of the same tick are not refused.
    await shop.publish(OrderPlaced, anOrder, tenant);
  });

  it('bytes', async () => {
    const shop = stage.bus('shop', { maxPendingBytes: 4 * mebibyte });
    const text = 'x'.repeat(500_000);
    const batch = Array.from({ length: 10 }, () => eventDraft(Noted, { text }));
    const [refused, neighbour] = await Promise.allSettled([
      shop.publishBatch(batch, tenant),
      shop.publish(OrderPlaced, anOrder, tenant),
    ]);
    expect(refused).toMatchObject({
      reason: { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('maxPendingBytes (4194304)') },
    });
    expect(neighbour.status).toBe('fulfilled');
    // A batch that would fit alone must wait for earlier ones.
    const half = () => shop.publishBatch(batch.slice(0, 5), tenant);
    const codes = (await Promise.allSettled([half(), half()])).map((each) =>
      each.status === 'rejected' ? each.reason.code : 'published',
    );
    expect(codes).toEqual(['published', 'OVERLOADED']);
  });

  it('the largest accepted batch is written completely, and does not delay other clients for long', async () => {
    const shop = stage.bus('shop');
    const longest: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const time = await longestCommand(async () => {
        const published = await shop.publishBatch(keyed(10_000, round), tenant);
        expect(published).toHaveLength(10_000);
      });
      longest.push(time);
    }
    expect(await stage.redis.xlen('{hyvve:0}:events')).toBe(40_000);
    // Other processes of the machine interrupt Redis: only the shortest time shows what the command needs, about 100 ms.
    expect(Math.min(...longest)).toBeGreaterThan(0);
    expect(Math.min(...longest)).toBeLessThan(1_000);
    const again = await shop.publishBatch(keyed(10_000), tenant);
    expect(again.every(({ duplicate }) => duplicate)).toBe(true);
  });
});

describe('the number of entries that a read requests', () => {
  it('stays near its budget for constant sizes, and rises again for small entries', () => {
    const size = new ReadSize();
    expect(size.limit(100)).toBe(8);
    for (const [bytes, least, most] of [
      [400_000, 1, 3],
      [1_000_000, 1, 1],
      [300, 100, 100],
    ] as const) {
      for (let i = 0; i < 20; i += 1) {
        const count = size.limit(100);
        size.observe(count, count * bytes);
      }
      const count = size.limit(100);
      expect(count).toBeGreaterThanOrEqual(least);
      expect(count).toBeLessThanOrEqual(most);
      expect(count * bytes).toBeLessThanOrEqual(Math.max(bytes, readBudgetBytes));
    }
    expect(size.limit(1)).toBe(1);
    size.observe(1, 50_000_000);
    expect(size.limit(100)).toBe(1);
  });

  it('⚑ depends on the bytes that Redis sends: no reply has many MiB, with any backlog', async () => {
    const shop = stage.bus('shop', { maxEventBytes: mebibyte }).withContext(tenant);
    const text = 'x'.repeat(800_000);
    for (let i = 0; i < 30; i += 1) await shop.publish(Noted, { text });
    const gate = newGate();
    let running = 0;
    await stage.handle('billing', async () => {
      running += 1;
      await gate.passed;
    });
    // The first read does not know the sizes and is therefore small.
    await until('some run', () => running > 0);
    const buffers = Number(/mem_clients_normal:(\d+)/.exec(await stage.redis.info('memory'))?.[1]);
    expect(buffers).toBeLessThan(12 * mebibyte);
    await until('all run', () => running === 30);
    gate.open();
  });
});
