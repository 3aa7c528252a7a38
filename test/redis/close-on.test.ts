import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createEventBus, createEventOperator, silentLogger } from '@hyvve-events/runtime';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { bundle } from '../support/processes/bundle.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
let main: string;
let children: ChildProcess[] = [];
const shop = () => createEventBus({ service: 'shop', redis: server.url, logger: silentLogger });

beforeAll(async () => {
  main = await bundle('test/support/processes/close-on-main.ts');
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

/** A process whose handler runs. */
async function running(...args: string[]): Promise<{ readonly child: ChildProcess; readonly streamId: string }> {
  const child = spawn(process.execPath, [main, server.url, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  await until('it has started', () => output.includes('started'));
  const bus = shop();
  const { streamId } = await bus.publish(OrderPlaced, anOrder, tenant);
  await bus.close();
  await until('the handler runs', () => output.includes('running'));
  return { child, streamId };
}

it('a signal of closeOn: the running handler finishes and publishes, then the process ends by itself with code 0', async () => {
  const { child, streamId } = await running();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  const operator = createEventOperator({ redis: server.url, logger: silentLogger });
  expect(await operator.status({ streamId })).toMatchObject([{ handlers: [{ handler: 'bill', status: 'COMPLETED' }] }]);
  expect((await operator.statistics.snapshot()).stream.length).toBe(2);
  await operator.close();
});

it('a second signal, half a second later, ends the process with 128 and its number; an earlier one counts as the first', async () => {
  const { child } = await running('hangs');
  child.kill('SIGINT');
  child.kill('SIGINT');
  // Sent again, because the first signal may not have been received yet.
  await until('it has ended', () => {
    child.kill('SIGTERM');
    return child.signalCode !== null || child.exitCode !== null;
  });
  expect(child.exitCode).toBe(143);
});

it('the listeners are added by createEventBus and removed by close', async () => {
  const count = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGHUP');
  const before = count();
  const bus = createEventBus({ service: 'billing', redis: server.url, closeOn: ['SIGTERM', 'SIGHUP'] });
  expect(count()).toBe(before + 2);
  await bus.stop();
  expect(count()).toBe(before + 2);
  await bus.close();
  expect(count()).toBe(before);
  createEventBus({ service: 'billing', redis: server.url });
  expect(count()).toBe(before);
});
