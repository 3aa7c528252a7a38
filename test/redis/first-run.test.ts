import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createEventBus } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { allEvents } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { bundle } from '../support/processes/bundle.js';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();
let redis: Redis;

beforeEach(async () => {
  redis ??= new Redis(server.url);
  await redis.flushall();
});
afterAll(() => redis.disconnect());

it('⚑ without a logger, or with one that throws: new groups and failed handlers are printed to stderr', async () => {
  const main = await bundle('test/support/processes/first-run-main.ts');
  const child = spawn(process.execPath, [main, server.url], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (data: Buffer) => {
    output += data.toString();
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  const count = (pattern: RegExp) => [...output.matchAll(pattern)].length;
  expect(output).toMatch(/ warn hyvve-events: the consumer group is new: .*group: 'silent'.*retained: 3/);
  expect(output).toMatch(/ warn hyvve-events: the consumer group is new: .*group: 'broken'.*retained: 3/);
  expect(output).not.toContain("group: 'late'");
  for (const name of ['on-redis', 'broken-logger', 'broken-child'])
    expect(count(new RegExp(`${name}: the bank is closed`, 'g')), name).toBeGreaterThanOrEqual(3);
  expect(output).toMatch(/error hyvve-events: handler failed; the event became a dead letter.*'on-redis'/);
  expect(output).toMatch(/error hyvve-events: handler failed; the event became a dead letter.*'in-memory'/);
  expect(output).toMatch(/error hyvve-events: handler failed, and the logger of the bus threw.*'broken-child'/);
});

describe('the line about a new group', () => {
  /** Level and fields of the line. */
  async function announced(service: string, startFrom?: 'latest' | Date): Promise<readonly unknown[]> {
    const { logger, lines } = recordingLogger();
    const from = startFrom === undefined ? {} : { startFrom };
    const bus = createEventBus({ service, redis: server.url, logger, ...from });
    bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
    await bus.start();
    await bus.close();
    const found = lines.filter(({ message }) => message.startsWith('the consumer group is new'));
    return found.map(({ level, fields }) => [level, fields]);
  }
  const write = async (from: number, to: number, text = '{}') => {
    const pipeline = redis.pipeline();
    for (let ms = from; ms < to; ms += 1) pipeline.xadd('{hyvve:0}:events', `${ms}-1`, 'e', text);
    await pipeline.exec();
  };

  it('no retained events: for the level info only; a group that exists has no line', async () => {
    expect(await announced('billing')).toEqual([['info', { group: 'billing', after: '0', retained: 0 }]]);
    expect(await announced('billing')).toEqual([]);
    await write(1_000, 1_005);
    expect(await announced('late', 'latest')).toEqual([['info', { group: 'late', after: '1004-1', retained: 0 }]]);
  });

  it('retained events: a warning with their number, from the beginning and from a time', async () => {
    await write(1_000, 1_050);
    expect(await announced('all')).toEqual([['warn', { group: 'all', after: '0', retained: 50 }]]);
    expect(await announced('some', new Date(1_020))).toEqual([
      ['warn', { group: 'some', after: '1020', retained: 30 }],
    ]);
    expect(await announced('none', new Date(1_050))).toMatchObject([['info', { retained: 0 }]]);
  });

  it('very many or very large events after a time: they are counted up to a limit', async () => {
    await write(1_000, 2_100);
    expect(await announced('many', new Date(1_001))).toMatchObject([['warn', { retained: '1000 or more' }]]);
    await write(3_000, 3_060, 'x'.repeat(200_000));
    expect(await announced('large', new Date(3_000))).toMatchObject([['warn', { retained: '20 or more' }]]);
    expect(await announced('all')).toMatchObject([['warn', { retained: 1_160 }]]);
  });
});
