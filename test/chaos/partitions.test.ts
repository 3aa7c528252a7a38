import { describe, expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';

const stage = useRecordedStage();
const tenants = Array.from({ length: 24 }, (_, index) => `tenant-${index}`);
const options = { leaseMs: 1_500, sweepMs: 300, concurrency: 8 };

describe('several partitions', () => {
  it('⚑ processes that are killed while they handle events of all partitions: no event is lost, none runs twice without a reason', async () => {
    const shop = stage.bus('shop', { partitions: 4 });
    const handlers = [
      { name: 'bill', does: 'sleep', ms: 5 },
      // Three of ten runs fail, at random: with fewer retries, an event would become a dead letter now and then.
      { name: 'mail', does: 'fail-sometimes', options: { retryDelaysMs: [50], maxRetries: 30 } },
    ] as const;
    const publish = () => Promise.all(tenants.map((tenantId) => shop.publish(OrderPlaced, anOrder, { tenantId })));
    const published = await publish();
    const workers = await Promise.all([1, 2, 3].map(() => stage.worker('billing', handlers, { options })));
    for (const worker of workers.slice(0, 2)) {
      for (let round = 0; round < 5; round += 1) published.push(...(await publish()));
      worker.signal('SIGKILL');
      await worker.ended;
      await stage.worker('billing', handlers, { options });
    }
    for (let round = 0; round < 5; round += 1) published.push(...(await publish()));
    const ids = published.map(({ id }) => id);
    expect(await settled(stage.operator, ids, 2)).toMatchObject({ done: 2 * ids.length });
    expect(new Set(published.map(({ streamId }) => streamId.split('.')[1])).size).toBe(4);
  });
});
