import { describe, expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { succeeds, until } from '../support/wait.js';

const stage = useRecordedStage(['--maxmemory', '24mb']);

/** Fills Redis with keys of another application until it refuses writes. */
async function fill(): Promise<void> {
  const chunk = 'x'.repeat(64 * 1024);
  for (let size = chunk.length; size >= 256; size = Math.floor(size / 2)) {
    for (let i = 0; ; i += 1) {
      const refused = await stage.redis.set(`filler:${size}:${i}`, chunk.slice(0, size)).then(
        () => false,
        (error: Error) => error.message.startsWith('OOM'),
      );
      if (refused) break;
    }
  }
}

async function drain(): Promise<void> {
  for (const key of await stage.redis.keys('filler:*')) await stage.redis.del(key);
}

describe('Redis out of memory under noeviction', () => {
  it('publishes are refused, and stored events are handled, retried and dead-lettered', async () => {
    const shop = stage.bus('shop').withContext(tenant);
    const ids = (await Promise.all(Array.from({ length: 300 }, () => shop.publish(OrderPlaced, anOrder)))).map(
      ({ id }) => id,
    );
    await fill();
    await expect(stage.redis.set('one', 'x'.repeat(64 * 1024))).rejects.toThrow('OOM');
    await stage.worker('billing', [
      { name: 'bill' },
      { name: 'flaky', does: 'fail-sometimes', options: { maxRetries: 20, retryDelaysMs: [50] } },
      { name: 'hopeless', does: 'give-up' },
    ]);
    expect(await settled(stage.operator, ids, 3)).toMatchObject({ done: 600, dead: 300 });
    expect(await stage.operator.deadLetters.count()).toBe(300);
    await expect(shop.publish(OrderPlaced, anOrder)).rejects.toMatchObject({ code: 'MEMORY_HIGH' });
    expect(await stage.redis.xlen('{hyvve:0}:events')).toBe(300);
    // Operators can retry dead letters while memory is full.
    const [letter] = (await stage.operator.deadLetters.list({ limit: 1 })).items;
    await stage.operator.deadLetters.discard(letter?.id ?? '', { actor: 'ann' });
    await drain();
    await until('publishing resumes automatically', () => succeeds(shop.publish(OrderPlaced, anOrder)));
  });

  it('publishes above the memory limit are refused before Redis refuses them', async () => {
    const shop = stage.bus('shop', { memoryLimit: 0.5 }).withContext(tenant);
    await shop.publish(OrderPlaced, anOrder);
    const chunk = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 16; i += 1) await stage.redis.set(`filler:${i}`, chunk);
    await until('it is detected', () =>
      shop.publish(OrderPlaced, anOrder).then(
        () => false,
        (error: { code: string }) => error.code === 'MEMORY_HIGH',
      ),
    );
    await expect(stage.redis.set('one', 'more')).resolves.toBe('OK');
  });
});
