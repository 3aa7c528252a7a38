import type { AdminApp } from '@hyvve-events/admin';
import { isCuid } from '@paralleldrive/cuid2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf, indexAvailable, token, useAdmin } from '../../support/admin/admin.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { type Flaky, startFlaky } from '../../support/events/flaky.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const postgres = usePostgres();
const build = useAdmin();

describe.each([
  ['embedded', 1],
  ['postgresql', 4],
] as const)('the lifecycle of events, %s index, partitions: %i', (kind, partitions) => {
  const redis = useRedis();
  let app: AdminApp;
  let flaky: Flaky;
  const call = callerOf(() => app);
  const acme = { tenantId: 'acme' };

  beforeAll(async () => {
    const options = { redis: redis.url };
    app = await build(kind === 'embedded' ? options : { ...options, database: { url: postgres.server.url } });
    flaky = await startFlaky(redis.url, partitions);
    await indexAvailable(call);
  });

  afterAll(async () => {
    await flaky.close();
  });

  const letterOf = async (eventId: string) => {
    const url = `/admin/events/dlq?eventId=${eventId}`;
    await until('it is a dead letter', async () => (await call('GET', url)).body.total === 1);
    return (await call('GET', url)).body.events[0];
  };
  const statusOfRow = async (eventId: string) => (await call('GET', `/admin/events/${eventId}`)).body?.event?.status;

  it('a dead letter: is found by its text, shown with its details, and retried with the same event id', async () => {
    flaky.broken = true;
    const id = await flaky.exceedBudget('openai', { ...acme, correlationId: `budget-${kind}` });
    const letter = await letterOf(id);
    expect(letter).toMatchObject({
      eventId: id,
      type: 'ai.token.limit_exceeded',
      tenantId: 'acme',
      group: 'notifications',
      handler: 'mails',
      reason: 'RETRIES_EXHAUSTED',
      attempts: 2,
      error: { name: 'Error', message: expect.stringContaining('refused') },
    });
    const found = await call('GET', '/admin/events/dlq?text=Server%20REFUSED');
    expect(found.body.events.map((event: { eventId: string }) => event.eventId)).toContain(id);
    expect((await call('GET', '/admin/events/dlq?text=100%25')).body.total).toBe(0);

    for (const key of [id, letter.id]) {
      const whole = await call('GET', `/admin/events/dlq/${key}`);
      expect(whole.body).toMatchObject({ id: letter.id, envelope: { id, data: { provider: 'openai' } }, others: [] });
      expect(whole.body.error.stack).toContain('at ');
      expect(whole.body.attemptLog.map((entry: { kind: string }) => entry.kind)).toEqual(['failed', 'dead']);
    }
    expect(await statusOfRow(id)).toBe('DLQ');
    expect((await call('GET', '/admin/events?status=DLQ&tenantId=acme')).body.events[0]).toMatchObject({
      id,
      status: 'DLQ',
    });

    flaky.broken = false;
    const retried = await call('POST', `/admin/events/dlq/${id}/retry`);
    expect(retried.body).toEqual({ success: true, newEventId: id, newEventIds: [id], failed: [] });
    expect((await call('GET', `/admin/events/dlq?eventId=${id}`)).body.total).toBe(0);
    await until('it is handled', () => flaky.handled.includes(id));
    await until('it is COMPLETED', async () => (await statusOfRow(id)) === 'COMPLETED');
    const { body } = await call('GET', `/admin/events/${id}`);
    expect(body.attempts.map((entry: { kind: string }) => entry.kind)).toEqual([
      'failed',
      'dead',
      'retried',
      'completed',
    ]);
    expect(body.groups).toEqual([
      { group: 'notifications', handlers: expect.arrayContaining([{ handler: 'mails', status: 'COMPLETED' }]) },
    ]);
    const again = await call('POST', `/admin/events/dlq/${letter.id}/retry`);
    expect([again.status, again.body.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('an edited dead letter: becomes a new event caused by the old one, and the audit log has the differences', async () => {
    flaky.broken = true;
    const id = await flaky.exceedBudget('opnai', { ...acme, correlationId: `edit-${kind}` });
    const letter = await letterOf(id);
    const data = { providerId: 'prv1', provider: 'openai', tokensUsed: 12, maxTokens: 10 };
    const wrong = await call('POST', `/admin/events/dlq/${letter.id}/retry`, { data: { ...data, maxTokens: 'ten' } });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toMatchObject({ code: 'DATA_INVALID', violations: [{ path: '$.maxTokens' }] });

    flaky.broken = false;
    const { body } = await call('POST', `/admin/events/dlq/${letter.id}/retry`, { data });
    expect(body).toMatchObject({ success: true });
    const newId = body.newEventId;
    expect(newId).not.toBe(id);
    await until('the new event is handled', () => flaky.handled.includes(newId));
    expect(flaky.handled).not.toContain(id);
    await until('it is COMPLETED', async () => (await statusOfRow(newId)) === 'COMPLETED');
    expect(await statusOfRow(id)).toBe('DISCARDED');

    const edited = (await call('GET', `/admin/events/${newId}`)).body;
    expect(edited.event).toMatchObject({ causationId: id, correlationId: `edit-${kind}`, tenantId: 'acme' });
    expect(edited.event).not.toHaveProperty('streamId');
    expect(edited.envelope.data).toEqual(data);
    const { entries } = (await call('GET', `/admin/audit?eventId=${id}`)).body;
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      actor: 'admin-ann',
      from: '127.0.0.1',
      action: 'edited',
      deadLetterId: letter.id,
      handler: 'mails',
      before: { status: 'DLQ', reason: 'RETRIES_EXHAUSTED', data: { provider: 'opnai' } },
      after: { newEventId: newId, data: { provider: 'openai' } },
      changes: [{ path: '$.provider', before: 'opnai', after: 'openai' }],
    });
    const trace = (await call('GET', `/admin/traces/edit-${kind}`)).body;
    expect(trace.events.map((event: { id: string; depth: number }) => [event.id, event.depth])).toEqual([
      [id, 0],
      [newId, 1],
    ]);
    expect(trace.events[0].effects).toEqual([newId]);
  });

  it('two operators change one dead letter: one succeeds, the other gets a conflict', async () => {
    flaky.broken = true;
    const id = await flaky.exceedBudget('two', acme);
    const letter = await letterOf(id);
    const both = await Promise.all([
      call('DELETE', `/admin/events/dlq/${letter.id}`),
      call('DELETE', `/admin/events/dlq/${letter.id}`),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, expect.toBeOneOf([404, 409])]);
    expect(both.find(({ status }) => status === 200)?.body).toEqual({ success: true, discarded: 1, failed: [] });
    await until('it is discarded', async () => (await statusOfRow(id)) === 'DISCARDED');
    const { entries } = (await call('GET', '/admin/audit?action=discarded&tenantId=acme')).body;
    expect(entries.map((entry: { eventId: string }) => entry.eventId)).toEqual([id]);
  });

  it('a bulk job: changes all dead letters that match the filter; a dry run only counts them', async () => {
    flaky.broken = true;
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, n) => flaky.exceedBudget(`bulk ${n}`, { tenantId: 'many' })),
    );
    await until(
      'they are dead letters',
      async () => (await call('GET', '/admin/events/dlq?tenantId=many')).body.total === 30,
    );
    const { errorGroups, total } = (await call('GET', '/admin/events/dlq/error-groups?tenantId=many')).body;
    expect(total).toBe(30);
    expect(errorGroups).toMatchObject([{ count: 30, handler: 'mails', types: ['ai.token.limit_exceeded'] }]);

    const filter = { tenantId: 'many', fingerprint: errorGroups[0].fingerprint };
    const dry = await call('POST', '/admin/events/dlq/bulk', { action: 'retry', filter, dryRun: true });
    expect([dry.status, dry.body]).toEqual([200, { count: 30 }]);
    flaky.broken = false;
    const started = await call('POST', '/admin/events/dlq/bulk', { action: 'retry', filter });
    expect(started.status).toBe(202);
    expect(started.body).toMatchObject({ total: 30, actor: 'admin-ann' });
    expect(isCuid(started.body.jobId)).toBe(true);
    const url = `/admin/events/dlq/bulk/${started.body.jobId}`;
    await until('the job is done', async () => (await call('GET', url)).body.status === 'completed');
    expect((await call('GET', url)).body).toMatchObject({ progress: 1, succeeded: 30, failed: 0, errors: [] });
    expect((await call('GET', '/admin/events/dlq/bulk')).body.jobs[0].jobId).toBe(started.body.jobId);
    await until('all are handled', () => ids.every((id) => flaky.handled.includes(id)));
    await until('the audit has them', async () => {
      const { entries } = (await call('GET', '/admin/audit?action=retried&tenantId=many&limit=100')).body;
      return (
        entries.length === 30 && entries.every((entry: { bulkJobId: string }) => entry.bulkJobId === started.body.jobId)
      );
    });
    const cancel = await call('POST', `${url}/cancel`);
    expect([cancel.status, cancel.body.code]).toEqual([409, 'CONFLICT']);
    const everything = await call('POST', '/admin/events/dlq/bulk', { action: 'discard', filter: {} });
    expect([everything.status, everything.body.field]).toEqual([400, 'body.all']);
  });

  it('personal data: is masked in every answer, except for owners', async () => {
    flaky.broken = true;
    const owner = await token('owner');
    const id = await flaky.createUser('usrsecret', { ...acme, userId: 'usrsecret' });
    const letter = await letterOf(id);
    const data = { userId: 'usrother', method: 'sso', createdAt: '2026-01-01T00:00:00.000Z' };
    const whole = await call('GET', `/admin/events/dlq/${id}`);
    expect(whole.body.envelope).toMatchObject({ userId: '•••', data: { userId: '•••', method: 'password' } });
    expect((await call('GET', `/admin/events/dlq/${id}`, undefined, owner)).body.envelope.data.userId).toBe(
      'usrsecret',
    );
    const { newEventId } = (await call('POST', `/admin/events/dlq/${letter.id}/retry`, { data })).body;
    await until(
      'the audit has it',
      async () => (await call('GET', `/admin/audit?eventId=${id}`)).body.entries.length === 1,
    );
    const urls = [`/admin/events/${id}`, `/admin/events/${newEventId}`, `/admin/audit?eventId=${id}`];
    for (const url of urls) {
      const { status, text } = await call('GET', url);
      expect(status).toBe(200);
      expect(text).not.toMatch(/usrsecret|usrother/);
      expect((await call('GET', url, undefined, owner)).text).toMatch(/usrsecret|usrother/);
    }
    const { changes } = (await call('GET', `/admin/audit?eventId=${id}`)).body.entries[0];
    expect(changes).toContainEqual({ path: '$.userId', before: '•••', after: '•••' });
  });

  it('a token that is bound to a tenant: sees only this tenant, and 404 for everything that covers all tenants', async () => {
    flaky.broken = true;
    const tenantToken = await token('admin', 'bound');
    const other = await flaky.exceedBudget('theirs', { tenantId: 'other', correlationId: 'shared' });
    const own = await flaky.exceedBudget('ours', { tenantId: 'bound', correlationId: 'shared' });
    const letter = await letterOf(other);
    await letterOf(own);
    const as = (method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) => call(method, url, body, tenantToken);
    const { events } = (await as('GET', '/admin/events?limit=200')).body;
    expect(events.map((event: { id: string }) => event.id)).toEqual([own]);
    expect((await as('GET', '/admin/events/dlq')).body).toMatchObject({ total: 1, events: [{ eventId: own }] });
    expect((await as('GET', '/admin/traces/shared')).body.events).toHaveLength(1);
    const hidden = [
      ...[`/admin/events/${other}`, `/admin/events/dlq/${other}`, `/admin/events/dlq/${letter.id}`],
      ...['/admin/events?tenantId=other', '/admin/events/dlq?tenantId=other', '/admin/audit?tenantId=other'],
      ...['/admin/events/stats', '/admin/events/series?every=minute', '/metrics', '/admin/consumers', '/health/events'],
      ...['/admin/cluster', '/admin/events/versions', '/admin/events/versions/shop.order.placed'],
    ];
    for (const url of hidden) expect([url, (await as('GET', url)).status]).toEqual([url, 404]);
    for (const id of [other, letter.id]) {
      expect((await as('POST', `/admin/events/dlq/${id}/retry`)).status).toBe(404);
      expect((await as('DELETE', `/admin/events/dlq/${id}`)).status).toBe(404);
    }
    expect((await as('POST', '/admin/groups/notifications/retire')).status).toBe(404);
    const bulk = await as('POST', '/admin/events/dlq/bulk', { action: 'discard', filter: {}, all: true, dryRun: true });
    expect(bulk.body).toEqual({ count: 1 });
    const ofOther = await as('POST', '/admin/events/dlq/bulk', { action: 'discard', filter: { tenantId: 'other' } });
    expect(ofOther.status).toBe(404);
    expect((await call('GET', `/admin/events/dlq/${letter.id}`)).status).toBe(200);
  });

  it('a replay: dry run, start, cancel and resume; with a bound token only of its tenant', async () => {
    flaky.broken = false;
    const id = await flaky.exceedBudget('again', { tenantId: 'replayed' });
    await until('it was handled', () => flaky.handled.includes(id));
    const range = { startTime: new Date(Date.now() - 3_600_000).toISOString(), endTime: new Date().toISOString() };
    const request = { ...range, eventTypes: ['ai.*'], handlers: [{ group: 'notifications', handler: 'mails' }] };
    const bound = await token('owner', 'replayed');
    const dry = await call('POST', '/admin/events/replay', { ...request, dryRun: true }, bound);
    expect([dry.status, dry.body]).toMatchObject([200, { events: 1, complete: true, plan: { tenantId: 'replayed' } }]);
    const started = await call('POST', '/admin/events/replay', request, bound);
    expect(started.status).toBe(202);
    const url = `/admin/events/replay/${started.body.jobId}`;
    await until('it is completed', async () => (await call('GET', url)).body.status === 'completed', 20_000);
    expect((await call('GET', url)).body).toMatchObject({
      progress: 1,
      eventsReplayed: 1,
      errors: [],
      actor: 'owner-ann',
    });
    await until('it was handled again', () => flaky.handled.filter((one) => one === id).length === 2);
    const whole = async (by?: string) => (await call('GET', `/admin/events/${id}`, undefined, by)).body;
    await until('it is settled', async () => (await whole()).replays?.[0].groups[0].handlers[0].status === 'COMPLETED');
    expect((await whole(bound)).replays).toMatchObject([
      {
        jobId: started.body.jobId,
        status: 'completed',
        actor: 'owner-ann',
        groups: [{ group: 'notifications', handlers: [{ handler: 'mails', status: 'COMPLETED' }] }],
      },
    ]);
    expect((await call('GET', url, undefined, await token('admin', 'acme'))).status).toBe(404);
    expect((await call('GET', '/admin/events/replay', undefined, await token('admin', 'acme'))).body.replays).toEqual(
      [],
    );
    expect((await call('GET', '/admin/events/replay')).body.replays[0].jobId).toBe(started.body.jobId);
    expect((await call('POST', `${url}/cancel`)).status).toBe(409);
    await until('the audit has it', async () => {
      const { entries } = (await call('GET', '/admin/audit?action=replay-started', undefined, bound)).body;
      return entries.length === 1 && entries[0].from === '127.0.0.1' && entries[0].after.jobId === started.body.jobId;
    });
    const slow = await call('POST', '/admin/events/replay', { ...range, groups: ['notifications'], ratePerSecond: 1 });
    const slowUrl = `/admin/events/replay/${slow.body.jobId}`;
    expect((await call('POST', `${slowUrl}/cancel`)).body.status).toBe('cancelled');
    expect(['waiting', 'running']).toContain((await call('POST', `${slowUrl}/resume`)).body.status);
    expect((await call('POST', `${slowUrl}/cancel`)).status).toBe(200);

    // A replay of all tenants: a bound token does not see it.
    const spanning = (await call('POST', '/admin/events/replay', request)).body.jobId;
    await until('it was handled a third time', () => flaky.handled.filter((one) => one === id).length === 3);
    expect((await whole()).replays.map(({ jobId }: { jobId: string }) => jobId)).toEqual([
      spanning,
      started.body.jobId,
    ]);
    expect((await whole(bound)).replays).toHaveLength(1);

    flaky.broken = true;
    const { jobId } = (await call('POST', '/admin/events/replay', request, bound)).body;
    const attempts = async () => (await call('GET', `/admin/events/${id}`)).body.attempts;
    await until('it failed in the replay', async () => (await attempts()).length === 2, 20_000);
    expect(await attempts()).toMatchObject([
      { kind: 'failed', replayJobId: jobId },
      { kind: 'dead', replayJobId: jobId },
    ]);
    expect(await statusOfRow(id)).toBe('COMPLETED');
  });

  it('statistics, health, metrics and the registry: contain the handled events', async () => {
    const stats = (await call('GET', '/admin/events/stats')).body;
    expect(stats).toMatchObject({
      dlqSize: expect.any(Number),
      consumerLag: expect.any(Number),
      groups: [{ group: 'notifications' }],
    });
    expect(stats.throughput.lastDay.series[0].total.published).toBeGreaterThan(30);
    expect(stats.throughput.byType[0].key.type).toBe('ai.token.limit_exceeded');
    expect(stats.failureRate.lastDay).toBeGreaterThan(0);
    const series = (await call('GET', '/admin/events/series?every=minute&by=type,handler')).body;
    expect(series.series.map((one: { key: { handler?: string } }) => one.key.handler)).toContain('mails');
    const health = await call('GET', '/health/events');
    expect(health.body).toMatchObject({
      status: 'healthy',
      reasons: [],
      groups: [{ group: 'notifications', consumers: 1 }],
    });
    const consumers = (await call('GET', '/admin/consumers')).body.consumers;
    expect(consumers).toMatchObject([
      { group: 'notifications', alive: true, handlers: expect.arrayContaining([{ name: 'mails', pattern: '*' }]) },
    ]);
    const ofType = (await call('GET', '/admin/consumers?type=kb.page.created')).body.consumers;
    expect(ofType[0].handlers.map(({ name }: { name: string }) => name).sort()).toEqual(['count', 'mails']);

    const counted = async (name: string) => {
      const { text } = await call('GET', '/metrics');
      const lines = text.split('\n').filter((line) => line.startsWith(name));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const before = await counted('hyvve_events_published_total');
    await flaky.exceedBudget('counted', acme);
    await until('it is counted', async () => (await counted('hyvve_events_published_total')) > before);
    expect(await counted('hyvve_events_published_total')).toBe(before + 1);
    const histogram = 'hyvve_events_handler_duration_seconds';
    await until('durations are reported', async () => (await counted(`${histogram}_count`)) > 0);
    const { text } = await call('GET', '/metrics');
    expect(text).toContain(`# TYPE ${histogram} histogram`);
    const ofMails = text.split('\n').filter((line) => line.includes('handler="mails"') && line.startsWith(histogram));
    const form = /^\w+_(bucket\{le="([\d.]+|\+Inf)",|sum\{|count\{)group="notifications",handler="mails"\} [\d.]+$/;
    expect(ofMails.filter((line) => !form.test(line))).toEqual([]);
    const buckets = ofMails.filter((line) => line.includes('_bucket')).map((line) => Number(line.split(' ').at(-1)));
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(ofMails.at(-1)).toMatch(new RegExp(`_count.* ${buckets.at(-1)}$`));
    expect(await counted('hyvve_group_consumers{group="notifications"}')).toBe(1);
  });

  it('retiring a group: is recorded in the audit log of each partition; a second time answers 404', async () => {
    expect((await call('POST', '/admin/groups/notifications/retire')).body).toEqual({ success: true });
    expect((await call('POST', '/admin/groups/notifications/retire')).status).toBe(404);
    await until(
      'the audit has it',
      async () => (await call('GET', '/admin/audit?action=group-retired')).body.entries.length === partitions,
    );
    const [entry] = (await call('GET', '/admin/audit?action=group-retired')).body.entries;
    expect(entry).toMatchObject({ actor: 'admin-ann', from: '127.0.0.1', group: 'notifications' });
  });
});
