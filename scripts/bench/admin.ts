import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AdminApp, buildApp, signToken } from '@hyvve-events/admin';
import { EventTypes } from '@hyvve-events/sdk';
import { Redis } from 'ioredis';
import { ensurePostgres } from '../ensure-postgres.js';
import { startPostgres } from '../postgres-server.js';
import type { PrivateRedis } from '../redis-server.js';
import { empty, envelope } from './events.js';
import { heapMiB } from './memory.js';
import { type Figures, median, rounded, type Scenario } from './scenario.js';

const usualEvents = 1_000_000;
/** One event in this many becomes a dead letter. */
const deadEvery = 10;
const tenants = 200;
const types = Object.values(EventTypes);
const repeats = 15;
const minute = 60_000;

export const admin: Scenario = {
  name: 'admin',
  description:
    '1,000,000 events and 100,000 dead letters, index on PostgreSQL: indexing, then every listing; median and slowest median',
  goals: [
    { figure: 'indexPerSec', least: 5_000 },
    { figure: 'slowestListingMs', least: 100 },
    { figure: 'heldMiB', least: 50 },
  ],
  async run({ redis, size }) {
    ensurePostgres();
    await empty(redis);
    const events = size(usualEvents);
    await fill(redis, events);
    const postgres = await startPostgres();
    try {
      return await measure(redis, postgres.url, events, size(repeats));
    } finally {
      await postgres.stop();
      await empty(redis);
    }
  },
};

async function measure(redis: PrivateRedis, database: string, events: number, calls: number): Promise<Figures> {
  const secret = randomBytes(48).toString('base64url');
  const startedAt = performance.now();
  const app = await buildApp({
    keys: { secret },
    redis: redis.url,
    database: { url: database },
    logLevel: 'silent',
    requestsPerMinute: 1_000_000,
  });
  try {
    const authorization = `Bearer ${await signToken(secret, { sub: 'bench', role: 'owner' }, '1h')}`;
    const get = (url: string) => app.inject({ url, headers: { authorization } });
    await untilIndexed(app, get, events + events / deadEvery);
    const indexPerSec = events / ((performance.now() - startedAt) / 1000);
    const before = heapMiB();
    const medians = new Map<string, number>();
    for (const url of await listings(get)) {
      const times: number[] = [];
      for (let i = 0; i < calls; i += 1) {
        const from = performance.now();
        const { statusCode, body } = await get(url);
        times.push(performance.now() - from);
        if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${body}`);
      }
      medians.set(url, median(times));
      process.stderr.write(`  ${median(times).toFixed(1).padStart(7)} ms  ${url}\n`);
    }
    const heldMiB = heapMiB() - before;
    return {
      indexPerSec: rounded(indexPerSec),
      listingMs: rounded(median([...medians.values()])),
      slowestListingMs: rounded(Math.max(...medians.values())),
      heldMiB: rounded(Math.max(0, heldMiB)),
    };
  } finally {
    await app.close();
  }
}

type Get = (url: string) => Promise<{ readonly statusCode: number; readonly body: string }>;

/** All kinds of listings, including expensive ones. */
async function listings(get: Get): Promise<readonly string[]> {
  const { events: page } = JSON.parse((await get('/admin/events?limit=200')).body) as { events: { id: string }[] };
  const id = page[100]?.id ?? '';
  const now = Date.now();
  const range = `from=${new Date(now - 60 * minute).toISOString()}&to=${new Date(now + minute).toISOString()}`;
  const rareType = 'pm.team.member_removed';
  return [
    '/admin/events',
    '/admin/events?limit=200',
    `/admin/events?type=${rareType}`,
    '/admin/events?tenantId=tenant-7',
    `/admin/events?tenantId=tenant-7&type=${rareType}`,
    '/admin/events?source=none',
    `/admin/events?id=${id}`,
    `/admin/events?correlationId=${id}`,
    `/admin/events?${range}`,
    ...['DLQ', 'FAILED', 'PENDING', 'PROCESSING', 'COMPLETED', 'DISCARDED'].map(
      (status) => `/admin/events?status=${status}`,
    ),
    '/admin/events?status=DLQ&tenantId=tenant-7',
    '/admin/events/dlq',
    '/admin/events/dlq?limit=200',
    '/admin/events/dlq?page=1900',
    '/admin/events/dlq?tenantId=tenant-7',
    '/admin/events/dlq?handler=mails&group=notifications',
    '/admin/events/dlq?text=timeout',
    '/admin/events/dlq?text=order%204711',
    '/admin/events/dlq?text=no%20such%20thing',
    `/admin/events/dlq?type=${rareType}&${range}`,
    '/admin/events/dlq/error-groups',
    '/admin/events/dlq/error-groups?tenantId=tenant-7',
    '/admin/events/dlq/error-groups?text=timeout',
    '/admin/audit',
    '/admin/audit?actor=nobody',
    `/admin/traces/${id}`,
    '/admin/events/stats',
    '/admin/consumers',
    '/admin/events/replay',
    '/admin/events/dlq/bulk',
  ];
}

async function untilIndexed(app: AdminApp, get: Get, entries: number): Promise<void> {
  await app.ready();
  for (;;) {
    const { statusCode, body } = await get('/admin/events/stats');
    // While it indexes, the service may not read the figures of Redis within its time limit: REDIS_UNAVAILABLE.
    if (statusCode === 503) {
      process.stderr.write(`  ${body}\n`);
    } else {
      const { index } = JSON.parse(body) as { index: { indexed: number; error?: string } };
      if (index.indexed >= entries) return;
      if (index.error !== undefined) process.stderr.write(`  ${index.error}\n`);
    }
    await sleep(250);
  }
}

/** Writes events like a publisher, and dead letters with their log lines like the settle script. */
async function fill(server: PrivateRedis, events: number): Promise<void> {
  const redis = new Redis(server.url);
  const start = Date.now() - events / 10;
  const errors = ['connect ETIMEDOUT: timeout of the mail server', 'no such user', 'rate limit of the provider'];
  for (let i = 0; i < events; ) {
    const pipeline = redis.pipeline();
    for (let n = 0; n < 2_000 && i < events; n += 1, i += 1) {
      const id = `e${String(i).padStart(23, '0')}`;
      const type = types[i % types.length] ?? '';
      const tenantId = `tenant-${i % tenants}`;
      const streamId = `${start + Math.floor(i / 10)}-${i % 10}`;
      const json = JSON.stringify({ ...envelope, id, type, tenantId, correlationId: id });
      pipeline.xadd('{hyvve:0}:events', streamId, 'e', json);
      if (i % deadEvery !== 0) continue;
      const message = `${errors[i % errors.length]} (order ${i})`;
      const facts = { eventId: id, type, tenantId, correlationId: id, attempt: 4, error: { name: 'Error', message } };
      const common = ['group', 'notifications', 'handler', i % 20 === 0 ? 'mails' : 'alerts', 'stream', streamId];
      pipeline.xadd(
        '{hyvve:0}:dlq',
        streamId,
        ...common,
        'reason',
        'RETRIES_EXHAUSTED',
        'd',
        JSON.stringify(facts),
        'e',
        json,
      );
      const fields = ['d', JSON.stringify(facts), 'dlq', streamId, 'reason', 'RETRIES_EXHAUSTED'];
      pipeline.xadd('{hyvve:0}:log', streamId, 'k', 'dead', ...common, ...fields);
    }
    await pipeline.exec();
  }
  redis.disconnect();
}
