import { setTimeout as sleep } from 'node:timers/promises';
import { eventDraft, type Logger } from '@hyvve-events/runtime';

import { describe, expect, it } from 'vitest';
import { parsePosition } from '../../runtime/event/position.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const tenants = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
const partitionIn = (position: string) => parsePosition(position)?.partition;

describe('a bus with several partitions', () => {
  it('publishes each event in the partition of its tenant, and every process reads all of them', async () => {
    const handled = new Map<string, string>();
    for (let process = 0; process < 2; process += 1) {
      await stage.handle('billing', ({ id }, ctx) => handled.set(id, ctx.streamId), { partitions: 8 });
    }
    const bus = stage.bus('shop');
    const published = await Promise.all(tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId })));
    expect(published.map(({ streamId }) => partitionIn(streamId))).toEqual(tenants.map((name) => partitionOf(name, 8)));
    await until('all are handled', () => handled.size === tenants.length);
    for (const { id, streamId } of published) expect(handled.get(id)).toBe(streamId);
    for (let index = 0; index < 8; index += 1) {
      const own = published.filter(({ streamId }) => partitionIn(streamId) === index);
      expect(await stage.redis.xlen(`{hyvve:${index}}:events`)).toBe(own.length);
    }
  });

  it('retries, idempotency keys, results of ctx.once and batches are those of the partition', async () => {
    const effects: string[] = [];
    const runs: number[] = [];
    const run = async (_event: unknown, ctx: Parameters<Parameters<typeof stage.handle>[1]>[1]) => {
      await ctx.once('mail', () => effects.push(ctx.tenantId));
      runs.push(ctx.attempt);
      if (ctx.attempt === 1) throw new Error('not yet');
    };
    const handler = { retryDelaysMs: [50], maxRetries: 2 };
    await stage.handle('billing', run, { partitions: 4, handler });
    const bus = stage.bus('shop');
    const publishAll = () =>
      Promise.all(
        tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId, idempotencyKey: 'order-1' })),
      );
    const first = await publishAll();
    const second = await publishAll();
    expect(second).toEqual(first.map((published) => ({ ...published, duplicate: true })));
    await until('each has run twice', () => runs.length === 2 * tenants.length);
    expect(effects.sort()).toEqual([...tenants].sort());
    const drafts = ['a', 'b'].map((orderId) => eventDraft(OrderPlaced, { ...anOrder, orderId }));
    const batch = await bus.publishBatch(drafts, { tenantId: 'tenant-7' });
    expect(batch.map(({ streamId }) => partitionIn(streamId))).toEqual([1, 1].map(() => partitionOf('tenant-7', 4)));
    const mixed = ['tenant-1', 'tenant-2'].map((tenantId) => eventDraft(OrderPlaced, anOrder, { tenantId }));
    await expect(bus.publishBatch(mixed)).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      message: expect.stringMatching(/"tenant-1" and "tenant-2"/),
    });
  });

  it('the number in Redis counts: another one in the options is a warning, and none is required', async () => {
    await stage.bus('shop', { partitions: 4 }).publish(OrderPlaced, anOrder, { tenantId: 'acme' });
    const warnings: unknown[] = [];
    const logger: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields) => warnings.push(fields),
      error: () => undefined,
    };
    const published = await Promise.all([
      stage.bus('crm', { partitions: 16, logger }).publish(OrderPlaced, anOrder, { tenantId: 'tenant-3' }),
      stage.bus('crm', { logger }).publish(OrderPlaced, anOrder, { tenantId: 'tenant-3' }),
    ]);
    expect(published.map(({ streamId }) => partitionIn(streamId))).toEqual(
      [1, 1].map(() => partitionOf('tenant-3', 4)),
    );
    expect(warnings).toEqual([{ partitions: 4, option: 16 }]);
  });

  it('⚑ with concurrency 1 and 16 partitions, no two run at the same time, and none waits while the process is idle', async () => {
    let running = 0;
    let most = 0;
    const handled: string[] = [];
    const run = async ({ id }: { readonly id: string }) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(1);
      running -= 1;
      handled.push(id);
    };
    await stage.handle('billing', run, { partitions: 16, concurrency: 1 });
    const bus = stage.bus('shop');
    // The tenants are in different partitions: a partition that is read in its turn would make this take seconds.
    for (const tenantId of tenants.slice(0, 8)) {
      const { id } = await bus.publish(OrderPlaced, anOrder, { tenantId });
      await until('it is handled', () => handled.includes(id));
    }
    await Promise.all(tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId })));
    await until('all are handled', () => handled.length === 8 + tenants.length);
    expect(most).toBe(1);
  });

  it('at most eight processes of a group wait for a partition; when they end, others take their places', async () => {
    const handled: string[] = [];
    const run = ({ id }: { readonly id: string }) => handled.push(id);
    const consumers = await Promise.all(
      Array.from({ length: 12 }, () => stage.handle('billing', run, { partitions: 2, leaseMs: 900 })),
    );
    const waiting = async () => {
      const clients = String(await stage.redis.client('LIST')).split('\n');
      return clients.filter((client) => /cmd=xreadgroup/.test(client) && /flags=\S*b/.test(client)).length;
    };
    await until('eight wait for each partition', async () => (await waiting()) === 16);
    await Promise.all(consumers.slice(0, 8).map((bus) => bus.close()));
    await until('all others wait', async () => (await waiting()) === 8);
    const bus = stage.bus('shop');
    await Promise.all(tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId })));
    await until('all are handled', () => handled.length === tenants.length);
  });
});
