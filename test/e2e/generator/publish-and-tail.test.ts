import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createEventBus,
  createEventOperator,
  type EventBus,
  eventDraft,
  NonRetryableError,
  silentLogger,
} from '@hyvve-events/runtime';
import { defineEvent, subscribeTo, type Validate } from '@hyvve-events/runtime/codegen';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliCommand, runCli } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const redis = useRedis();
let shop: Shop;

beforeAll(async () => {
  shop = await createShop();
  await shop.edit('name: order.order.cancelled', 'name: order.order.cancelled\n    x-ordering-key: /orderId');
});

afterAll(() => shop.remove());

const publish = (...args: readonly string[]) => runCli(['publish', ...args, '--redis', redis.url], shop.path);

/** The data of the last event in the stream. */
async function lastEvent(): Promise<Record<string, unknown>> {
  const operator = createEventOperator({ redis: redis.url, runReplays: false });
  const entries = await operator.feed.entries();
  await operator.close();
  return JSON.parse(entries.at(-1)?.envelope ?? '{}') as Record<string, unknown>;
}

describe('publish', () => {
  it('publishes the first example for the tenant dev, by type or by key', async () => {
    const { code, stdout } = await publish('order.order.placed');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^published order\.order\.placed for tenant dev, data: example small\n {2}event \S+, entry \d+-0\n$/,
      ),
    });
    expect(await lastEvent()).toMatchObject({
      type: 'order.order.placed',
      version: '1.0.0',
      source: 'hyvve-events-cli',
      tenantId: 'dev',
      data: { orderId: 'ord_1', currency: 'EUR' },
    });
    expect(await publish('OrderCancelled', '--tenant', 'acme', '--user', 'u1', '--service', 'desk')).toMatchObject({
      code: 0,
    });
    expect(await lastEvent()).toMatchObject({
      type: 'order.order.cancelled',
      tenantId: 'acme',
      userId: 'u1',
      source: 'desk',
    });
  });

  it('publishes generated data, which the seed determines, and the data of a file', async () => {
    await publish('OrderPlaced', '--seed', '7');
    const { data } = await lastEvent();
    const sample = await runCli(['sample', 'OrderPlaced', '--seed', '7'], shop.path);
    expect(data).toEqual(JSON.parse(sample.stdout));
    await writeFile(join(shop.path, 'order.json'), JSON.stringify({ orderId: 'ord_9', reason: 'stock' }));
    expect(await publish('OrderCancelled', '--data', 'order.json')).toMatchObject({ code: 0 });
    expect(await lastEvent()).toMatchObject({ key: 'ord_9', data: { orderId: 'ord_9', reason: 'stock' } });
  });

  it('refuses invalid data with every violation, before anything is written', async () => {
    const before = await lastEvent();
    await writeFile(join(shop.path, 'wrong.json'), '{ "orderId": "", "reason": "rain" }');
    const { code, stderr } = await publish('OrderCancelled', '--data', 'wrong.json');
    expect(code).toBe(1);
    expect(stderr).toMatch(/BUS_FAILED: \[VALIDATION_FAILED\] .*\$\.orderId .*\$\.reason /);
    expect(stderr).toContain('1 error; nothing was published');
    expect(await lastEvent()).toEqual(before);
  });

  it.each([
    [['OrderPlacd'], 'similar event types: order.order.placed'],
    [['OrderPlaced', '--example', 'large'], 'its examples: small'],
    [['OrderPlaced', '--example', 'small', '--seed', '1'], 'use one of them'],
    [['OrderPlaced', '--data', 'catalog/asyncapi.yaml'], 'pass the data of the event, without the envelope'],
  ])('wrong usage %j: exits with 2 and says how to correct it', async (args, hint) => {
    const { code, stderr } = await publish(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });

  it('without Redis: exits with 1 and says how to choose one', async () => {
    const args = ['publish', 'OrderPlaced', '--redis', 'redis://127.0.0.1:1'];
    const { code, stderr } = await runCli(args, shop.path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/BUS_FAILED: \[UNAVAILABLE\].*\n +fix: start Redis, or set its address/);
  });
});

