import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { pythonWithRedis } from '../../scripts/ensure-python.js';
import { anOrder } from '../support/events/events.js';
import { deliveredOf, entryOf, maxEventBytes, vectorEvents, vectors } from '../support/events/wire-vectors.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const stage = useStage();
const page = readFileSync('docs/wire-format.md', 'utf8');

/** The code blocks of the page in one language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
}

it('conformance vectors, written to the stream: each is handled, parked or a dead letter as the vector says', async () => {
  const got = new Map<string, unknown>();
  const unknown = new Set<string>();
  const bus = stage.bus('billing', { maxEventBytes });
  for (const type of ['order.placed', 'order.settled']) {
    bus.subscribe(
      subscribeTo(vectorEvents, type, { name: `bill ${type}` }, (event, { streamId }) => {
        got.set(streamId, event);
      }),
    );
  }
  bus.subscribe(
    subscribeTo(vectorEvents, '*', { name: 'audit' }, (event: { unknown?: unknown }, { streamId }) => {
      if (event.unknown === true) unknown.add(streamId);
    }),
  );
  await bus.start();
  const ids: string[] = [];
  for (const vector of vectors) ids.push(String(await stage.redis.xadd('{hyvve:0}:events', '*', ...entryOf(vector))));
  await until('all entries are settled', async () => {
    const [group] = (await stage.operator.statistics.snapshot()).groups;
    return group?.lag === 0 && group.pending === 0;
  });
  const letters = (await stage.operator.deadLetters.list({ limit: 100 })).items;
  const reasons = new Map(letters.map(({ streamId, reason }) => [streamId, reason]));
  const statuses = { HANDLED: 'COMPLETED', UNKNOWN: 'COMPLETED', PARKED: 'PARKED', DEAD_LETTER: 'DLQ' } as const;
  for (const [index, vector] of vectors.entries()) {
    const streamId = ids[index] ?? '';
    const { name, outcome, reason } = vector;
    const [group] = await stage.operator.status({ streamId });
    expect([...new Set(group?.handlers.map(({ status }) => status))], name).toEqual([statuses[outcome]]);
    expect(reasons.get(streamId), name).toBe(reason);
    expect(unknown.has(streamId), name).toBe(outcome === 'UNKNOWN');
    expect(got.get(streamId), name).toEqual(outcome === 'HANDLED' ? deliveredOf(vector) : undefined);
  }
});

describe('docs/wire-format.md', () => {
  /** The address for a user with the permissions that the page gives to a publisher. */
  async function publisherUrl(): Promise<string> {
    const [, rule = ''] = /`user (kiosk on [^`]+)`/.exec(page) ?? [];
    await stage.redis.call('ACL', 'SETUSER', ...rule.split(' '));
    return stage.server.url.replace('redis://', 'redis://kiosk:password@');
  }

  it.each([
    ['the shell', 'sh', 'shell', (): string => 'bash'],
    ['Python', 'python', 'kiosk', pythonWithRedis],
  ] as const)('the example for %s publishes an event as printed', async (_what, language, source, program) => {
    const events: Record<string, unknown>[] = [];
    await stage.handle('billing', (event) => events.push({ ...event }));
    const [code = ''] = blocks(language);
    const env = { ...process.env, REDIS_URL: await publisherUrl() };
    const { stdout } = await run(program(), ['-c', code], { env });
    await until('the event is handled', () => events.length === 1);
    expect(events[0]).toMatchObject({ type: 'shop.order.placed', source, tenantId: 'acme', data: anOrder });
    expect(new Date(String(events[0]?.timestamp)).toISOString()).toBe(events[0]?.timestamp);
    const [[streamId] = []] = await stage.redis.xrange('{hyvve:0}:events', '-', '+');
    expect(stdout.trim()).toBe(`=@${streamId}`);
  });

  it('the commands of a foreign reader return the events that were published after its group was created', async () => {
    const [, code = ''] = blocks('sh');
    const [create = '', read = ''] = code.trim().split('\n');
    const env = { ...process.env, REDIS_URL: stage.server.url };
    const [earlier = ''] = await stage.publish(1);
    await run('bash', ['-c', create], { env });
    const [id = ''] = await stage.publish(1);
    const { stdout } = await run('bash', ['-c', read], { env });
    expect(stdout).toContain(id);
    expect(stdout).not.toContain(earlier);
  });
});
