import type { AdminApp } from '@hyvve-events/admin';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoints } from '../../../admin/endpoints.js';
import { callerOf, indexAvailable, token, useAdmin } from '../../support/admin/admin.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { useRedis } from '../../support/redis/redis.js';

const redis = useRedis();
const postgres = usePostgres();
const build = useAdmin();
let app: AdminApp;
const call = callerOf(() => app);

beforeAll(async () => {
  const development = { sample: () => undefined };
  app = await build({ redis: redis.url, database: { url: postgres.server.url }, development });
  await indexAvailable(call);
});

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With parameters filled in. */
  readonly url: string;
  /** Path in the OpenAPI document. */
  readonly path: string;
}

/** Every endpoint of the web app's client: the compiler reports one that is missing here or that does not exist. */
const endpoints: Readonly<Record<keyof Endpoints, true>> = {
  'DELETE /admin/events/dlq/:eventId': true,
  'DELETE /admin/events/parked/:id': true,
  'GET /admin/audit': true,
  'GET /admin/cluster': true,
  'GET /admin/consumers': true,
  'GET /admin/development/samples/:type': true,
  'GET /admin/events': true,
  'GET /admin/events/dlq': true,
  'GET /admin/events/dlq/bulk': true,
  'GET /admin/events/dlq/bulk/:jobId': true,
  'GET /admin/events/dlq/error-groups': true,
  'GET /admin/events/dlq/:eventId': true,
  'GET /admin/events/live': true,
  'GET /admin/events/parked': true,
  'GET /admin/events/replay': true,
  'GET /admin/events/replay/:jobId': true,
  'GET /admin/events/series': true,
  'GET /admin/events/stats': true,
  'GET /admin/events/versions': true,
  'GET /admin/events/versions/:type': true,
  'GET /admin/events/:id': true,
  'GET /admin/identity': true,
  'GET /admin/traces/:correlationId': true,
  'GET /asyncapi.json': true,
  'GET /asyncapi.yaml': true,
  'GET /catalog.json': true,
  'GET /changes.json': true,
  'GET /docs.json': true,
  'GET /health/events': true,
  'GET /health/live': true,
  'GET /health/ready': true,
  'GET /llms.txt': true,
  'GET /md/*': true,
  'GET /metrics': true,
  'GET /models/:file': true,
  'GET /schemas.json': true,
  'GET /usages.json': true,
  'POST /admin/development/events': true,
  'POST /admin/events/dlq/bulk': true,
  'POST /admin/events/dlq/bulk/:jobId/cancel': true,
  'POST /admin/events/dlq/:eventId/retry': true,
  'POST /admin/events/parked/discard': true,
  'POST /admin/events/replay': true,
  'POST /admin/events/replay/:jobId/cancel': true,
  'POST /admin/events/replay/:jobId/resume': true,
  'POST /admin/groups/:group/retire': true,
};

/** Routes that need no token. */
const open = new Set(['/health/live', '/health/ready']);

/** Every route of the OpenAPI document. */
async function routes(): Promise<readonly Route[]> {
  const { paths } = (await call('GET', '/openapi.json', undefined, null)).body as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase() as Route['method'],
      path,
      url: path.replace('{jobId}', '0b0e6b0e-0000-4000-8000-000000000000').replace(/\{\w+\}/g, 'nothing'),
    })),
  );
}