describe('tail', () => {
  let child: ChildProcess | undefined;
  let bus: EventBus | undefined;

  afterEach(async () => {
    child?.kill('SIGKILL');
    await bus?.close();
  });

  /** Starts `hyvve-events tail`. Returns its output as it grows. */
  async function startTail(...args: readonly string[]): Promise<{ readonly lines: () => Record<string, unknown>[] }> {
    const { command, args: before, env } = cliCommand();
    const started = spawn(command, [...before, 'tail', ...args, '--redis', redis.url], { cwd: shop.path, env });
    child = started;
    let output = '';
    started.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    const lines = () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    // It reports what happens after it has started: publish until it sees an event.
    await until('tail reports an event', async () => {
      await publish('OrderPlaced', '--tenant', 'probe');
      return lines().length > 0;
    });
    return { lines };
  }

  it('prints events and the outcomes of their handlers as JSON lines, and ends at SIGINT', async () => {
    bus = createEventBus({ service: 'billing', redis: redis.url, logger: silentLogger, startFrom: 'latest' });
    bus.subscribe(
      subscribeTo([], 'order.order.placed', { name: 'invoice' }, () => undefined),
      subscribeTo([], 'order.order.cancelled', { name: 'refund' }, () => {
        throw new NonRetryableError('no such invoice');
      }),
    );
    await bus.start();
    const { lines } = await startTail('order.*');
    await publish('OrderPlaced', '--tenant', 'acme');
    await publish('OrderCancelled', '--tenant', 'acme');
    const outcomes = () => lines().filter(({ kind }) => kind === 'outcome');
    const events = () => lines().filter(({ kind, tenantId }) => kind === 'event' && tenantId === 'acme');
    await until('both outcomes', () => events().length === 2 && outcomes().some(({ outcome }) => outcome === 'dead'));
    const [placed, cancelled] = events();
    expect(placed).toMatchObject({ type: 'order.order.placed', source: 'hyvve-events-cli', version: '1.0.0' });
    expect(placed).not.toHaveProperty('data');
    await until('the success', () => outcomes().some(({ streamId }) => streamId === placed?.streamId));
    expect(outcomes().filter(({ streamId }) => streamId === placed?.streamId)).toEqual([
      expect.objectContaining({ outcome: 'completed', group: 'billing', handler: 'invoice', eventId: placed?.eventId }),
    ]);
    expect(outcomes().filter(({ streamId }) => streamId === cancelled?.streamId)).toEqual([
      expect.objectContaining({
        outcome: 'dead',
        handler: 'refund',
        reason: 'NON_RETRYABLE',
        error: { name: 'NonRetryableError', message: 'no such invoice' },
      }),
    ]);
    const ended = new Promise((done) => child?.once('exit', done));
    child?.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('waits while Redis is not available, and continues where it ended', async () => {
    const { lines } = await startTail();
    let notices = '';
    child?.stderr?.on('data', (data: Buffer) => {
      notices += data.toString();
    });
    await redis.server.shutdown();
    await until('it says so', () => notices.includes('Redis is not available: waiting for it'));
    await redis.server.restart();
    await publish('OrderPlaced', '--tenant', 'after');
    await until('the event after the outage', () => lines().some(({ tenantId }) => tenantId === 'after'));
    await until('it says that Redis is back', () => notices.includes('Redis is available again'));
  });

  it('reports successes also after many events that no handler receives', async () => {
    bus = createEventBus({ service: 'billing', redis: redis.url, logger: silentLogger, startFrom: 'latest' });
    bus.subscribe(subscribeTo([], 'order.order.cancelled', { name: 'refund' }, () => undefined));
    await bus.start();
    const { lines } = await startTail();
    const other = { type: 'order.order.counted', key: 'OrderCounted', version: '1.0.0', domain: 'order' } as const;
    const validate: Validate<unknown> = Object.assign((data: unknown): data is unknown => data !== undefined, {
      errors: null,
    });
    const counted = defineEvent({ ...other, validate });
    const drafts = Array.from({ length: 200 }, () => eventDraft(counted, {}, { tenantId: 'many' }));
    await bus.publishBatch(drafts);
    await until('all of them', () => lines().filter(({ tenantId }) => tenantId === 'many').length === 200);
    await publish('OrderCancelled');
    await until('the success', () => lines().some(({ outcome }) => outcome === 'completed'));
  });

  it('wrong settings: exits with 1 and the reason', async () => {
    const { code, stderr } = await runCli(['tail', '--redis', 'http://127.0.0.1'], shop.path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/BUS_FAILED: \[CONFIG_INVALID\]/);
    expect(stderr).toContain('1 error; ended');
  });

  it('prints the data only with --data, and only events that match the pattern', async () => {
    const { lines } = await startTail('order.order.placed', '--data');
    await publish('OrderCancelled');
    await publish('OrderPlaced', '--tenant', 'last');
    await until('the last event', () => lines().some(({ tenantId }) => tenantId === 'last'));
    expect(new Set(lines().map(({ type }) => type))).toEqual(new Set(['order.order.placed']));
    expect(lines().at(-1)).toMatchObject({ data: { orderId: 'ord_1' } });
  });
});
