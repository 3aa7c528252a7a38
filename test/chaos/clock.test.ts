import { afterEach, describe, expect, it, vi } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
const tenMinutes = 600_000;

afterEach(() => {
  vi.restoreAllMocks();
});

async function redisNow(): Promise<number> {
  const [seconds, micros] = await stage.redis.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}

describe.each([tenMinutes, -tenMinutes])("⚑ retries are due by Redis's time: a local clock off by %i ms", (offset) => {
  it('a retry runs at its due time, neither immediately nor in ten minutes', async () => {
    const options = { maxRetries: 1, retryDelaysMs: [1_500] };
    await stage.worker('billing', [{ name: 'bill', does: 'fail', options }], { clockOffsetMs: offset });
    const [id = ''] = await stage.publish(1);
    await until('it has failed', async () => (await account(stage.operator, [id], 1)).scheduled === 1);
    const now = await redisNow();
    const [group] = await stage.operator.status({ eventId: id });
    const dueAt = Date.parse(group?.handlers[0]?.dueAt ?? '');
    expect(dueAt - now).toBeGreaterThan(500);
    expect(dueAt - now).toBeLessThan(1_500 * 1.1 + 1);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ dead: 1 });
    const late = (await redisNow()) - dueAt;
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(5_000);
  });

  it("publish: event times are Redis's, and a warning reports the wrong local clock", async () => {
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + offset);
    const { logger, messages } = recordingLogger();
    const shop = stage.bus('shop', { logger }).withContext(tenant);
    const { streamId } = await shop.publish(OrderPlaced, anOrder);
    const [entry] = await stage.redis.xrange('{hyvve:0}:events', streamId, streamId);
    const { timestamp } = JSON.parse(entry?.[1][1] ?? '') as { timestamp: string };
    expect(Math.abs(Date.parse(timestamp) - Number(streamId.split('-')[0]))).toBeLessThan(1_000);
    expect(messages('warn').filter((line) => line.includes('clock'))).toHaveLength(1);
  });
});

it('two processes with clocks twenty minutes apart: both work in one group', async () => {
  const flaky = { name: 'bill', does: 'fail-sometimes', options: { maxRetries: 20, retryDelaysMs: [300] } } as const;
  await stage.worker('billing', [flaky], { clockOffsetMs: tenMinutes });
  await stage.worker('billing', [flaky], { clockOffsetMs: -tenMinutes });
  const ids = await stage.publish(100);
  expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 100 });
  expect([...(await stage.effects()).values()].every((count) => count === 1)).toBe(true);
});
