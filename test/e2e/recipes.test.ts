import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { approvalHandlers, publishApprovalApproved, publishApprovalRejected } from '@hyvve-events/sdk/approval';
import { sampleApprovalApproved, sampleApprovalCreated } from '@hyvve-events/sdk/samples/approval';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { currentContext, keepContext, publisherHere, runWith } from '../../examples/recipes/async-context/context.js';
import { type ReportScope, reportErrors } from '../../examples/recipes/error-reporter/report-errors.js';
import { buildApp as buildExpressApp } from '../../examples/recipes/express/app.js';
import { buildApp as buildFastifyApp } from '../../examples/recipes/fastify/app.js';
import { POST } from '../../examples/recipes/nextjs/app/approvals/route.js';
import { subscribeNotifications } from '../../examples/recipes/two-catalogs/notifications.js';
import { publishParcelSent } from '../../examples/recipes/two-catalogs/shipping/sdk/shipping.js';
import { freePort } from '../../scripts/redis-server.js';
import { bundle } from '../support/processes/bundle.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const server = useRedis();
let children: ChildProcess[] = [];
let redis: Redis;
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  redis.disconnect();
});

/** A recipe as a process: its printed lines, and its exit code. */
async function start(recipe: string, env: NodeJS.ProcessEnv = {}) {
  const file = await bundle(`examples/recipes/${recipe}`);
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, REDIS_URL: server.url, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, lines: () => output.split('\n').filter((line) => line !== '') };
}

describe('kubernetes', () => {
  it('the probes answer, and SIGTERM lets a running handler finish and publish', async () => {
    const port = await freePort();
    const service = await start('kubernetes/http-service.ts', { PORT: String(port) });
    await until('it listens', () => service.lines().includes('listening'));
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await until('it is ready', async () => (await get('/ready')) === 200);
    expect(await get('/live')).toBe(200);
    const post = async (body: string) =>
      (await fetch(`http://127.0.0.1:${port}/approvals`, { method: 'POST', body })).status;
    expect([await post('{'), await post('{}')]).toEqual([400, 400]);
    expect(await post(JSON.stringify(sampleApprovalCreated()))).toBe(202);
    await until('the handler runs', () => service.lines().some((line) => line.startsWith('deciding')));
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(service.lines().at(-1)).toBe('closed');
    const entries = await redis.xrange('{hyvve:0}:events', '-', '+');
    const types = entries.map(([, fields]) => JSON.parse(fields[1] ?? '').type);
    expect(types).toEqual(['approval.item.created', 'approval.item.approved']);
  });

  it('deployment.yaml has the port and the paths of the service, and time for its shutdown', () => {
    const { spec } = parse(readFileSync('examples/recipes/kubernetes/deployment.yaml', 'utf8')).spec.template;
    const [{ ports, env, livenessProbe, readinessProbe, lifecycle }] = spec.containers;
    expect(env[0]).toEqual({ name: 'PORT', value: String(ports[0].containerPort) });
    expect([livenessProbe, readinessProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: '/live', port: ports[0].name },
      { path: '/ready', port: ports[0].name },
    ]);
    const [, pause] = lifecycle.preStop.exec.command;
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(pause) + 10);
  });
});

it('graceful restart: no event is lost and none is handled twice', async () => {
  const first = await start('graceful-restart/worker.ts');
  await until('it has started', () => first.lines().includes('started'));
  const bus = createEventBus({ service: 'test', redis: server.url, logger: silentLogger });
  const ids = Array.from({ length: 20 }, (_, n) => `approval${n}`);
  for (const approvalId of ids) {
    await publishApprovalApproved(bus, sampleApprovalApproved({ approvalId }), { tenantId: 'acme' });
  }
  await bus.close();
  await until('it has begun', () => first.lines().length > 3);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const second = await start('graceful-restart/worker.ts');
  await until('it has started', () => second.lines().includes('started'));
  const sent = () => [...first.lines(), ...second.lines()].filter((line) => line.startsWith('sent'));
  await until('all mails are sent', () => sent().length >= ids.length);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(sent().sort()).toEqual(ids.map((id) => `sent ${id}, attempt 1`).sort());
});

