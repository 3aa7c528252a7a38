import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivateRedis, startRedis } from '../../../scripts/redis-server.js';
import { cliCommand, runCli } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';

const password = 'secret';
let redis: PrivateRedis;
let shop: Shop;

beforeAll(async () => {
  [redis, shop] = await Promise.all([startRedis(['--requirepass', password]), createShop()]);
});

afterAll(async () => {
  await Promise.all([redis.stop(), shop.remove()]);
});

it('a Redis that requires a password: exits with 1 before it starts anything, and says what to set', async () => {
  const { code, stdout, stderr } = await runCli(['dev', '--redis', `redis://127.0.0.1:${redis.port}`], shop.path);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/BUS_FAILED: \[REDIS_DENIED\].*\n +fix: .*redis:\/\/user:password@/);
  expect(stderr).toContain('1 error; ended');
});

it('a port that cannot be used: exits with 2 before it starts anything, and says how to choose another one', async () => {
  const other = createServer();
  const port = await new Promise<number>((done) => {
    other.listen(0, '127.0.0.1', () => {
      const address = other.address();
      done(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const url = `redis://:${password}@127.0.0.1:${redis.port}`;
  const unusable = [
    [port, 'EADDRINUSE'],
    [99_999, '65536'],
  ] as const;
  for (const [wanted, why] of unusable) {
    const { code, stdout, stderr } = await runCli(['dev', '--redis', url, '--port', String(wanted)], shop.path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`the admin service cannot use port ${wanted}`);
    expect(stderr).toContain(why);
    expect(stderr).toContain('--port');
  }
  await new Promise((done) => other.close(done));
});

it('an empty REDIS_URL is like none: uses the Redis of this machine, or a private one', async () => {
  const { command, args, env } = cliCommand();
  const child = spawn(command, [...args, 'dev', '--port', '99999'], {
    cwd: shop.path,
    env: { ...env, REDIS_URL: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr, code] = await Promise.all([text(child.stderr), new Promise((done) => child.once('exit', done))]);
  expect(stderr).toContain('the admin service cannot use port 99999');
  expect(code).toBe(2);
});
