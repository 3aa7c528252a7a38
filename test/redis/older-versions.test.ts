import { createEventOperator, type EventBus, NonRetryableError } from '@hyvve-events/runtime';
import { type AnyEventDefinition, subscribeTo } from '@hyvve-events/runtime/codegen';
import { expect, it, onTestFinished } from 'vitest';
import { type PaidV1, type PaidV2, settledV1, settledV2, settledV3 } from '../support/events/versioned.js';
import { tenant, useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const by = { actor: 'ann' };
const v1Data: PaidV1 = { orderId: 'o', amount: 12.5 };
const v2Data: PaidV2 = { orderId: 'o', amount: 1250 };

interface Seen {
  readonly id: string;
  readonly version: string;
  readonly upcastFrom?: string;
  readonly data: unknown;
}

async function build(
  definition: AnyEventDefinition,
  run: (event: Seen, attempt: number) => unknown = () => undefined,
): Promise<EventBus> {
  const bus = stage.bus('billing', { sweepMs: 100 });
  bus.subscribe(
    subscribeTo([definition], '*', { name: 'bill', retryDelaysMs: [60_000] }, async (event: Seen, { attempt }) => {
      await run(event, attempt);
    }),
  );
  await bus.start();
  return bus;
}

/** The text of an entry as it was written, with spaces that a new serialisation would remove. */
function written(version: string, data: unknown, id: string): string {
  const head = `{ "id":"${id}", "type":"${settledV1.type}", "source":"x", "timestamp":"2026-01-01T00:00:00.000Z"`;
  return `${head}, "correlationId":"c", "tenantId":"t", "version":"${version}", "data":${JSON.stringify(data)} }`;
}

const write = (json: string) => stage.redis.xadd('{hyvve:0}:events', '*', 'e', json);

it('⚑ scheduled and parked retries are stored as they were written, byte for byte', async () => {
  await build(settledV1, ({ id }) => {
    if (id === 'failing') throw new Error('no');
  });
  const failing = written('1.0.0', v1Data, 'failing');
  const newer = written('2.0.0', v2Data, 'newer');
  await write(failing);
  await write(newer);
  const rows = async () =>
    (await stage.redis.hvals('{hyvve:0}:group:billing:rows')).map(
      (row) => (JSON.parse(row) as { envelope: string }).envelope,
    );
  await until('both have a row', async () => (await rows()).length === 2);
  expect(new Set(await rows())).toEqual(new Set([failing, newer]));
  // The row of a run in a newer build, which converted the event, is the same.
  await build(settledV3(), () => {
    throw new Error('no');
  });
  await until('the newer event failed', async () => {
    const log = await stage.operator.log({ limit: 100 });
    return log.filter(({ kind }) => kind === 'failed').length === 2;
  });
  expect(new Set(await rows())).toEqual(new Set([failing, newer]));
});

it('an edited dead letter: the log has the data as it was written, and the edited data', async () => {
  const operator = createEventOperator({ redis: stage.server.url, events: [settledV3()] });
  onTestFinished(() => operator.close());
  await build(settledV3(), ({ id }) => {
    if (id === 'first') throw new NonRetryableError('no');
  });
  await write(written('1.0.0', v1Data, 'first'));
  await until('it is dead', async () => (await operator.deadLetters.count()) === 1);
  const [letter] = (await operator.deadLetters.list()).items;
  await operator.deadLetters.retryEdited(letter?.id ?? '', { orderId: 'o', amount: 20 }, by);
  const line = (await operator.log({ limit: 100 })).find(({ kind }) => kind === 'edited');
  expect(line).toMatchObject({ actor: 'ann', detail: { dataBefore: v1Data, dataAfter: { orderId: 'o', amount: 20 } } });
});

it('an edited dead letter: the operator runs no conversion, which may have crashed every process that ran it', async () => {
  const crashing = settledV2(() => {
    throw new Error('must not run');
  });
  const operator = createEventOperator({ redis: stage.server.url, events: [crashing] });
  onTestFinished(() => operator.close());
  const bus = await build(settledV1, () => {
    throw new NonRetryableError('no');
  });
  // A conversion that throws would make an event of a newer minor version wait: its edit would be refused.
  await write(written('1.1.0', v1Data, 'first'));
  await until('it is dead', async () => (await operator.deadLetters.count()) === 1);
  await bus.close();
  const [letter] = (await operator.deadLetters.list()).items;
  await operator.deadLetters.retryEdited(letter?.id ?? '', { orderId: 'o', amount: 20 }, by);
  expect(await operator.deadLetters.count()).toBe(0);
});

it('an operator with a definition whose older versions cannot be used is refused', () => {
  const [first] = settledV2().older ?? [];
  const unusable = { ...settledV2(), older: [{ ...first, major: 2 }] } as AnyEventDefinition;
  expect(() => createEventOperator({ redis: stage.server.url, events: [unusable] })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('shop.order.settled 2.0.0') }),
  );
});

