import { spawn } from 'node:child_process';
import { defineEvent } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { allEvents } from '../support/events/events.js';
import { anyValidator } from '../support/events/items.js';
import { bundle } from '../support/processes/bundle.js';
import { tenant } from '../support/processes/chaos.js';
import { createRecordedOperator } from '../support/recording/recorded-operator.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { callOf, operatorCalls } from '../support/redis/operator-calls.js';
import { newGate, until } from '../support/wait.js';

const stage = useRecordedStage();
const Noted = defineEvent<'shop.note.written', { readonly text: string }>({
  type: 'shop.note.written',
  key: 'Noted',
  version: '1.0.0',
  domain: 'shop',
  validate: anyValidator(),
});
const kib = 1024;

describe('⚑ a slow connection', () => {
  it('delivers large events within the first seconds, and no reply is interrupted', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop').withContext(tenant);
    const text = 'x'.repeat(400 * kib);
    for (let i = 0; i < 40; i += 1) await shop.publish(Noted, { text });
    // All events take 8 s, one event 0.2 s; the reply timeout is one second of silence.
    proxy.bytesPerSecond = 2_000 * kib;
    let handled = 0;
    const count = async () => {
      handled += 1;
    };
    const bus = await stage.handle('billing', count, { redis: proxy.url, publishDeadlineMs: 3_000, leaseMs: 30_000 });
    const startedAt = performance.now();
    await until('the first are handled', () => handled >= 3, 3_000);
    await until('all are handled', () => handled === 40, 30_000);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(bus.health()).toMatchObject({ live: true, ready: true });
    proxy.bytesPerSecond = 0;
  });

  it('take-over and retries of large events are also read in parts', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop').withContext(tenant);
    const gate = newGate();
    const fails = await stage.handle(
      'billing',
      async (_event, { attempt }) => {
        if (attempt === 1) throw new Error('as planned');
        await gate.passed;
      },
      { handler: { retryDelaysMs: [1_000], maxRetries: 5 }, drainMs: 1 },
    );
    const text = 'x'.repeat(400 * kib);
    for (let i = 0; i < 12; i += 1) await shop.publish(Noted, { text });
    await until('all have failed', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 12);
    await fails.close();
    proxy.bytesPerSecond = 2_000 * kib;
    let handled = 0;
    await stage.handle(
      'billing',
      () => {
        handled += 1;
      },
      { redis: proxy.url, publishDeadlineMs: 3_000, leaseMs: 20_000 },
    );
    await until('the first are handled', () => handled >= 2, 8_000);
    await until('all are handled', () => handled === 12, 30_000);
    proxy.bytesPerSecond = 0;
  });

  it('reads a replay of large events in parts', async () => {
    const proxy = await stage.proxy();
    const shop = stage.bus('shop').withContext(tenant);
    for (let i = 0; i < 12; i += 1) await shop.publish(Noted, { text: 'x'.repeat(400 * kib) });
    let handled = 0;
    await stage.handle('billing', () => {
      handled += 1;
    });
    await until('all are handled', () => handled === 12);
    proxy.bytesPerSecond = 2_000 * kib;
    const operator = createRecordedOperator({ redis: proxy.url, events: allEvents });
    const { events } = await operator.replays.count({});
    expect(events).toBe(12);
    const { jobId } = await operator.replays.start({}, { actor: 'ann' });
    await until('it is replayed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    await until('all were delivered again', () => handled === 24);
    await operator.close();
    proxy.bytesPerSecond = 0;
  });
});

describe('⚑ a connection that is half open', () => {
  const callTimeoutMs = 1_000;

  it('every call of an operator ends within callTimeoutMs', async () => {
    stage.recordsNothing('only an operator is tested');
    const proxy = await stage.proxy();
    const operator = createRecordedOperator({ redis: proxy.url, events: allEvents, callTimeoutMs });
    expect(await operator.deadLetters.count()).toBe(0);
    const names = (of: object) => {
      const prototype: object = Object.getPrototypeOf(of);
      const owner = prototype === Object.prototype ? of : prototype;
      return Object.getOwnPropertyNames(owner).filter((name) => name !== 'constructor');
    };
    const parts = ['feed', 'deadLetters', 'parked', 'partitions', 'replays', 'statistics', 'versions'] as const;
    const methods = [
      ...names(operator).filter((name) => name !== 'close'),
      ...parts.flatMap((part) => names(operator[part]).map((name) => `${part}.${name}`)),
    ].filter((name) => name !== 'replays.findStalled');
    // The list is complete: new methods are tested, too.
    expect(Object.keys(operatorCalls).sort()).toEqual(methods.sort());
    proxy.mode = 'freeze';
    const took = await Promise.all(
      Object.entries(operatorCalls).map(async ([name, args]) => {
        const startedAt = performance.now();
        const code = await callOf(operator, name, args).then(
          () => 'answered',
          (error: { code?: string }) => error.code,
        );
        return { name, code, ms: performance.now() - startedAt };
      }),
    );
    for (const { name, code, ms } of took) {
      expect(code, name).toBe('UNAVAILABLE');
      expect(ms, name).toBeLessThan(callTimeoutMs + 1_500);
    }
    proxy.mode = 'pass';
    proxy.cut();
    await until('it answers again', () =>
      operator.deadLetters.count().then(
        (count) => count === 0,
        () => false,
      ),
    );
    await operator.close();
  });
});

describe('⚑ a process whose bus is closed', () => {
  it('ends immediately, also when a reply to its timer of retries was lost', async () => {
    const main = await bundle('test/support/processes/lost-job-main.ts');
    const child = spawn(process.execPath, [main, String(stage.server.port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let closedAt = 0;
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (closedAt === 0 && output.includes('closed')) closedAt = performance.now();
    });
    await until('it has closed', () => closedAt > 0);
    await until('it has ended', () => child.exitCode !== null, 10_000);
    expect(performance.now() - closedAt).toBeLessThan(2_000);
    expect(child.exitCode).toBe(0);
  });

  it.each([
    ['with any calls in flight', 'freeze'],
    ['while its timer of retries claims a job', 'active'],
  ])('ends immediately on a half-open connection, %s', async (_what, how) => {
    const main = await bundle('test/support/processes/lost-job-main.ts');
    const child = spawn(process.execPath, [main, String(stage.server.port), how], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      errors += data.toString();
    });
    try {
      await until('it has closed', () => output.includes('closed'), 30_000);
      const closedAt = performance.now();
      await until('it has ended', () => child.exitCode !== null, 10_000);
      expect(performance.now() - closedAt).toBeLessThan(2_000);
      expect(errors).toBe('');
    } finally {
      child.kill('SIGKILL');
    }
  });
});
