import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdminApp, buildApp } from '@hyvve-events/admin';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminOptions, token } from '../../support/admin/admin.js';
import { runCli } from '../../support/catalogs/generator.js';
import { catalogText, VersionedCatalog } from '../../support/catalogs/versioned-catalog.js';
import { anOrder, OrderPlaced } from '../../support/events/events.js';
import { useStage } from '../../support/processes/chaos.js';
import { endWorkers } from '../../support/processes/worker.js';
import { until } from '../../support/wait.js';

const stage = useStage();
let app: AdminApp;
let admin: string;
let bearer: string;
let catalog: VersionedCatalog;

const type = OrderPlaced.type;
const payload = '{ type: object, properties: { orderId: { type: string }, amount: { type: number } } }';
const paid = { type: 'shop.order.paid', payload };
const v1 = catalogText([{ type, payload }, paid]);
const v2Event = { type, version: '2.0.0', payload, more: 'x-upcast: same # the same data' };
const v2 = catalogText([v2Event, paid]);

beforeAll(async () => {
  // Without an index: what Redis knows is sufficient.
  const database = { url: 'postgres://127.0.0.1:1/none' };
  app = await buildApp(adminOptions({ redis: stage.server.url, database, redisTimeoutMs: 2_000 }));
  admin = await app.listen({ port: 0, host: '127.0.0.1' });
  bearer = await token();
});
afterAll(() => app.close());
beforeEach(() => {
  catalog = new VersionedCatalog().release(v1).write(v2);
});
afterEach(() => catalog.remove());

async function cli(...args: readonly string[]) {
  const { code, stdout, stderr } = await runCli([...args, '--token', bearer], catalog.folder);
  return { code, stdout, stderr };
}
const rollout = (...args: readonly string[]) => cli('rollout', '--admin', admin, ...args);
const retire = (...args: readonly string[]) => cli('retire', `${type}@1`, '--admin', admin, ...args);

const consumer = (version: string, older: readonly number[] = []) =>
  stage.worker('billing', [{ name: 'bill' }], { version, older });
const publisher = (version: string) => stage.worker('shop', [], { version, publishes: true });

async function registered() {
  const { events } = await stage.operator.versions.registry();
  return events.find((event) => event.type === type);
}
const publishing = () => until('it is registered', async () => (await registered())?.publishers[0]?.alive === true);

