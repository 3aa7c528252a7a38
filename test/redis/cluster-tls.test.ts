import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventBus, createEventOperator, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { permittedCommands } from '../../runtime/redis/connection/permissions.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { useCluster } from '../support/redis/cluster.js';
import { until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'hyvve-tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ],
  { stdio: 'ignore' },
);
const used = useCluster({ masters: 3, tls: { cert, key } });
const partitions = 4;
const tenants = Array.from({ length: 20 }, (_, index) => `tenant-${index}`);

beforeAll(async () => {
  // The rule of docs/operations.md.
  const rule = ['on', '>secret', '~{hyvve:*', '%R~hyvve:events', '-@all', '+cluster|slots'];
  const commands = permittedCommands.map((command) => `+${command.toLowerCase()}`);
  for (const { redis } of used.cluster.nodes) {
    await redis.call('ACL', 'SETUSER', 'events', ...rule, ...commands);
    await redis.call('ACL', 'SETUSER', 'default', 'resetpass', '>of-the-administrator');
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

it('⚑ a cluster with TLS, a password and the minimal ACL rule: everything works, and no connection is plain', async () => {
  const nodes = used.cluster.nodes.map(({ tlsPort }) => `rediss://127.0.0.1:${tlsPort}`);
  const tls = { ca: readFileSync(cert) };
  const redis = { nodes, options: { username: 'events', password: 'secret', tls } };
  const runs = new Map<string, number>();
  const consumer = createEventBus({ service: 'billing', redis, partitions, sweepMs: 60_000, logger: silentLogger });
  consumer.subscribe(
    subscribeTo(allEvents, '*', { name: 'bill', maxRetries: 2, retryDelaysMs: [50] }, (event: { id: string }, ctx) => {
      runs.set(event.id, ctx.attempt);
      if (ctx.attempt === 1) throw new Error('as planned');
    }),
  );
  await consumer.start();
  // A retry that is scheduled before has no job: the next sweep finds it.
  await until('the timer is connected', async () => {
    const jobs = await Promise.all(
      used.cluster.nodes.map(({ redis: client }) => client.keys('{hyvve:timer:billing}*')),
    );
    return jobs.flat().length > 0;
  });
  const shop = createEventBus({ service: 'shop', redis, logger: silentLogger });
  const operator = createEventOperator({ redis, events: allEvents, logger: silentLogger });
  const published = await Promise.all(tenants.map((tenantId) => shop.publish(OrderPlaced, anOrder, { tenantId })));
  // The timer of the retries has connections of BullMQ.
  await until('each has run twice', () => published.every(({ id }) => runs.get(id) === 2));
  const { jobId } = await operator.replays.start({}, { actor: 'ann' });
  await until('the replay has ended', async () => (await operator.replays.get(jobId))?.status === 'completed');
  const found = await Promise.all(
    used.cluster.nodes.map(async ({ redis: client, tlsPort }) => {
      const own = String(await client.client('LIST'))
        .split('\n')
        .filter((line) => line.includes('user=events'));
      expect(own.filter((line) => !line.includes(` laddr=127.0.0.1:${tlsPort} `))).toEqual([]);
      return own.length;
    }),
  );
  expect(found.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(6);
  await Promise.all([consumer.close(), shop.close(), operator.close()]);
});

it('a wrong password, and a certificate that is not trusted, are refused by name', async () => {
  const nodes = used.cluster.nodes.map(({ tlsPort }) => `rediss://127.0.0.1:${tlsPort}`);
  const failing = async (options: object) => {
    const bus = createEventBus({
      service: 'shop',
      redis: { nodes, options },
      publishDeadlineMs: 600,
      logger: silentLogger,
    });
    const error = await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' }).catch((thrown: unknown) => thrown);
    await bus.close();
    return error as Error;
  };
  const trusted = { tls: { ca: readFileSync(cert) } };
  expect(await failing({ username: 'events', password: 'wrong', ...trusted })).toMatchObject({ code: 'REDIS_DENIED' });
  expect(String(await failing({ username: 'events', password: 'secret' }))).toContain('self-signed certificate');
});
