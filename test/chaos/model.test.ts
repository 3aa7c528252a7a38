import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  close,
  deathsOf,
  drain,
  end,
  expire,
  maintainAll,
  makeDue,
  processSteps,
  publish,
  startProcess,
} from '../support/model/actions.js';
import { commands } from '../support/model/commands.js';
import type { Fate } from '../support/model/faulty-connection.js';
import { Model } from '../support/model/model.js';
import type { ModelProcess, RunOutcome } from '../support/model/model-process.js';
import { System } from '../support/model/system.js';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();
let system: System;
beforeAll(() => {
  system = new System(server.url);
});
afterAll(() => system.stop());

/** An empty Redis, and a process of each group. */
async function newModel(): Promise<Model> {
  await system.reset();
  const model = new Model();
  await startProcess(model, system, 'billing', 1);
  await startProcess(model, system, 'audit', 1);
  return model;
}

const seed = Number(process.env.CHAOS_SEED ?? 424_242);
/**
 * A failure prints `seed`, `path` and `replayPath`: with these as `CHAOS_SEED`, `MODEL_PATH` and `MODEL_REPLAY`, it is repeated. With
 * `MODEL_SHRINK=1`, a shorter sequence is searched for, which takes minutes: without it, the failure is reported within the test's time.
 */
const path = process.env.MODEL_PATH;
const endOnFailure = process.env.MODEL_SHRINK === undefined;
const replay = process.env.MODEL_REPLAY === undefined ? {} : { replayPath: process.env.MODEL_REPLAY };
const seconds = Number(process.env.CHAOS_SECONDS ?? 10);

it(`⚑ the runtime does what the model says, whichever call fails and whenever a process dies (CHAOS_SEED=${seed}, ${seconds} s)`, {
  timeout: seconds * 1_000 + 240_000,
}, async () => {
  let sequences = 0;
  let steps = 0;
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: 80, size: 'max', ...replay }),
    async (sequence) => {
      const model = await newModel();
      await startProcess(model, system, 'accounts', 2);
      await fc.asyncModelRun(async () => ({ model, real: system }), sequence);
      await drain(model, system);
      expect(await system.leftovers()).toEqual([]);
      expect(model.order.neverRun('accounts')).toEqual([]);
      expect(await system.linesOf('dead')).toEqual(deathsOf(model));
      await maintainAll(model, system);
      expect(await system.written()).toEqual([]);
      sequences += 1;
      steps += [...sequence].length;
    },
  );
  if (path !== undefined) {
    await fc.assert(property, { seed, path, endOnFailure });
    return;
  }
  const end = performance.now() + seconds * 1_000;
  // A limit of fast-check would end the test while a sequence still runs.
  for (let round = 0; performance.now() < end; round += 1)
    await fc.assert(property, { seed: seed + round, numRuns: 10, endOnFailure });
  console.log(`CHAOS_SEED=${seed}: ${sequences} sequences, ${steps} steps`);
  expect(sequences).toBeGreaterThan(5);
});

/** A process of billing has read an event of a version. @param fates What happens to its calls. */
async function reading(version: number, fates: readonly Fate[]) {
  const model = await newModel();
  await publish(model, system, [{ version, tenantId: 'acme' }], []);
  const [reader] = [...system.processes.values()];
  if (reader === undefined) throw new Error('there is no process');
  await processSteps.read(model, system, reader, fates, 'live');
  return { model, reader };
}

/** The leases of a process of billing expire, and another process takes over. */
async function overtaken(model: Model, stopped: ModelProcess): Promise<ModelProcess> {
  await expire(model, system, stopped.name, 'billing');
  await startProcess(model, system, 'billing', 1);
  const other = [...system.processes.values()].at(-1);
  if (other === undefined) throw new Error('there is no other process');
  return other;
}

/** A process of billing has claimed a retry that is due, and runs it. Nothing else runs. */
async function retrying(): Promise<{ model: Model; process: ModelProcess; ref: string }> {
  const { model, reader: process } = await reading(1, []);
  const ref = process.runs[0]?.ref ?? '';
  await end(model, system, process, 0, 'fails', []);
  await endAll(model, process, 'completes');
  await makeDue(model, system, { group: 'billing', ref });
  await processSteps.claim(model, system, process, []);
  return { model, process, ref };
}

/** All runs of a process end. */
async function endAll(model: Model, process: ModelProcess, outcome: RunOutcome): Promise<void> {
  while (process.runs.length > 0) await end(model, system, process, 0, outcome, []);
}