it('error reporter: gets the error of each failed run with the event, and not its data', async () => {
  const reports: Record<string, unknown>[] = [];
  let scoped: Record<string, unknown> = {};
  const scope: ReportScope = {
    setTags: (tags) => Object.assign(scoped, tags),
    setContext: (name, context) => Object.assign(scoped, { [name]: context }),
    setLevel: (level) => Object.assign(scoped, { level }),
  };
  const reporter = {
    withIsolationScope: <Result>(run: (scope: ReportScope) => Result) => {
      scoped = {};
      return run(scope);
    },
    captureException: (error: unknown) => reports.push({ ...scoped, error }),
  };
  const error = new Error('the mail server refuses');
  const interceptors = { handle: [reportErrors(reporter)] };
  const bus = createMemoryBus({ service: 'mailer', logger: silentLogger, interceptors });
  bus.subscribe(
    approvalHandlers(
      {
        onApprovalApproved: () => Promise.reject(error),
        onApprovalRejected: async () => undefined,
      },
      { name: 'mail', maxRetries: 1, retryDelaysMs: [1_000] },
    ),
  );
  await bus.start();
  const data = sampleApprovalApproved();
  const { id } = await publishApprovalApproved(bus, data, { tenantId: 'acme', correlationId: 'c' });
  await bus.idle();
  await bus.advance(2_000);
  const common = {
    eventType: 'approval.item.approved',
    handler: expect.stringContaining('mail'),
    tenantId: 'acme',
    error,
  };
  expect(reports).toEqual([
    { ...common, level: 'warning', event: { id, correlationId: 'c', attempt: 1 } },
    { ...common, level: 'error', event: { id, correlationId: 'c', attempt: 2 } },
  ]);
  await bus.close();
});

it('async context: code at any depth reads the context of its event or request, and publishes with it', async () => {
  const bus = createMemoryBus({ service: 'approvals', logger: silentLogger, interceptors: { handle: [keepContext] } });
  const seen: unknown[] = [];
  const reject = async () => {
    await Promise.resolve();
    seen.push(currentContext());
    const data = { ...sampleApprovalApproved(), decision: 'rejected' as const };
    const { approvalId, type, title, confidenceScore, decision } = data;
    await publishApprovalRejected(publisherHere(bus), { approvalId, type, title, confidenceScore, decision });
  };
  bus.subscribe(approvalHandlers({ onApprovalApproved: reject }));
  await bus.start();
  const ids = await Promise.all(
    ['north', 'south'].map(async (tenantId) => {
      const request = { tenantId, userId: `user of ${tenantId}`, correlationId: `visit of ${tenantId}` };
      return runWith(request, () => publishApprovalApproved(publisherHere(bus), sampleApprovalApproved()));
    }),
  );
  await bus.idle();
  const expected = ['north', 'south'].map((tenantId, index) => ({
    tenantId,
    userId: `user of ${tenantId}`,
    correlationId: `visit of ${tenantId}`,
    causationId: ids[index]?.id,
  }));
  expect(seen).toEqual(expected);
  expect(bus.published.filter(({ causationId }) => causationId !== undefined)).toMatchObject(expected);
  expect(() => currentContext()).toThrow('there is no context');
  await bus.close();
});

