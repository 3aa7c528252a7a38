import { connect } from 'node:net';
import type { AdminApp } from '@hyvve-events/admin';
import { describe, expect, it } from 'vitest';
import { StreamSlots } from '../../../admin/live/stream-slots.js';
import { token, useAdmin } from '../../support/admin/admin.js';
import { useRedis } from '../../support/redis/redis.js';

const redis = useRedis();
const build = useAdmin();
const limit = 5;

async function statuses(
  app: AdminApp,
  urls: readonly string[],
  headers: (n: number) => Record<string, string> = () => ({}),
) {
  const found: number[] = [];
  for (const [n, url] of urls.entries())
    found.push((await app.inject({ method: 'GET', url, headers: headers(n) })).statusCode);
  return found;
}

const many = (url: string) => Array.from({ length: limit + 3 }, () => url);

describe('requestsPerMinute', () => {
  it('counts every request, except for files of the web app', async () => {
    const app = await build({ redis: redis.url, requestsPerMinute: limit });
    expect(await statuses(app, many('/'))).toEqual(many('/').map(() => 200));
    expect((await statuses(app, many('/no/such/route'))).slice(limit)).toEqual([429, 429, 429]);
    expect(await statuses(app, ['/admin/events', '/catalog.json'])).toEqual([429, 429]);
    expect(await statuses(app, ['/'])).toEqual([200]);
  });

  it('counts requests that cannot be parsed', async () => {
    const app = await build({ redis: redis.url, requestsPerMinute: limit });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as { port: number };
    const send = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () =>
          socket.write('GET /%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'),
        );
        let answer = '';
        socket.on('data', (chunk) => {
          answer += String(chunk);
        });
        socket.on('close', () => resolve(answer.split(' ')[1] ?? ''));
        socket.on('error', reject);
      });
    const found: string[] = [];
    for (let n = 0; n < limit + 2; n += 1) found.push(await send());
    expect(found).toEqual([...Array.from({ length: limit }, () => '400'), '429', '429']);
  });

  it('counts for each subject of a valid token; invented tokens share the limit of their address', async () => {
    const app = await build({ redis: redis.url, requestsPerMinute: limit });
    const [ann, ben] = [await token('admin'), await token('owner')];
    const as = (bearer: string) => () => ({ authorization: `Bearer ${bearer}` });
    expect((await statuses(app, many('/admin/identity'), as(ann))).slice(limit)).toEqual([429, 429, 429]);
    expect(await statuses(app, ['/admin/identity'], as(ben))).toEqual([200]);
    const invented = await statuses(app, many('/admin/identity'), (n) => ({ authorization: `Bearer invented-${n}` }));
    expect(invented.slice(limit)).toEqual([429, 429, 429]);
  });

  it.each([
    ['one proxy', true],
    ['the number of proxies', 1],
    ['addresses of proxies', ['loopback']],
  ])('X-Forwarded-For: only the entry of a trusted proxy determines the address: %s', async (_what, trustProxy) => {
    const app = await build({ redis: redis.url, requestsPerMinute: limit, trustProxy });
    const invented = (n: number) => ({ 'x-forwarded-for': `203.0.113.${n}, 192.0.2.7` });
    expect((await statuses(app, many('/admin/identity'), invented)).slice(limit)).toEqual([429, 429, 429]);
    expect(await statuses(app, ['/admin/identity'], () => ({ 'x-forwarded-for': '192.0.2.8' }))).toEqual([401]);
  });
});

describe('StreamSlots', () => {
  const limits = { all: 6, actor: 2, tenant: 3 };

  it('limits the streams of a token and of a tenant; releasing a slot twice counts once', () => {
    const slots = new StreamSlots(limits);
    const of = (actor: string, tenantId?: string) => () => slots.reserve({ actor, tenantId });
    const release = of('ann', 'north')();
    of('ann', 'north')();
    expect(of('ann', 'north')).toThrow(/2 live streams for this token/);
    of('ben', 'north')();
    expect(of('cid', 'north')).toThrow(/3 live streams for this tenant/);
    of('owner')();
    release();
    release();
    of('cid', 'north')();
    expect(of('dan', 'north')).toThrow();
  });

  it('limits the streams in total', () => {
    const slots = new StreamSlots(limits);
    for (let n = 0; n < limits.all; n += 1) slots.reserve({ actor: `ann-${n}`, tenantId: undefined });
    expect(() => slots.reserve({ actor: 'ben', tenantId: undefined })).toThrow(/6 live streams in total/);
  });
});
