import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const redis = useRedis();

/** Runs the demo as `npm run demo` does after its build, with another environment. */
function demo(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { REDIS_URL: _, ...inherited } = process.env;
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', ...args], {
    env: { ...inherited, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  child.stdout?.on('data', (data: Buffer) => {
    output.text += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    output.text += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, output, ended };
}

test('demo --once: runs every service on a private Redis, retries the dead letter and leaves no files or processes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-demo-test-'));
  const { output, ended } = demo(['--once'], { TMPDIR: folder });
  expect(await ended, output.text).toBe(0);
  expect(output.text).toContain('(private, removed at the end)');
  expect(output.text).toMatch(/[a-z0-9]{24} +approvals +→ approval\.item\.created/);
  expect(output.text).toMatch(/[a-z0-9]{24} +agentos +→ agent\.run\.completed/);
  expect(output.text).toContain("operator.deadLetters.retry('");
  expect(output.text).toContain(
    '17 events published and handled, 3 runs retried, 1 dead letter, retried by an operator',
  );
  const port = /127\.0\.0\.1:(\d+)/.exec(output.text)?.[1];
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  expect((await readdir(folder)).filter((name) => name.startsWith('hyvve-redis-'))).toEqual([]);
  await rm(folder, { recursive: true });
});

test('demo with REDIS_URL: uses this Redis, runs until SIGTERM, and removes its keys', async () => {
  const { child, output, ended } = demo([], { REDIS_URL: redis.url });
  await until('a second chapter', () => output.text.split('approved: Publish the Q3 newsletter').length > 2, 60_000);
  // As docs/admin.md shows: found by its text, inspected, edited, retried, COMPLETED.
  const address = /Admin service: (\S+)/.exec(output.text)?.[1] ?? '';
  const token = /TOKEN=(\S+)/.exec(output.text)?.[1] ?? '';
  const api = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(address + path, { ...init, headers });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads the fields that it expects; a missing one fails it.
    return (await response.json()) as any;
  };
  await until('the dead letter is found', async () => (await api('/admin/events/dlq?text=pager')).total === 1, 60_000);
  const [letter] = (await api('/admin/events/dlq?text=pager')).events;
  const { envelope } = await api(`/admin/events/dlq/${letter.eventId}`);
  child.stdin?.write('pager\n');
  const data = { ...envelope.data, provider: 'edited' };
  const retry = { method: 'POST', body: JSON.stringify({ data }) };
  const { newEventId } = await api(`/admin/events/dlq/${letter.eventId}/retry`, retry);
  await until(
    'it is COMPLETED',
    async () => (await api(`/admin/events/${newEventId}`)).event?.status === 'COMPLETED',
    60_000,
  );
  expect((await api(`/admin/audit?eventId=${letter.eventId}`)).entries[0]).toMatchObject({
    actor: 'you',
    action: 'edited',
  });
  child.kill('SIGINT');
  expect(await ended, output.text).toBe(0);
  const client = new Redis(redis.url);
  expect(await client.dbsize()).toBe(0);
  client.disconnect();
}, 300_000);

test('demo without a Redis at REDIS_URL: prints the problem and exits with 1', async () => {
  const { output, ended } = demo(['--once'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(await ended).toBe(1);
  expect(output.text).toMatch(/redis/i);
  expect(output.text).not.toContain('at async');
});
