import { createEventOperator, EventBusError } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const hour = 60 * 60 * 1000;

/** An envelope in the form of another SDK. */
function envelope(id: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    source: 'kiosk',
    type: OrderPlaced.type,
    timestamp: '2026-01-01T00:00:00Z',
    correlationId: 'c',
    id,
    tenantId: 'north',
    version: '1.0.0',
    data: anOrder,
    ...more,
  };
}

async function write(json: string, streamId = '*'): Promise<string> {
  return String(await stage.redis.xadd('{hyvve:0}:events', streamId, 'e', json));
}

/** JSON with a space after each `:` and `,`, like Python's. */
const spaced = (value: object) => JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
const uuid = (n: number) => `1b671a64-40d5-491e-99b0-${String(n).padStart(12, '0')}`;

describe('entries of other publishers', () => {
  it('status finds them: with any id, any spacing, and long after the id was created', async () => {
    const handled: string[] = [];
    await stage.handle('billing', ({ id }) => handled.push(id));
    const late = createEventId(Date.now() - 5 * hour);
    const entries: readonly [id: string, json: string][] = [
      [uuid(1), JSON.stringify(envelope(uuid(1)))],
      [uuid(2), spaced(envelope(uuid(2)))],
      [late, JSON.stringify(envelope(late))],
      ['shop/42', JSON.stringify(envelope('shop/42')).replaceAll('/', '\\/')],
      ['bücher-7', JSON.stringify(envelope('bücher-7')).replaceAll('ü', '\\u00fc')],
      ['id', spaced(envelope('id'))],
    ];
    for (const [, json] of entries) await write(json);
    // Their ids also occur in the content of other entries.
    await write(JSON.stringify(envelope(uuid(3), { causationId: uuid(1), data: { ...anOrder, id: uuid(2) } })));
    await until('all are handled', () => handled.length === entries.length + 1);
    for (const [id] of entries) {
      await until(`${id} is found`, async () => {
        const [group] = await stage.operator.status({ eventId: id });
        return group?.handlers[0]?.status === 'COMPLETED';
      });
    }
    await expect(stage.operator.status({ eventId: uuid(9) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a search that does not reach the end within searchMs: the error says how far it got', async () => {
    const pipeline = stage.redis.pipeline();
    for (let n = 0; n < 30_000; n += 1) pipeline.xadd('{hyvve:0}:events', '*', 'e', JSON.stringify(envelope(uuid(n))));
    await pipeline.exec();
    const operator = createEventOperator({ redis: stage.server.url, searchMs: 1 });
    const error = await operator
      .status({ eventId: '8c2f9d1e-0000-4000-8000-000000000000' })
      .catch((thrown: unknown) => thrown);
    await operator.close();
    expect(error).toBeInstanceOf(EventBusError);
    expect((error as EventBusError).code).toBe('NOT_FOUND');
    expect((error as EventBusError).message).toMatch(
      /is not among the \d+ newest entries of the stream, back to \d{4}-/,
    );
    expect((error as EventBusError).message).toContain('searchMs (1)');
    // The search starts with the newest entry, so this one is found nevertheless.
    expect(await stage.operator.status({ eventId: uuid(29_999) })).toEqual([]);
  });

  it('statistics count every entry once, in the minute in which it was written; invalid types are counted as `*`', async () => {
    await stage.publish(2);
    await write(spaced(envelope(uuid(1))));
    await write('not json');
    await write(JSON.stringify(envelope(uuid(2), { type: 'x'.repeat(300) })));
    await write(JSON.stringify({ ...envelope(uuid(3)), type: 'crm.contact.added' }));
    const totals = async () => {
      const { series } = await stage.operator.statistics.series({ every: 'hour', by: ['type'] });
      return Object.fromEntries(series.map(({ key, total }) => [key.type, total.published]));
    };
    const expected = { [OrderPlaced.type]: 3, '*': 2, 'crm.contact.added': 1 };
    expect(await totals()).toEqual(expected);
    const other = createEventOperator({ redis: stage.server.url });
    await Promise.all([totals(), other.statistics.series({ every: 'minute' }), other.statistics.snapshot()]);
    await other.close();
    expect(await totals()).toEqual(expected);
    const { lastDay } = await stage.operator.statistics.snapshot();
    expect(lastDay.published).toBe(6);
  });

  it('the snapshot includes groups of other clients', async () => {
    await stage.handle('billing', () => undefined);
    await stage.publish(3);
    await stage.redis.xgroup('CREATE', '{hyvve:0}:events', 'python-reports', '0');
    const { groups } = await stage.operator.statistics.snapshot();
    expect(groups.map(({ group, lag, consumers }) => [group, group === 'billing' ? 0 : lag, consumers])).toEqual([
      ['billing', 0, 1],
      ['python-reports', 3, 0],
    ]);
  });
});

describe('entries that are not envelopes', () => {
  it.each([
    ['another object', '{"shelf":3}', 'NOT_ENVELOPE'],
    ['not JSON', '{"fee":NaN}', 'NOT_JSON'],
    ['a list', '[1,2]', 'NOT_ENVELOPE'],
    ['null', 'null', 'NOT_ENVELOPE'],
    ['an empty value', '', 'NOT_JSON'],
  ])('%s: the status is DLQ, and DISCARDED after a discard', async (_what, json, reason) => {
    await stage.handle('billing', () => undefined);
    const streamId = await write(json);
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ reason, handler: '*', streamId });
    const status = async () => (await stage.operator.status({ streamId }))[0]?.handlers;
    expect(await status()).toEqual([{ handler: '*', status: 'DLQ', deadLetterId: letter?.id }]);
    await stage.operator.deadLetters.discard(letter?.id ?? '', { actor: 'ann' });
    expect(await status()).toEqual([{ handler: '*', status: 'DISCARDED' }]);
  });

  it('every read call of an operator works with any content that other clients have written to its keys', async () => {
    await stage.handle('billing', () => undefined);
    await write('{"broken');
    for (const key of ['{hyvve:0}:dlq', '{hyvve:0}:log']) {
      await stage.redis.xadd(key, '*', 'd', '{"broken', 'e', 'x', 'group', 'billing', 'handler', 'bill', 'k', 'failed');
      await stage.redis.xadd(key, '*', 'other', '1');
    }
    await stage.redis.hset('{hyvve:0}:group:billing:consumers', 'strange', '{"broken');
    expect((await stage.operator.deadLetters.list()).items.length).toBeGreaterThanOrEqual(2);
    expect((await stage.operator.log()).length).toBeGreaterThanOrEqual(2);
    expect((await stage.operator.consumers()).map(({ consumer }) => consumer)).toContain('strange');
    expect((await stage.operator.statistics.snapshot()).groups).toHaveLength(1);
    expect(await stage.operator.feed.entries({ limit: 10 })).toHaveLength(1);
    await expect(stage.operator.status({ eventId: '' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(stage.operator.status({ streamId: `${'9'.repeat(19)}-1` })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