describe('rollout', () => {
  it('as publisher: refused while a living group cannot read the new major, until it can', async () => {
    const old = await consumer('1.0.0');
    const refused = await rollout('--as', 'publisher');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain(`${type}  2.0.0, reads also 1.x\n  read by billing: 1.0.0 (1 process)\n`);
    expect(refused.stdout).toContain('1 event with the version of all running processes');
    expect(refused.stderr).toContain(`ROLLOUT_REFUSED: ${type}: billing (`);
    expect(refused.stderr).toContain(` ${old.pid}) reads 1.0.0 and cannot read 2.x\n`);
    expect(refused.stderr).toContain('fix: deploy billing first, with an SDK that knows 2.x');
    expect((await rollout('--as', 'consumer')).code).toBe(0);

    await consumer('2.0.0', [1]);
    const mixed = await rollout(type, '--as', 'publisher', '--format', 'github');
    expect(mixed.code).toBe(0);
    expect(mixed.stdout).toMatch(/^::warning file=catalog\/asyncapi\.yaml,line=\d+/);
    expect(mixed.stdout).toContain('read by billing: 1.0.0 (1 process); 2.0.0, reads also 1.x (1 process)');

    old.signal('SIGTERM');
    await old.ended;
    const done = await rollout('OrderPlaced');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toBe('1 event with the version of all running processes\nIt can be deployed now.\n');
  });

  it('as consumer: refused while a running publisher writes a major that is retired', async () => {
    const old = await publisher('1.0.0');
    await publishing();
    expect((await rollout('--as', 'consumer')).code).toBe(0);
    catalog.write(
      catalogText([{ ...v2Event, more: 'x-upcast: same\nx-versions: { "1": { retired: 2026-11-28 } }' }, paid]),
    );
    const { code, stderr } = await rollout('--as', 'consumer');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`shop \\(\\S+ ${old.pid}\\) publishes 1\\.0\\.0, which this version no longer reads`),
    );
    expect((await rollout('--as', 'publisher')).code).toBe(0);
    const json = JSON.parse((await rollout('--format', 'json')).stdout);
    expect(json).toMatchObject({ ok: false, problems: [{ code: 'ROLLOUT_REFUSED' }], unchanged: 0, unused: 1 });
  });

  it('after a rollback: says which events wait for a build that knows their version', async () => {
    await consumer('1.0.0');
    await publisher('2.0.0');
    await publishing();
    await until('it is parked', async () => (await stage.operator.parked.count()) === 1);
    catalog.write(v1);
    const { code, stderr } = await rollout('--as', 'consumer');
    expect(code).toBe(0);
    expect(stderr).toContain(`${type}: 1 event of billing waits for a build that knows 2.0.0`);
    expect(stderr).toContain('publishes 2.0.0: its events wait for a build that knows 2.x');
  });

  it('a process with an earlier runtime does not say what it reads: refused', async () => {
    await consumer('2.0.0');
    const key = '{hyvve:0}:group:billing:consumers';
    for (const [name, json] of Object.entries(await stage.redis.hgetall(key))) {
      await stage.redis.hset(key, name, JSON.stringify({ ...JSON.parse(json), reads: undefined }));
    }
    await stage.bus('shop').publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
    const { code, stderr } = await rollout(type, '--as', 'publisher');
    expect(code).toBe(1);
    expect(stderr).toContain('does not say what it reads');
  });

  it('a group that has retired what would be published: refused', async () => {
    await consumer('3.0.0', [1]);
    const { code, stderr } = await rollout(type, '--as', 'publisher');
    expect(code).toBe(1);
    expect(stderr).toContain('reads 3.0.0, and 2.x no longer');
  });

  it('works behind a proxy that serves the admin service below a path', async () => {
    const proxy = await startProxy('/ops');
    const { port } = proxy.address() as AddressInfo;
    for (const address of [`http://127.0.0.1:${port}/ops`, `http://127.0.0.1:${port}/ops/`]) {
      const { code, stdout } = await cli('rollout', '--admin', address);
      expect(code).toBe(0);
      expect(stdout).toBe('2 events that no running process reads or publishes\nIt can be deployed now.\n');
    }
    expect((await cli('rollout', '--admin', `http://127.0.0.1:${port}`)).stderr).toContain('ADMIN_FAILED');
    proxy.close();
  });

  it('a system that cannot be asked: exit code 1 with the reason; wrong usage: exit code 2', async () => {
    const bound = await token('admin', 'tenant-1');
    const failures = [
      [['--admin', 'http://127.0.0.1:1'], 1, 'cannot be reached'],
      [['--admin', admin, '--token', 'x'], 1, 'TOKEN_INVALID'],
      [['--admin', admin, '--token', ''], 1, 'pass a token with --token or HYVVE_EVENTS_TOKEN'],
      [['--admin', admin, '--token', bound], 1, 'pass a token that is bound to no tenant'],
      [[], 2, '--admin is missing'],
      [['--admin', 'example'], 2, '--admin must be an http:// or https:// address'],
      [['no.such.type', '--admin', admin], 2, 'the catalog has no event no.such.type'],
    ] as const;
    for (const [args, code, text] of failures) {
      const result = await runCli(['rollout', '--token', bearer, ...args], catalog.folder);
      expect([args, result.code]).toEqual([args, code]);
      expect(result.stderr).toContain(text);
    }
  });
});

