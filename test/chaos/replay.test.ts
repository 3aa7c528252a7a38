import { type ChildProcess, spawn } from 'node:child_process';
import type { EventOperator } from '@hyvve-events/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundle } from '../support/processes/bundle.js';
import { createRecordedOperator } from '../support/recording/recorded-operator.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
let operator: EventOperator;
let runners: ChildProcess[] = [];

beforeEach(() => {
  operator = createRecordedOperator({ redis: stage.server.url, runReplays: false });
});
afterEach(async () => {
  for (const runner of runners) runner.kill('SIGKILL');
  runners = [];
  await operator.close();
});

/** A process that runs replays. */
async function run(): Promise<ChildProcess> {
  const runner = spawn(process.execPath, [await bundle('test/support/processes/replay-main.ts'), stage.server.url], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  runners.push(runner);
  return runner;
}

/** Stream ids of the events in the replay stream, in order. */
async function replayed(jobId: string): Promise<string[]> {
  const entries = await stage.redis.xrange('{hyvve:0}:events:replay', '-', '+');
  return entries.map(([, fields]) => (fields[3] ?? '').replace(`@${jobId}`, ''));
}

it('a replay whose process is killed continues without gaps and duplicates, with live events in parallel', async () => {
  const handlers = [{ name: 'bill' }, { name: 'mail' }];
  const doomed = await stage.worker('billing', handlers);
  await stage.worker('billing', handlers);
  const before = new Map<string, string>();
  for (let i = 0; i < 10; i += 1) for (const id of await stage.publish(200)) before.set(id, '');
  const range = (await stage.redis.xrange('{hyvve:0}:events', '-', '+')).map(([id]) => id);
  await stage.redis.xgroup('CREATE', '{hyvve:0}:events:replay', 'observer', '0', 'MKSTREAM');
  // Entries that a group has not acknowledged are not removed, so all written entries can be checked at the end.
  const observer = stage.redis.duplicate();
  const held = observer.xreadgroup(
    ...(['GROUP', 'observer', 'one', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', '{hyvve:0}:events:replay', '>'] as const),
  );
  const { jobId } = await operator.replays.start({ ratePerSecond: 1_000 }, { actor: 'ann' });
  let live = true;
  const traffic = (async () => {
    let published = 0;
    while (live) {
      published += (await stage.publish(20)).length;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return published;
  })();
  for (const share of [0.2, 0.6]) {
    const runner = await run();
    await until(
      `${share} of it is replayed`,
      async () => ((await operator.replays.get(jobId))?.progress.replayed ?? 0) >= share * range.length,
      60_000,
    );
    runner.kill('SIGKILL');
    if (share === 0.2) doomed.signal('SIGKILL');
  }
  // A stopped process must not write its page after another one has taken over.
  const stalled = await run();
  await until(
    'it continues',
    async () => ((await operator.replays.get(jobId))?.progress.replayed ?? 0) > 0.8 * range.length,
    60_000,
  );
  stalled.kill('SIGSTOP');
  await run();
  await until('it is completed', async () => (await operator.replays.get(jobId))?.status === 'completed', 60_000);
  stalled.kill('SIGCONT');
  live = false;
  const published = await traffic;
  expect(published).toBeGreaterThan(100);
  await until(
    'everything is handled',
    async () => {
      const [group] = (await operator.statistics.snapshot()).groups;
      return group?.pending === 0 && group.lag === 0 && group.replayPending === 0 && group.replayLag === 0;
    },
    60_000,
  );
  await held;
  observer.disconnect();
  expect(await replayed(jobId)).toEqual(range);
  expect((await operator.replays.get(jobId))?.progress).toMatchObject({
    scanned: range.length,
    replayed: range.length,
  });
  const effects = await stage.effects();
  const missed = [...before.keys()].flatMap((id) =>
    handlers.map(({ name }) => `billing/${name}/${id}`).filter((effect) => (effects.get(effect) ?? 0) < 2),
  );
  expect(missed).toEqual([]);
});