describe('what the model has found', () => {
  it('⚑ a process that was stopped, and renews its leases after another one has finished its event: its outcome is refused', async () => {
    const { model, reader: stopped } = await reading(1, []);
    await endAll(model, await overtaken(model, stopped), 'completes');
    await processSteps.renew(model, system, stopped, []);
    await processSteps.renew(model, system, stopped, []);
    await endAll(model, stopped, 'gives-up');
    await drain(model, system);
    expect(await system.operator.deadLetters.count()).toBe(0);
  });

  it('⚑ a dead letter of one of two handlers whose reply is lost: it is written and counted once', async () => {
    const { model, reader: process } = await reading(1, []);
    await end(model, system, process, 0, 'gives-up', ['reply-lost']);
    await drain(model, system);
    expect(await system.operator.deadLetters.count()).toBe(1);
    expect(await system.counted('d')).toBe(1);
  });

  it('⚑ the first event of a new version whose reply is lost: it is parked once, although the set of handlers has changed', async () => {
    const { model } = await reading(2, ['answered', 'reply-lost']);
    const parked = await system.linesOf('parked');
    expect(parked).toHaveLength(3);
    expect(new Set(parked).size).toBe(3);
    await drain(model, system);
  });

  it('⚑ two groups whose oldest unfinished events are of the same millisecond: neither is removed', async () => {
    const model = await newModel();
    // Events of one batch usually are; the later ones may be of the next millisecond.
    const drafts = Array.from({ length: 10 }, () => ({ version: 1, tenantId: 'acme' }));
    await publish(model, system, drafts, []);
    const [, audit] = [...system.processes.values()];
    if (audit === undefined) throw new Error('there is no process');
    await processSteps.read(model, system, audit, [], 'live');
    // Billing has read nothing: its oldest unfinished event is the first one.
    await end(model, system, audit, 0, 'completes', []);
    await processSteps.maintain(model, system, audit, []);
    expect(await system.written()).toHaveLength(10);
    await drain(model, system);
  });

  it('⚑ a read whose reply arrives after the process has taken over the entry itself: the entry stays with the later delivery', async () => {
    const { model, reader: process } = await reading(1, ['reply-held']);
    await expire(model, system, process.name, 'billing');
    await processSteps.takeOver(model, system, process, [], 'live');
    await processSteps.deliver(model, system, process);
    await expire(model, system, process.name, 'billing');
    await processSteps.renew(model, system, process, []);
    await startProcess(model, system, 'billing', 1);
    await drain(model, system);
  });

  it('⚑ a process that was stopped takes over its own entry before the reply of its read arrives: the handlers run once', async () => {
    const { model, reader: process } = await reading(1, ['reply-held']);
    await expire(model, system, process.name, 'billing');
    const takingOver = process.takeOver('live');
    await process.deliverReplies();
    await takingOver;
    await model.change(system, (world) => {
      model.steps.takeOver(world, process.name, 'live', 'answered', true);
      model.steps.deliver(world, process.name);
    });
    expect(process.runs).toHaveLength(2);
    await end(model, system, process, 0, 'completes', []);
    await drain(model, system);
  });

  it('⚑ a process takes over an entry that it still runs, and that another process had meanwhile: its first runs are aborted', async () => {
    const { model, reader: stopped } = await reading(1, []);
    const other = await overtaken(model, stopped);
    await expire(model, system, other.name, 'billing');
    await processSteps.takeOver(model, system, stopped, [], 'live');
    expect(stopped.runs.map(({ signal }) => signal.aborted)).toEqual([true, true, false, false]);
    await drain(model, system);
  });

  it('⚑ an outcome of one of two handlers is refused, because another process has the event: the other run is aborted', async () => {
    const { model, reader: stopped } = await reading(1, []);
    await overtaken(model, stopped);
    await end(model, system, stopped, 0, 'completes', []);
    expect(stopped.runs[0]?.signal.aborted).toBe(true);
    await drain(model, system);
  });

  it('⚑ a process that learns that it has lost an event: it starts no further handlers of it', async () => {
    const { model, reader: stopped } = await reading(1, []);
    await overtaken(model, stopped);
    await processSteps.renew(model, system, stopped, []);
    // The handlers of the first level end, and that of the second one does not start.
    await endAll(model, stopped, 'completes');
    await drain(model, system);
  });

  it('⚑ a process claims a retry that it still runs, because its lease has expired: the first run is aborted', async () => {
    const { model, process } = await retrying();
    await expire(model, system, process.name, 'billing');
    await processSteps.claim(model, system, process, []);
    expect(process.runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await drain(model, system);
  });

  it('⚑ a process renews the lease of a retry that another one has claimed: its run is aborted', async () => {
    const { model, process } = await retrying();
    await processSteps.claim(model, system, await overtaken(model, process), []);
    expect(process.runs.map(({ signal }) => signal.aborted)).toEqual([false]);
    await processSteps.renew(model, system, process, []);
    expect(process.runs.map(({ signal }) => signal.aborted)).toEqual([true]);
    await drain(model, system);
  });

  it('⚑ a process returns a retry that another one had claimed before: that claim still counts', async () => {
    const { model, process, ref } = await retrying();
    const other = await overtaken(model, process);
    await processSteps.claim(model, system, other, []);
    await close(model, system, other);
    expect(await system.claimOf('billing', ref)).toBe('1|');
    await drain(model, system);
  });

  it('⚑ a read whose reply arrives after another process has finished the event: its outcome is refused', async () => {
    const { model, reader: late } = await reading(1, ['reply-held']);
    await endAll(model, await overtaken(model, late), 'completes');
    await processSteps.renew(model, system, late, []);
    await processSteps.deliver(model, system, late);
    await endAll(model, late, 'gives-up');
    await drain(model, system);
    expect(await system.operator.deadLetters.count()).toBe(0);
  });
});
