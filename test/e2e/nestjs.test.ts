import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../scripts/redis-server.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();
let service: ChildProcess;
let url: string;
let output = '';
const lines = () => output.split('\n').filter((line) => line !== '');

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  service = spawn(process.execPath, [resolve('examples/nestjs/dist/main.js')], {
    env: { ...process.env, REDIS_URL: server.url, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  service.stdout?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  await until('it listens', () => lines().includes('listening'));
});

afterAll(() => service.kill('SIGKILL'));

it('a request publishes for its tenant; the handlers of the application get the event and its consequence', async () => {
  const answer = await fetch(`${url}/approvals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tenant': 'acme', 'x-user': 'usr1' },
    body: JSON.stringify({ approvalId: 'apr1', title: 'Q3 newsletter' }),
  });
  const { id } = (await answer.json()) as { id: string };
  await until('both events are recorded', () => lines().length === 3);
  const recorded = lines()
    .slice(1)
    .sort()
    .map((line) => JSON.parse(line) as unknown);
  expect(recorded).toEqual([
    { type: 'approval.item.auto_approved', tenant: 'acme', user: 'usr1', cause: id },
    { type: 'approval.item.requested', tenant: 'acme', user: 'usr1', cause: id },
  ]);
});

it('a request without a tenant and a user is refused', async () => {
  const { status } = await fetch(`${url}/approvals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ approvalId: 'apr2', title: 'Q4 newsletter' }),
  });
  expect(status).toBe(401);
});

it('the probes answer with the health of the bus', async () => {
  for (const path of ['ready', 'live']) {
    const answer = await fetch(`${url}/${path}`);
    expect(await answer.json()).toMatchObject({ status: 'ok', details: { events: { status: 'up' } } });
  }
});

it('SIGTERM closes the bus before the service ends: its consumer leaves the group', async () => {
  const redis = new Redis(server.url);
  const consumers = () => redis.call('XINFO', 'CONSUMERS', '{hyvve:0}:events', 'approvals');
  expect(await consumers()).toHaveLength(1);
  const ended = new Promise((done) => service.once('exit', done));
  service.kill('SIGTERM');
  await ended;
  expect(await consumers()).toEqual([]);
  redis.disconnect();
});