describe('every route', () => {
  it('is in the OpenAPI document and in the endpoints of the web app’s client', async () => {
    const all = (await routes()).map(
      ({ method, path }) => `${method} ${path.replace('{*}', '*').replace(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(all.toSorted()).toEqual(Object.keys(endpoints).toSorted());
  });

  it('without a token: 401 TOKEN_MISSING, unless the route is public', async () => {
    for (const { method, url, path } of await routes()) {
      const { status, body, headers } = await call(method, url, undefined, null);
      if (open.has(path)) expect([url, status]).toEqual([url, 200]);
      else {
        expect([url, status, body.code]).toEqual([url, 401, 'TOKEN_MISSING']);
        expect(headers['www-authenticate']).toBe('Bearer');
      }
    }
  });

  it('with an unknown role, an expired token or a forged token: ROLE_MISSING or TOKEN_INVALID', async () => {
    const viewer = await token('viewer');
    const expired = await token('admin', undefined, '-1h');
    const [head, payload, signature = ''] = (await token()).split('.');
    const owner = Buffer.from(JSON.stringify({ sub: 'x', role: 'owner', exp: 4e9 })).toString('base64url');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${owner}.`;
    const forged = [
      `${head}.${owner}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
      unsigned,
      'x',
      'a.b.c',
    ];
    for (const { method, url, path } of await routes()) {
      if (open.has(path)) continue;
      const codes = [];
      for (const as of [viewer, expired, forged[0], forged[2]])
        codes.push((await call(method, url, undefined, as)).body.code);
      expect([url, ...codes]).toEqual([url, 'ROLE_MISSING', 'TOKEN_INVALID', 'TOKEN_INVALID', 'TOKEN_INVALID']);
    }
    for (const as of forged) expect((await call('GET', '/admin/identity', undefined, as)).status).toBe(401);
  });

  it('has security headers, and shows no internals', async () => {
    for (const url of ['/', '/health/live', '/admin/events', '/docs/api', '/nothing']) {
      const { headers, text } = await call('GET', url);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['content-security-policy']).toContain("script-src 'self';");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(text).not.toMatch(/node_modules|\bat [A-Z]\w+\./);
    }
  });
});

describe('invalid requests', () => {
  const long = 'x'.repeat(256);
  const time = '2026-01-01T00:00:00.000Z';
  const later = '2026-01-02T00:00:00.000Z';

  it.each([
    ['GET', '/admin/events?limit=0', undefined, 400, 'PARAMETER_INVALID', 'query.limit'],
    ['GET', '/admin/events?limit=201', undefined, 400, 'PARAMETER_INVALID', 'query.limit'],
    ['GET', '/admin/events?limit=ten', undefined, 400, 'PARAMETER_INVALID', 'query.limit'],
    ['GET', '/admin/events?colour=red', undefined, 400, 'PARAMETER_INVALID', 'query.colour'],
    ['GET', '/admin/events?status=LOST', undefined, 400, 'PARAMETER_INVALID', 'query.status'],
    ['GET', `/admin/events?tenantId=${long}`, undefined, 400, 'PARAMETER_INVALID', 'query.tenantId'],
    ['GET', '/admin/events?version=1.0.0', undefined, 400, 'PARAMETER_INVALID', 'query.version'],
    ['GET', '/admin/events?tenantId=', undefined, 400, 'PARAMETER_INVALID', 'query.tenantId'],
    ['GET', '/admin/events?from=yesterday', undefined, 400, 'PARAMETER_INVALID', 'query.from'],
    ['GET', `/admin/events?from=${later}&to=${time}`, undefined, 400, 'RANGE_INVALID', 'query.to'],
    ['GET', '/admin/events?cursor=1', undefined, 400, 'CURSOR_INVALID', 'query.cursor'],
    ['GET', '/admin/events?type=ai.token.limit_exeeded', undefined, 400, 'TYPE_UNKNOWN', 'query.type'],
    ['GET', `/admin/events/${long}`, undefined, 400, 'PARAMETER_INVALID', 'params.id'],
    ['GET', `/admin/traces/${long}`, undefined, 400, 'PARAMETER_INVALID', 'params.correlationId'],
    ['GET', '/admin/events/versions/a.b.c?cursor=x', undefined, 400, 'CURSOR_INVALID', 'query.cursor'],
    ['GET', '/admin/events/dlq?page=0', undefined, 400, 'PARAMETER_INVALID', 'query.page'],
    ['GET', '/admin/events/dlq?cursor=x', undefined, 400, 'CURSOR_INVALID', 'query.cursor'],
    ['GET', '/admin/events/dlq?text=', undefined, 400, 'PARAMETER_INVALID', 'query.text'],
    ['GET', '/admin/events/dlq?type=nothing.like.it', undefined, 400, 'TYPE_UNKNOWN', 'query.type'],
    ['GET', '/admin/events/dlq/error-groups?page=1', undefined, 400, 'PARAMETER_INVALID', 'query.page'],
    ['GET', `/admin/events/dlq/${long}`, undefined, 400, 'PARAMETER_INVALID', 'params.eventId'],
    ['POST', '/admin/events/dlq/1-1/retry', { payload: {} }, 400, 'PARAMETER_INVALID', 'body.payload'],
    ['DELETE', `/admin/events/dlq/${long}`, undefined, 400, 'PARAMETER_INVALID', 'params.eventId'],
    ['POST', '/admin/events/dlq/bulk', {}, 400, 'PARAMETER_INVALID', 'body.action'],
    ['POST', '/admin/events/dlq/bulk', { action: 'burn', filter: {} }, 400, 'PARAMETER_INVALID', 'body.action'],
    [
      'POST',
      '/admin/events/dlq/bulk',
      { action: 'retry', filter: { x: 1 } },
      400,
      'PARAMETER_INVALID',
      'body.filter.x',
    ],
    ['POST', '/admin/events/dlq/bulk', { action: 'retry', filter: {} }, 400, 'PARAMETER_INVALID', 'body.all'],
    [
      'POST',
      '/admin/events/dlq/bulk',
      { action: 'retry', filter: { type: 'a.b.c' } },
      400,
      'TYPE_UNKNOWN',
      'body.filter.type',
    ],
    ['GET', '/admin/events/dlq/bulk/1', undefined, 400, 'PARAMETER_INVALID', 'params.jobId'],
    // The id of a job of an earlier version.
    ['GET', '/admin/events/dlq/bulk/0fa6ef40-8f47-40a8-8cf6-f8607d0066ef', undefined, 404, 'NOT_FOUND', undefined],
    ['POST', '/admin/events/dlq/bulk/1/cancel', undefined, 400, 'PARAMETER_INVALID', 'params.jobId'],
    ['POST', '/admin/events/replay', undefined, 400, 'PARAMETER_INVALID', 'body'],
    ['POST', '/admin/events/replay', { endTime: later }, 400, 'PARAMETER_INVALID', 'body.startTime'],
    ['POST', '/admin/events/replay', { startTime: 1, endTime: later }, 400, 'PARAMETER_INVALID', 'body.startTime'],
    ['POST', '/admin/events/replay', { startTime: later, endTime: time }, 400, 'RANGE_INVALID', 'body.endTime'],
    [
      'POST',
      '/admin/events/replay',
      { startTime: '2001-01-01T00:00:00Z', endTime: later },
      400,
      'RANGE_INVALID',
      'body.startTime',
    ],
    [
      'POST',
      '/admin/events/replay',
      { startTime: time, endTime: later, ratePerSecond: 0 },
      400,
      'PARAMETER_INVALID',
      'body.ratePerSecond',
    ],
    ['GET', '/admin/events/replay?cursor=replay-none', undefined, 400, 'CURSOR_INVALID', 'query.cursor'],
    ['GET', '/admin/events/replay/none', undefined, 404, 'NOT_FOUND', undefined],
    ['POST', '/admin/events/replay/none/cancel', undefined, 404, 'NOT_FOUND', undefined],
    ['POST', '/admin/events/replay/none/resume', undefined, 404, 'NOT_FOUND', undefined],
    ['GET', '/admin/audit?limit=-1', undefined, 400, 'PARAMETER_INVALID', 'query.limit'],
    ['GET', '/admin/audit?cursor=0', undefined, 400, 'CURSOR_INVALID', 'query.cursor'],
    ['GET', '/admin/events/series?every=day', undefined, 400, 'PARAMETER_INVALID', 'query.every'],
    ['GET', '/admin/events/series?every=hour&by=colour', undefined, 400, 'PARAMETER_INVALID', 'query.by'],
    ['GET', `/admin/events/series?every=minute&from=2001-01-01T00:00:00Z`, undefined, 400, 'RANGE_INVALID', undefined],
    ['GET', '/admin/events/live?type=ai.tokn.*', undefined, 400, 'TYPE_UNKNOWN', 'query.type'],
    ['GET', '/admin/events/live?events=perhaps', undefined, 400, 'PARAMETER_INVALID', 'query.events'],
    ['POST', `/admin/groups/${long}/retire`, undefined, 400, 'PARAMETER_INVALID', 'params.group'],
    ['POST', '/admin/groups/none/retire', undefined, 404, 'NOT_FOUND', undefined],
    ['GET', '/admin/nothing', undefined, 404, 'NOT_FOUND', undefined],
    ['GET', '/admin/events/%zz', undefined, 400, 'PARAMETER_INVALID', undefined],
    ['GET', '/admin/events/%00', undefined, 400, 'PARAMETER_INVALID', 'params.id'],
  ] as const)('%s %s %j: answers %d %s', async (method, url, body, status, code, field) => {
    const answer = await call(method, url, body);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field]);
    expect(answer.body.message).not.toBe('');
    expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('the error contains the expected values, or similar types', async () => {
    expect((await call('GET', '/admin/events?status=LOST')).body.expected).toContain('DLQ, FAILED');
    const { nearest } = (await call('GET', '/admin/events?type=ai.token.limit_exeeded')).body;
    expect(nearest[0]).toBe('ai.token.limit_exceeded');
  });

  it('a body that is too large, of another type, or not JSON: the status says which', async () => {
    const send = async (payload: string, type: string) => {
      const headers = { authorization: `Bearer ${await token()}`, 'content-type': type };
      const { statusCode, json } = await app.inject({
        method: 'POST',
        url: '/admin/events/dlq/1-1/retry',
        headers,
        payload,
      });
      return [statusCode, (json() as { code: string }).code];
    };
    expect(await send(JSON.stringify({ data: 'x'.repeat(5 * 1024 * 1024) }), 'application/json')).toEqual([
      413,
      'BODY_TOO_LARGE',
    ]);
    expect(await send('a=b', 'application/x-www-form-urlencoded')).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
    expect(await send('{', 'application/json')).toEqual([400, 'BODY_INVALID']);
    // An empty body with the header: treated as no body.
    expect(await send('', 'application/json')).toEqual([404, 'NOT_FOUND']);
    expect(await send('{"__proto__":{}}', 'application/json')).toEqual([400, 'BODY_INVALID']);
    expect(await send('[]', 'application/json')).toEqual([400, 'PARAMETER_INVALID']);
  });
});

it('requestsPerMinute: further requests answer 429 with Retry-After, except probes', async () => {
  const limited = await build({ redis: redis.url, database: { url: postgres.server.url }, requestsPerMinute: 3 });
  const callLimited = callerOf(() => limited);
  for (let i = 0; i < 3; i += 1) expect((await callLimited('GET', '/admin/identity')).status).toBe(200);
  const { status, body, headers } = await callLimited('GET', '/admin/identity');
  expect([status, body.code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect((await callLimited('GET', '/health/live', undefined, null)).status).toBe(200);
});
