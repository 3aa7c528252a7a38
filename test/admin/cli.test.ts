import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { usePostgres } from '../support/admin/postgres.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const redis = useRedis();
const postgres = usePostgres();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyvve-admin-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command. */
function command(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const node = ['admin/bin/hyvve-events-admin.js', ...args];
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, node, { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    output.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    output.err += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, output, ended };
}

it('invalid environment or command: lists every problem without a stack trace, and exits with 2', async () => {
  const { output, ended } = command([], { ADMIN_PORT: 'http' });
  expect(await ended).toBe(2);
  expect(output.err).toContain('ADMIN_PORT must be');
  expect(output.err).toContain('ADMIN_JWT_SECRET or ADMIN_JWKS_URL must be set');
  expect(output.err).not.toContain('    at ');
  const usage = command(['polish']);
  expect(await usage.ended).toBe(2);
  expect(usage.output.err).toContain('--help');
});

it('--help: lists the commands and exits with 0', async () => {
  const { output, ended } = command(['--help']);
  expect(await ended).toBe(0);
  expect(output.out).toContain('rebuild');
});

it('--version: prints the version of the package', async () => {
  const { output, ended } = command(['--version']);
  expect(await ended).toBe(0);
  const { version } = JSON.parse(readFileSync('admin/package.json', 'utf8')) as { version: string };
  expect(output.out).toBe(`${version}\n`);
});

it('serve --dev: prints valid tokens, and exits with 0 on SIGTERM', async () => {
  const env = { REDIS_URL: redis.url, DATABASE_URL: postgres.server.url, ADMIN_PORT: '0', ADMIN_LOG_LEVEL: 'warn' };
  const { child, output, ended } = command(['--dev'], env);
  await until('tokens are printed', () => /owner: \S+/.test(output.out));
  const address = /http:\S+/.exec(output.out)?.[0] ?? '';
  for (const role of ['admin', 'owner']) {
    const token = new RegExp(`${role}: (\\S+)`).exec(output.out)?.[1];
    const response = await fetch(`${address}/admin/identity`, { headers: { authorization: `Bearer ${token}` } });
    expect(await response.json()).toMatchObject({ actor: `dev-${role}`, role });
  }
  expect((await fetch(`${address}/catalog.json`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended, output.err).toBe(0);
});

it('rebuild: prints its progress and exits with 0', async () => {
  const { output, ended } = command(['rebuild'], { REDIS_URL: redis.url, DATABASE_URL: postgres.server.url });
  expect(await ended, output.err).toBe(0);
  expect(output.out).toContain('reading 0 events');
  expect(output.out).toContain('done in');
});

it('partitions migrate-keys: prints counts and exits with 0; a refusal exits with 1, a wrong option with 2', async () => {
  const client = new Redis(redis.url);
  await client.flushall();
  await client.xadd('hyvve:events', '*', 'e', '{}');
  await client.hset('hyvve:publishers-seen', 'host-1', Date.now());
  const env = { REDIS_URL: redis.url };
  const migrate = async (...args: string[]) => {
    const { output, ended } = command(['partitions', 'migrate-keys', ...args], env);
    return { code: await ended, ...output };
  };
  expect(await migrate('--dry-run')).toEqual({
    code: 0,
    out: '         1 events\n         1 publishers-seen\n2 keys would be renamed\n0 keys of BullMQ would be deleted\n',
    err: '',
  });
  const refused = await migrate();
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('host-1') });
  expect(refused.err).not.toContain('    at ');
  expect(await migrate('--force')).toMatchObject({ code: 0, out: expect.stringContaining('2 keys renamed') });
  expect(await migrate()).toMatchObject({ code: 0, out: expect.stringContaining('nothing to do') });
  expect(await migrate('--undo', '--force')).toMatchObject({ code: 0, out: expect.stringContaining('2 keys renamed') });
  expect(await client.keys('*')).toEqual(expect.arrayContaining(['hyvve:events', 'hyvve:publishers-seen']));
  client.disconnect();
  expect(await migrate('--out', 'x')).toMatchObject({ code: 2 });
  expect(await command(['rebuild', '--undo'], env).ended).toBe(2);
});

it('partitions: exits with the code of the command, without colours', async () => {
  const client = new Redis(redis.url);
  await client.flushall();
  await client.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: 1 });
  client.disconnect();
  const grown = command(['partitions', 'grow', '2', '--yes'], { REDIS_URL: redis.url });
  expect(await grown.ended, grown.output.err).toBe(0);
  expect(grown.output.out).toMatch(/^1 → 2 partitions\n.*grown from 1 to 2 partitions in/s);
  expect(grown.output.out).not.toContain('\u001b');
  expect(await command(['partitions', 'grow', '4'], { REDIS_URL: redis.url }).ended).toBe(2);
});
