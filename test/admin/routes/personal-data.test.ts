import type { AdminApp } from '@hyvve-events/admin';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loggableError } from '../../../admin/http/loggable-error.js';
import { maskedPaths } from '../../../admin/web/shared/mask.js';
import { callerOf, indexAvailable, token, useAdmin } from '../../support/admin/admin.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { type Flaky, startFlaky } from '../../support/events/flaky.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const redis = useRedis();
const postgres = usePostgres();
const build = useAdmin();
let app: AdminApp;
let flaky: Flaky;
const call = callerOf(() => app);

beforeAll(async () => {
  app = await build({ redis: redis.url, database: { url: postgres.server.url } });
  flaky = await startFlaky(redis.url);
  await indexAvailable(call);
});
afterAll(() => flaky.close());

async function deadLetter(provider: string) {
  flaky.broken = true;
  const eventId = await flaky.exceedBudget(provider, { tenantId: 'acme' });
  const url = `/admin/events/dlq?eventId=${eventId}`;
  await until('it is a dead letter', async () => (await call('GET', url)).body.total === 1);
  return (await call('GET', url)).body.events[0] as { id: string };
}

/** Lists the tables of the index that contain a text anywhere in a row. */
async function tablesWith(text: string): Promise<string[]> {
  const client = new pg.Client(postgres.server.url);
  await client.connect();
  try {
    const { rows } = await client.query<{ t: string }>(
      "select table_name t from information_schema.tables where table_schema = 'hyvve_events'",
    );
    const found: string[] = [];
    for (const { t } of rows) {
      const { rows: hits } = await client.query(`select 1 from hyvve_events."${t}" r where r::text like $1 limit 1`, [
        `%${text}%`,
      ]);
      if (hits.length > 0) found.push(t);
    }
    expect(rows.length).toBeGreaterThan(4);
    return found;
  } finally {
    await client.end();
  }
}

describe('payloads', () => {
  it('are not in the index, also after an edit; the audit log reads them from Redis', async () => {
    const { id } = await deadLetter('secret-provider-before');
    const { body: whole } = await call('GET', `/admin/events/dlq/${id}`, undefined, await token('owner'));
    const data = { ...whole.envelope.data, provider: 'secret-provider-after' };
    const { status, body } = await call('POST', `/admin/events/dlq/${id}/retry`, { data }, await token('owner'));
    expect(status).toBe(200);
    const url = '/admin/audit?action=edited';
    await until('the audit has it', async () => (await call('GET', url)).body.entries.length === 1);
    const { entries } = (await call('GET', url, undefined, await token('owner'))).body;
    expect(entries[0]).toMatchObject({
      before: { data: { provider: 'secret-provider-before' } },
      after: { data: { provider: 'secret-provider-after' }, newEventId: body.newEventId },
      changes: [{ path: '$.provider' }],
    });
    const edited = await call('GET', `/admin/events/${body.newEventId}`);
    expect(edited.body.envelope.data.provider).toBe('secret-provider-after');
    expect(await tablesWith('secret-provider')).toEqual([]);
  });

  it('are not in errors in the process log', () => {
    const cause = Object.assign(new Error('invalid input syntax for type json: "secret"'), {
      code: '22P02',
      severity: 'ERROR',
      detail: 'Token "secret" is invalid.',
      where: 'secret',
    });
    const error = new DrizzleQueryError('insert into "log_lines" ("detail") values ($1)', ['secret'], cause);
    const logged = loggableError(error);
    expect(JSON.stringify(logged)).not.toContain('secret');
    expect(logged).toMatchObject({
      message: 'a query failed: insert into "log_lines" ',
      cause: { message: 'the database refused a value (22P02)', code: '22P02' },
    });
    expect(loggableError(new TypeError('x is not a function'))).toMatchObject({
      type: 'TypeError',
      message: 'x is not a function',
      stack: expect.stringContaining('personal-data.test'),
    });
  });
});

describe('masked values', () => {
  it('in the data of an edit: DATA_INVALID with their paths', async () => {
    const { id } = await deadLetter('masked');
    const { body: whole } = await call('GET', `/admin/events/dlq/${id}`, undefined, await token('owner'));
    for (const role of ['admin', 'owner'] as const) {
      const data = { ...whole.envelope.data, provider: '•••' };
      const { status, body } = await call('POST', `/admin/events/dlq/${id}/retry`, { data }, await token(role));
      expect([status, body.code, body.violations.map(({ path }: { path: string }) => path)]).toEqual([
        ...[422, 'DATA_INVALID'],
        ['$.provider'],
      ]);
    }
    expect((await call('GET', `/admin/events/dlq/${id}`)).status).toBe(200);
  });

  it('are found at any depth', () => {
    expect(maskedPaths({ a: [{ b: '•••' }, 'x'], c: '•••', d: { e: null } })).toEqual(['$.a[0].b', '$.c']);
    expect(maskedPaths('•••')).toEqual(['$']);
    expect(maskedPaths({ a: '•• •' })).toEqual([]);
  });
});

describe('a dead letter', () => {
  it('can be read and retried while PostgreSQL is unavailable', async () => {
    const { id } = await deadLetter('index-unavailable');
    const { body: before } = await call('GET', `/admin/events/dlq/${id}`);
    await postgres.server.kill();
    for (const key of [id, before.eventId]) {
      const { status, body } = await call('GET', `/admin/events/dlq/${key}`);
      expect([status, body.id, body.attemptLog]).toEqual([200, id, []]);
    }
    expect((await call('POST', `/admin/events/dlq/${id}/retry`)).body.success).toBe(true);
  });
});