it('⚑ publishers and consumers of two versions, 400 events: each is handled once, in the right form, and parked at most once', async () => {
  const runs = new Map<string, string[]>();
  const note = (known: string) => (event: Seen) => {
    const what = `${known}: ${event.version} from ${event.upcastFrom} ${JSON.stringify(event.data)}`;
    runs.set(event.id, [...(runs.get(event.id) ?? []), what]);
  };
  await build(settledV1, note('1'));
  await build(settledV2(), note('2'));
  const shop = stage.bus('shop').withContext(tenant);
  const published = await Promise.all(
    Array.from({ length: 200 }, () => [shop.publish(settledV1, v1Data), shop.publish(settledV2(), v2Data)]).flat(),
  );
  await until('all are handled', () => runs.size === 400);
  await until('no row is left', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 0);
  const data = JSON.stringify(v2Data);
  for (const [index, { id }] of published.entries()) {
    const old = [`1: 1.0.0 from undefined ${JSON.stringify(v1Data)}`, `2: 2.0.0 from 1.0.0 ${data}`];
    const possible = index % 2 === 0 ? old : [`2: 2.0.0 from undefined ${data}`];
    expect(runs.get(id)).toHaveLength(1);
    expect(possible).toContain(runs.get(id)?.[0]);
  }
  const log = await stage.operator.log({ limit: 10_000 });
  const parked = log.filter(({ kind }) => kind === 'parked').map(({ detail }) => String(detail.eventId));
  expect(new Set(parked).size).toBe(parked.length);
  const newIds = new Set(published.filter((_, index) => index % 2 === 1).map(({ id }) => id));
  expect(parked.every((id) => newIds.has(id))).toBe(true);
  expect(await stage.operator.deadLetters.count()).toBe(0);
});

it('1,000 versions in one stream: each event is handled, parked or dead by its own version, and a newer build takes the rest', async () => {
  const seen: Seen[] = [];
  await build(settledV2(), (event) => seen.push(event));
  const versions = Array.from({ length: 1_000 }, (_, n) => `${n % 4}.${n}.0`);
  const unreadable = { orderId: 'o', amount: 'unusual' };
  const pipeline = stage.redis.pipeline();
  for (const [n, version] of versions.entries()) {
    const data = n % 4 === 1 ? v1Data : n % 4 === 2 ? unreadable : v2Data;
    pipeline.xadd('{hyvve:0}:events', '*', 'e', written(version, data, `event${n}`));
  }
  await pipeline.exec();
  await until('each has an outcome', async () => {
    return seen.length + (await stage.operator.deadLetters.count()) + (await stage.operator.parked.count()) === 1_000;
  });
  // 0.x is retired, 1.x is converted, newer minors of 2 that cannot be read and 3.x wait.
  expect([seen.length, await stage.operator.deadLetters.count(), await stage.operator.parked.count()]).toEqual([
    ...[250, 250, 500],
  ]);
  expect(seen.every(({ version }) => version === '2.0.0')).toBe(true);
  const taken: Seen[] = [];
  const newer = { ...settledV3(), version: '3.1000.0', validate: settledV2().validate } as AnyEventDefinition;
  await build(newer, (event) => taken.push(event));
  await until('3.x is handled', () => taken.length === 250);
  expect(await stage.operator.parked.count()).toBe(250);
});