describe('retire', () => {
  /** Moves what was published two days into the past. */
  async function twoDaysLater(): Promise<void> {
    for (const [name, ms] of Object.entries(await stage.redis.hgetall('{hyvve:0}:published'))) {
      if (name !== '#') await stage.redis.hset('{hyvve:0}:published', name, Number(ms) - 48 * 60 * 60 * 1000);
    }
    const keys = await stage.redis.keys('{hyvve:0}:stats:*');
    if (keys.length > 0) await stage.redis.del(...keys);
  }

  it('each condition holds the version back; then it is retired, and the SDK no longer reads it', async () => {
    // 1: a running publisher, then one that has published a short time ago.
    const old = await publisher('1.0.0');
    await publishing();
    const running = await retire();
    expect(running.code).toBe(1);
    expect(running.stderr).toContain(`RETIRE_REFUSED: ${type}@1 is still in use: conditions 1, 5 do not hold`);
    expect(running.stdout).toContain(`shop publishes 1.0.0 (`);
    expect(running.stdout).toContain('1 event of it in the last day');
    old.signal('SIGTERM');
    await old.ended;
    const recent = await retire();
    expect(recent.stdout).not.toContain('shop publishes');
    expect(recent.stdout).toMatch(/1 {2}no .*\n {15}shop has published 1\.0\.0 at 20/);
    // The counts of the last day are not complete.
    await twoDaysLater();
    await stage.redis.hset(`{hyvve:0}:stats:h:${Math.floor(Date.now() / 3_600_000)}`, `p|${type}`, 3);
    expect((await retire()).stdout).toContain('the versions of 3 events of the last day are not known');
    await twoDaysLater();

    // 2: a group has not read it.
    await stage.redis.xgroup('CREATE', '{hyvve:0}:events', 'slow', '0');
    const unread = await retire();
    expect(unread.stderr).toContain('condition 2 does not hold');
    expect(unread.stdout).toContain(
      '2  no        no group has unfinished entries of it\n               slow: 1 unfinished event\n',
    );
    await stage.redis.xgroup('DESTROY', '{hyvve:0}:events', 'slow');

    // 3: a dead letter.
    const failing = await stage.worker('billing', [{ name: 'bill', does: 'give-up' }], {
      version: '2.0.0',
      older: [1],
    });
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    failing.signal('SIGTERM');
    await failing.ended;
    const dead = await retire();
    expect(dead.stderr).toContain('conditions 3, 5 do not hold');
    expect(dead.stdout).toContain('billing: 1 dead letter\n');
    const { items } = await stage.operator.deadLetters.list();
    await stage.operator.deadLetters.discard(items[0]?.id ?? '', { actor: 'ann' });

    // 5: only a replay could read it.
    const left = await retire();
    expect(left.stderr).toContain('condition 5 does not hold');
    expect(left.stderr).toContain('--even-so');
    expect(left.stdout).toMatch(/5 {2}no .*\n {15}1 entry, the last of 20\d\d-/);
    expect(readFileSync(catalog.path, 'utf8')).toBe(v2);
    expect(await retire('--even-so', '--dry-run')).toMatchObject({ code: 0 });
    expect(readFileSync(catalog.path, 'utf8')).toBe(v2);

    const done = await retire('--even-so');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toContain('5  accepted  no entry that only a replay could read is left');
    const date = new Date().toISOString().slice(0, 10);
    const word = `        x-versions: { "1": { retired: ${date} } }\n`;
    const after = 'x-upcast: same # the same data\n';
    expect(readFileSync(catalog.path, 'utf8')).toBe(v2.replace(after, after + word));
    expect((await runCli(['check'], catalog.folder)).code).toBe(0);
    expect(await retire()).toMatchObject({ code: 2, stderr: expect.stringContaining('is already retired') });
  });

  it('refuses, and writes nothing, when Redis cannot be asked', async () => {
    await stage.redis.set('{hyvve:0}:dlq', 'no stream');
    const { code, stderr } = await retire('--even-so');
    expect(code).toBe(1);
    expect(stderr).toContain('ADMIN_FAILED');
    expect(readFileSync(catalog.path, 'utf8')).toBe(v2);
  });

  it.each([
    [`${type}@2`, 'is the present version'],
    [`${type}@7`, `the SDK does not read ${type}@7`],
    [type, 'is not a type with a major version'],
  ])('%s: wrong usage', async (wanted, text) => {
    const { code, stderr } = await cli('retire', wanted, '--admin', admin);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });
});

/** Serves the admin service below a path. */
function startProxy(path: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    if (!url.startsWith(`${path}/`)) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>sign in</p>');
      return;
    }
    fetch(`${admin}${url.slice(path.length)}`, { headers: { authorization: headers.authorization ?? '' } })
      .then(async (answer) => {
        const type_ = answer.headers.get('content-type') ?? '';
        response.writeHead(answer.status, { 'content-type': type_ }).end(await answer.text());
      })
      .catch(() => response.writeHead(502).end());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

afterEach(endWorkers);