describe('publishing for HTTP requests', () => {
  const valid = JSON.stringify(sampleApprovalCreated());
  const headers = { 'content-type': 'application/json' };

  it('Fastify: publishes with the context of the request, answers invalid data with 400, and closes the bus', async () => {
    const bus = createMemoryBus({ service: 'web', logger: silentLogger });
    const app = buildFastifyApp(bus);
    const post = (payload: string) => app.inject({ method: 'POST', url: '/approvals', headers, payload });
    const refused = await post('{}');
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await post('{')).statusCode).toBe(400);
    expect((await post(valid)).statusCode).toBe(202);
    expect(bus.published).toMatchObject([{ type: 'approval.item.created', tenantId: 'acme', userId: 'ann' }]);
    await app.close();
    await expect(bus.start()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('Express: publishes, answers invalid data with 400, and has probes', async () => {
    const bus = createMemoryBus({ service: 'web', logger: silentLogger });
    const server = buildExpressApp(bus).listen(0);
    await until('it listens', () => server.listening);
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const post = async (body: string) =>
      (await fetch(`${address}/approvals`, { method: 'POST', headers, body })).status;
    expect([await post('{}'), await post('{'), await post(valid)]).toEqual([400, 400, 202]);
    expect((await fetch(`${address}/ready`)).status).toBe(200);
    expect(bus.published).toMatchObject([{ type: 'approval.item.created', tenantId: 'acme', userId: 'ann' }]);
    server.close();
    await bus.close();
  });

  it('Next.js: publishes with one bus for all requests, and answers invalid data with 400', async () => {
    process.env.REDIS_URL = server.url;
    const post = async (body: string) =>
      (await POST(new Request('http://localhost/approvals', { method: 'POST', headers, body }))).status;
    expect([await post('{}'), await post('{'), await post(valid), await post(valid)]).toEqual([400, 400, 202, 202]);
    expect(await redis.xlen('{hyvve:0}:events')).toBe(2);
    await (globalThis as { events?: EventBus }).events?.close();
  });
});

describe('two catalogs', () => {
  it('one service handles the events of both; for a pattern of one catalog, events of the other are unknown', async () => {
    const sent: string[] = [];
    const bus = createMemoryBus({ service: 'notifications', logger: silentLogger });
    subscribeNotifications(bus, async (to, text) => void sent.push(`${to}: ${text}`));
    await bus.start();
    await publishParcelSent(bus, { parcelId: 'p-1', carrier: 'DHL' }, { tenantId: 'acme' });
    await publishApprovalApproved(bus, sampleApprovalApproved({ approvalId: 'apr1' }), { tenantId: 'acme' });
    await bus.idle();
    expect(sent.sort()).toEqual([
      'acme: DHL has the parcel p-1',
      'acme: apr1 is approved',
      'log: another catalog has approval.item.approved',
      'log: shipping has shipping.parcel.sent of DHL',
    ]);
    expect(await bus.deadLetters.count()).toBe(0);
    await bus.close();
  });
});

describe('ordered', () => {
  /** What two workers book, as the counter prints it. */
  const bookings = async (order: string) => {
    const env = { ORDER: order };
    const workers = [await start('ordered/worker.ts', env), await start('ordered/worker.ts', env)];
    await until('both have started', () => workers.every((worker) => worker.lines().includes('started')));
    const counter = await start('ordered/counter.ts');
    expect(await counter.ended).toBe(0);
    for (const { child } of workers) child.kill('SIGTERM');
    expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
    return counter.lines();
  };
  const outputs = readFileSync('docs/recipes.md', 'utf8').match(/^anna: .*\nben: .*\ncleo: .*$/gm) ?? [];

  it('each withdrawal sees the balance of its time, although the first deposits fail once', async () => {
    expect((await bookings('key')).join('\n')).toBe(outputs[0]);
  });

  it('without order, the withdrawals are refused because the first deposits come later', async () => {
    // The withdrawals and the second deposit are booked in any order.
    const balances = (lines: readonly string[] = []) => lines.map((line) => line.replace(/: .*\./, ''));
    expect(balances(await bookings('none'))).toEqual(balances(outputs[1]?.split('\n')));
  });
});

it.each(['two-catalogs/shipping', 'ordered'])('the SDK of %s is up to date', async (recipe) => {
  const args = ['generate', '--check', '--no-cache', '--catalog', 'catalog/asyncapi.yaml', '--out', 'sdk'];
  await run(process.execPath, [resolve('generator/bin/hyvve-events.js'), ...args], {
    cwd: `examples/recipes/${recipe}`,
  });
});
