import type { AdminApp } from '@hyvve-events/admin';
import { createEventOperator } from '@hyvve-events/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { callerOf, token, useAdmin } from '../../support/admin/admin.js';
import { useRedis } from '../../support/redis/redis.js';

const redis = useRedis();
const build = useAdmin();
const type = 'approval.item.approved';
const data = { approvalId: 'apr1', type: 'terms', title: 'Terms', decision: 'approved', confidenceScore: 1 };
const event = { type, data, tenantId: 'acme' };
const url = '/admin/development/events';

describe('without the option `development`', () => {
  let app: AdminApp;
  const call = callerOf(() => app);
  beforeAll(async () => {
    app = await build({ redis: redis.url });
  });

  it('no route publishes, and the answer about the user says so', async () => {
    expect(await call('POST', url, event)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await call('GET', `/admin/development/samples/${type}`)).toMatchObject({ status: 404 });
    expect((await call('GET', '/admin/identity')).body).toMatchObject({ publishes: false });
  });
});

describe('with the option `development`', () => {
  let app: AdminApp;
  const call = callerOf(() => app);
  beforeAll(async () => {
    const sample = (wanted: string, seed: number) =>
      wanted === type ? { ...data, approvalId: `apr${seed}` } : undefined;
    app = await build({ redis: redis.url, development: { sample } });
  });

  it('publishes an event in the name of the user of the token', async () => {
    expect((await call('GET', '/admin/identity')).body).toMatchObject({ publishes: true });
    const { status, body } = await call('POST', url, { ...event, correlationId: 'flow-1' });
    expect(status).toBe(200);
    const operator = createEventOperator({ redis: redis.url, runReplays: false });
    const entry = await operator.feed.entry(body.streamId);
    await operator.close();
    expect(JSON.parse(entry?.envelope ?? '')).toMatchObject({
      id: body.id,
      type,
      data,
      tenantId: 'acme',
      correlationId: 'flow-1',
      source: 'hyvve-events-dev',
      userId: (await call('GET', '/admin/identity')).body.actor,
    });
  });

  it('refuses invalid data with each violation', async () => {
    const wrong = { ...event, data: { ...data, decision: 'maybe', confidenceScore: 8.2 } };
    const { status, body } = await call('POST', url, wrong);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'DATA_INVALID' });
    expect(body.violations.map(({ path }: { path: string }) => path).sort()).toEqual([
      '$.confidenceScore',
      '$.decision',
    ]);
  });

  it.each([
    ['an unknown event type', { ...event, type: 'approval.item.eaten' }, 404, 'NOT_FOUND'],
    ['a body without a tenant', { type, data }, 400, 'PARAMETER_INVALID'],
    ['an unknown field', { ...event, source: 'someone' }, 400, 'PARAMETER_INVALID'],
    ['a tenant with half a character', { ...event, tenantId: '\ud800' }, 400, 'PARAMETER_INVALID'],
  ])('refuses %s', async (_name, body, status, code) => {
    expect(await call('POST', url, body)).toMatchObject({ status, body: { code } });
  });

  it('refuses a request without a token, and another tenant than that of the token', async () => {
    expect(await call('POST', url, event, null)).toMatchObject({ status: 401 });
    expect(await call('POST', url, event, await token('admin', 'other'))).toMatchObject({ status: 404 });
    expect(await call('POST', url, event, await token('admin', 'acme'))).toMatchObject({ status: 200 });
  });

  it('answers generated data of an event, by its seed', async () => {
    const samples = `/admin/development/samples/${type}`;
    expect((await call('GET', `${samples}?seed=7`)).body).toEqual({ data: { ...data, approvalId: 'apr7' } });
    expect((await call('GET', '/admin/development/samples/crm.contact.created')).body).toEqual({});
    expect(await call('GET', '/admin/development/samples/no.such.event')).toMatchObject({ status: 404 });
  });
});
