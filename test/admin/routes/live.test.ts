import type { AdminApp } from '@hyvve-events/admin';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { callerOf, indexAvailable, token, useAdmin } from '../../support/admin/admin.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { type Flaky, startFlaky } from '../../support/events/flaky.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const redis = useRedis();
const postgres = usePostgres();
const build = useAdmin();
let app: AdminApp;
let address: string;
let flaky: Flaky;

beforeAll(async () => {
  app = await build({ redis: redis.url, database: { url: postgres.server.url } });
  address = await app.listen({ port: 0, host: '127.0.0.1' });
  flaky = await startFlaky(redis.url);
});
afterAll(() => flaky.close());

interface Message {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the fields that it expects; a missing one fails it.
  readonly data: any;
}

/** Reads the live stream as a page does. */
async function watch(query: string, as: string) {
  const aborter = new AbortController();
  const headers = { authorization: `Bearer ${as}` };
  const response = await fetch(`${address}/admin/events/live${query}`, { headers, signal: aborter.signal });
  const messages: Message[] = [];
  const reading = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [event = '', data = ''] = part.split('\ndata: ');
        messages.push({ event: event.replace('event: ', ''), data: JSON.parse(data) });
      }
    }
  })();
  const ended = reading.then(
    () => 'ended' as const,
    () => 'aborted' as const,
  );
  return { response, messages, stop: () => aborter.abort(), ended };
}

it('the live stream: sends statistics and new events, masked by role', async () => {
  const admin = await watch('?events=true&type=auth.*', await token());
  const owner = await watch('?events=true', await token('owner'));
  expect(admin.response.headers.get('content-type')).toContain('text/event-stream');
  await until('statistics are received', () => admin.messages.some(({ event }) => event === 'stats'));
  expect(admin.messages[0]?.data).toMatchObject({ dlqSize: expect.any(Number), groups: expect.any(Array) });
  await new Promise((resolve) => setTimeout(resolve, 600));
  const user = await flaky.createUser('usrsecret', { tenantId: 'acme' });
  await flaky.exceedBudget('openai', { tenantId: 'acme' });
  const seen = (messages: readonly Message[]) =>
    messages.filter(({ event }) => event === 'events').flatMap(({ data }) => data.events);
  await until('the owner sees both', () => seen(owner.messages).length === 2);
  await until('the admin sees one', () => seen(admin.messages).length === 1);
  expect(seen(admin.messages)).toMatchObject([{ id: user, data: { userId: '•••' } }]);
  expect(seen(owner.messages)).toContainEqual(
    expect.objectContaining({ data: expect.objectContaining({ userId: 'usrsecret' }) }),
  );
  admin.stop();
  owner.stop();
  expect(await admin.ended).toBe('aborted');
});

it('a token that is bound to a tenant: receives only events of its tenant, and no statistics', async () => {
  const bound = await watch('?events=true', await token('admin', 'bound'));
  await until('a message is received', () => bound.messages.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await flaky.exceedBudget('theirs', { tenantId: 'other' });
  const own = await flaky.exceedBudget('ours', { tenantId: 'bound' });
  await until('its event is received', () => bound.messages.some(({ event }) => event === 'events'));
  expect(bound.messages.flatMap(({ data }) => data.events ?? []).map(({ id }: { id: string }) => id)).toEqual([own]);
  expect(bound.messages.map(({ event }) => event)).not.toContain('stats');
  bound.stop();
});

it('many events at the same time: a sample is sent, with the number of all', async () => {
  const { messages, stop } = await watch('?events=true', await token());
  await until('a message is received', () => messages.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 600));
  const client = new Redis(redis.url);
  const pipeline = client.pipeline();
  for (let i = 0; i < 5_000; i += 1) {
    pipeline.xadd(
      '{hyvve:0}:events',
      '*',
      'e',
      JSON.stringify({ id: `e${i}`, type: 'ai.token.limit_exceeded', tenantId: 'x', data: {} }),
    );
  }
  await pipeline.exec();
  client.disconnect();
  await until('a sample is received', () => messages.some(({ data }) => data.sampled === true));
  for (const { event, data } of messages) if (event === 'events') expect(data.events.length).toBeLessThanOrEqual(25);
  expect(messages.find(({ data }) => data.sampled === true)?.data.passed).toBeGreaterThan(100);
  stop();
});

it('a token expires while the clock runs slower than the timers: the last message says so', async () => {
  const [clockAtStart, timerAtStart] = [Date.now(), performance.now()];
  const clock = vi
    .spyOn(Date, 'now')
    .mockImplementation(() => Math.floor(clockAtStart + (performance.now() - timerAtStart) * 0.95));
  try {
    // The service accepts a token until 5 s after its expiry.
    const { messages, ended } = await watch('', await token('admin', undefined, '-3s'));
    expect(await ended).toBe('ended');
    expect(messages.at(-1)?.event).toBe('expired');
  } finally {
    clock.mockRestore();
  }
});

it('closing the service: ends the open streams', async () => {
  const other = await build({ redis: redis.url, database: { url: postgres.server.url } });
  const otherAddress = await other.listen({ port: 0, host: '127.0.0.1' });
  await indexAvailable(callerOf(() => other));
  const response = await fetch(`${otherAddress}/admin/events/live`, {
    headers: { authorization: `Bearer ${await token()}` },
  });
  const reading = response.text().catch(() => 'cut');
  const closing = performance.now();
  await other.close();
  expect(performance.now() - closing).toBeLessThan(5_000);
  await reading;
});
