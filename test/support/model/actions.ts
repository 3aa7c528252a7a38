import type { DeadLetter } from '@hyvve-events/runtime';
import type { Fate } from './faulty-connection.js';
import { levelsOf, type Model } from './model.js';
import type { ModelProcess, RunOutcome } from './model-process.js';
import type { Reach } from './steps.js';
import { allGroups, groups, type ModelDraft, orderedGroups, type System } from './system.js';
import { type ModelLane, streamIdOf, type World } from './world.js';

const lanes = ['live', 'replay'] as const;

/** The process with this number, of those that live. */
export function pick(system: System, number: number): ModelProcess | undefined {
  const living = [...system.processes.values()];
  return living[number % Math.max(1, living.length)];
}

const reaches: readonly Reach[] = ['not-executed', 'reply-lost', 'answered'];

/** Changes the world, or copies of it. @returns Every world that may follow. */
type Step = (world: World, reach: Reach, settles: boolean) => readonly World[];

/**
 * Lets one process do something, and follows every way in which it can have gone: a call that fails may have been executed, and a process
 * that dies may have recorded outcomes before.
 */
async function act(
  model: Model,
  system: System,
  process: ModelProcess,
  fates: readonly Fate[],
  doIt: () => Promise<void>,
  step: Step,
): Promise<void> {
  process.connection.plan(fates);
  await doIt();
  process.connection.plan([]);
  const { isDead } = process.connection;
  if (isDead) removeProcess(model, system, process);
  await model.follow(system, (world) => {
    const ways = waysOf(fates, isDead);
    return ways.flatMap(([reach, settles]) => {
      const worlds = step(structuredClone(world), reach, settles);
      if (isDead) for (const each of worlds) model.steps.gone(each, process.name);
      return worlds;
    });
  });
}

function waysOf(fates: readonly Fate[], isDead: boolean): (readonly [Reach, boolean])[] {
  if (fates.length === 0) return [['answered', true]];
  if (fates[0] === 'reply-held') return [['reply-held', true]];
  return reaches.flatMap((reach) => (isDead ? [true, false] : [true]).map((settles) => [reach, settles] as const));
}

export function removeProcess(model: Model, system: System, process: ModelProcess): void {
  process.die();
  system.processes.delete(process.name);
  model.gone.push({ name: process.name, group: process.group.name });
}

export async function close(model: Model, system: System, process: ModelProcess): Promise<void> {
  await process.close();
  removeProcess(model, system, process);
  await model.change(system, (world) => model.steps.close(world, process.name));
}

/** @param without A handler that the process does not have. */
export async function startProcess(
  model: Model,
  system: System,
  group: string,
  build: number,
  without?: string,
): Promise<void> {
  model.started += 1;
  const name = `${group}-${model.started}`;
  await system.start(name, group, build, without);
  await model.change(system, (world) => {
    const levels = levelsOf(group, 'live').map((names) => names.filter((each) => each !== without));
    world.processes[name] = { group, build, levels, inFlight: [], underway: [] };
    // It begins with what other processes have left.
    for (const lane of lanes) model.steps.takeOver(world, name, lane, 'answered', true);
  });
}

export async function publish(
  model: Model,
  system: System,
  drafts: readonly ModelDraft[],
  fates: readonly Fate[],
): Promise<void> {
  const published = await system.publish(drafts, fates);
  const known = new Set(model.world.events.map(({ streamId }) => streamId));
  const fresh = (await system.written()).filter(({ streamId }) => !known.has(streamId));
  const keyOf = ({ tenantId, idempotencyKey, id }: ModelDraft) => {
    if (id !== undefined) return id;
    return idempotencyKey === undefined ? undefined : `${tenantId}/${idempotencyKey}`;
  };
  for (const { eventId, streamId } of model.world.events) model.keys.set(eventId, { id: eventId, streamId });
  // Of several drafts with one key, the first one is written.
  const used = new Set(model.keys.keys());
  const first = drafts.map((draft) => {
    const key = keyOf(draft);
    const isFirst = key === undefined || !used.has(key);
    if (key !== undefined) used.add(key);
    return isFirst;
  });
  const expected = first.filter(Boolean).length;
  const isPossible = fresh.length === expected || (published === undefined && fresh.length === 0);
  if (!isPossible) throw new Error(`${fresh.length} events were written, and not ${expected}`);
  if (fresh.length === expected) {
    const left = [...fresh];
    drafts.forEach((draft, index) => {
      const key = keyOf(draft);
      const event = first[index] === true ? left.shift() : undefined;
      if (event !== undefined && event.version !== draft.version) throw new Error('an event has another version');
      if (key !== undefined && event !== undefined)
        model.keys.set(key, { id: event.eventId, streamId: event.streamId });
      const result = published?.[index];
      if (published === undefined) return;
      const before = key === undefined ? undefined : model.keys.get(key);
      const [id, streamId] = event === undefined ? [before?.id, before?.streamId] : [event.eventId, event.streamId];
      if (result?.id !== id || result?.streamId !== streamId || result?.duplicate !== (event === undefined)) {
        throw new Error(`publish resolved with ${JSON.stringify(result)}, and not with ${id} at ${streamId}`);
      }
    });
  }
  await model.change(system, (world) => {
    for (const { streamId, eventId, version } of fresh) model.steps.written(world, streamId, eventId, version);
  });
}

export async function end(
  model: Model,
  system: System,
  process: ModelProcess,
  number: number,
  outcome: RunOutcome,
  fates: readonly Fate[],
): Promise<void> {
  const run = process.runs[number % process.runs.length];
  if (run === undefined) return;
  await act(
    model,
    system,
    process,
    fates,
    () => process.end(run, outcome),
    (world, _reach, settles) => {
      if (process.group.name in orderedGroups) return [world];
      return model.steps.end(world, process.name, run.ref, outcome, settles);
    },
  );
}

export async function expire(model: Model, system: System, name: string, group: string): Promise<void> {
  await system.expire(group, name);
  await model.change(system, (world) => model.steps.expire(world, group, name));
}

/** A process is stopped for longer than its lease, and another one of its group takes over what it has. */
export async function overtake(
  model: Model,
  system: System,
  stopped: ModelProcess,
  fates: readonly Fate[],
): Promise<void> {
  const group = stopped.group.name;
  const others = () => [...system.processes.values()].filter((each) => each !== stopped && each.group.name === group);
  if (others().length === 0) await startProcess(model, system, group, 2);
  await expire(model, system, stopped.name, group);
  const [other] = others();
  if (other === undefined) return;
  await processSteps.takeOver(model, system, other, fates, 'live');
  if (!other.connection.isDead) await processSteps.claim(model, system, other, []);
}

/** The deliveries in a state. */
export function deliveriesIn(
  model: Model,
  state: 'scheduled' | 'dead',
): { readonly group: string; readonly ref: string }[] {
  return Object.entries(model.world.groups).flatMap(([group, { deliveries }]) =>
    Object.entries(deliveries)
      .filter(([, delivery]) => delivery.state === state && delivery.claimedBy === null)
      .map(([ref]) => ({ group, ref })),
  );
}

export async function makeDue(
  model: Model,
  system: System,
  { group, ref }: { readonly group: string; readonly ref: string },
) {
  await system.makeDue(group, ref);
  await model.change(system, (world) => model.steps.due(world, group, ref));
}

export const processSteps = {
  read: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[], lane: ModelLane) =>
    act(
      model,
      system,
      process,
      fates,
      () => process.read(lane),
      (world, reach, settles) => {
        model.steps.read(world, process.name, lane, reach, settles);
        return [world];
      },
    ),
  takeOver: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[], lane: ModelLane) =>
    act(
      model,
      system,
      process,
      fates,
      () => process.takeOver(lane),
      (world, reach, settles) => {
        model.steps.takeOver(world, process.name, lane, reach, settles);
        return [world];
      },
    ),
  claim: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[]) =>
    act(
      model,
      system,
      process,
      fates,
      async () => {
        const since = Date.now();
        await process.claim();
        await system.postpone(process.group.name, since);
      },
      (world, reach, settles) => {
        const worlds: World[] = [];
        for (let chosen = 0; ; chosen += 1) {
          const copy = structuredClone(world);
          if (!model.steps.claim(copy, process.name, reach, settles, chosen)) return worlds;
          worlds.push(copy);
        }
      },
    ),
  renew: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[]) =>
    act(
      model,
      system,
      process,
      fates,
      () => process.renew(),
      (world, reach) => {
        model.steps.renewEntries(world, process.name, reach);
        // Another call, which may have another fate.
        return (fates.length === 0 ? [reach] : reaches).map((ofRetries) => {
          const copy = structuredClone(world);
          model.steps.renewRetries(copy, process.name, ofRetries);
          return copy;
        });
      },
    ),
  deliver: (model: Model, system: System, process: ModelProcess) =>
    act(
      model,
      system,
      process,
      [],
      () => process.deliverReplies(),
      (world) => {
        model.steps.deliver(world, process.name);
        return [world];
      },
    ),
  maintain: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[]) => {
    let left: ReadonlySet<string> = new Set();
    return act(
      model,
      system,
      process,
      fates,
      async () => {
        await process.maintain();
        left = new Set((await system.written()).map(({ streamId }) => streamId));
      },
      (world) => {
        model.steps.trimmed(world, left);
        return [world];
      },
    );
  },
} as const;

export async function replay(model: Model, system: System): Promise<void> {
  const jobId = await system.replay();
  model.replays += 1;
  await model.change(system, (world) => model.steps.replayed(world, jobId));
}

/** At most this many rounds end everything: a process runs one delivery at a time of those that were delivered often. */
const mostRounds = 200;

/** Ends everything that a sequence has left unfinished, as the runtime does when nothing fails any more. */
export async function drain(model: Model, system: System): Promise<void> {
  const started = Object.keys(allGroups).filter((group) => group in groups || model.order.hasStarted(group));
  for (const group of started) await startProcess(model, system, group, 2);
  for (let round = 0; isUnfinished(model); round += 1) {
    if (round === mostRounds) throw new Error(`something is left after ${round} rounds`);
    for (const process of [...system.processes.values()]) {
      await processSteps.deliver(model, system, process);
      while (process.runs.length > 0) await end(model, system, process, 0, 'completes', []);
      if (process.name !== lastOf(system, process.group.name))
        await expire(model, system, process.name, process.group.name);
    }
    for (const { name, group } of model.gone) await expire(model, system, name, group);
    for (const retry of deliveriesIn(model, 'scheduled')) await makeDue(model, system, retry);
    for (const group of Object.keys(orderedGroups)) await endOrdered(model, system, group);
    for (const group of started) {
      const process = system.processes.get(lastOf(system, group));
      if (process === undefined) continue;
      for (const lane of lanes) {
        await processSteps.read(model, system, process, [], lane);
        await processSteps.takeOver(model, system, process, [], lane);
      }
      await processSteps.claim(model, system, process, []);
    }
  }
}

/** The retries of an ordered group are due, and an operator discards its dead letters: they may hold their keys. */
async function endOrdered(model: Model, system: System, group: string): Promise<void> {
  for (const ref of await system.retriesOf(group)) await system.makeDue(group, ref);
  const { items } = await system.operator.deadLetters.list({ limit: 1_000 });
  for (const letter of items.filter((each) => each.group === group)) {
    await operate(model, system, letter, 'discard');
  }
}

/** An operator retries or discards a dead letter. */
export async function operate(
  model: Model,
  system: System,
  { id, group, streamId, replayJobId, handler }: DeadLetter,
  action: 'retry' | 'discard',
): Promise<void> {
  await system.operator.deadLetters[action](id, { actor: 'ada' });
  const ref = `${streamId}${replayJobId === undefined ? '' : `@${replayJobId}`}/${handler}`;
  if (action === 'retry') model.order.redrive(group, ref);
  await model.change(system, (world) => model.steps.operate(world, group, ref, action));
}

/** Removes everything that is finished. */
export async function maintainAll(model: Model, system: System): Promise<void> {
  for (const group of Object.keys(groups)) {
    const process = system.processes.get(lastOf(system, group));
    if (process !== undefined) await processSteps.maintain(model, system, process, []);
  }
}

/** How many lines the log must have of each delivery that has become a dead letter: `<group> <stream id>/<handler>`, once for each. */
export function deathsOf({ world }: Model): string[] {
  const lines = Object.entries(world.groups).flatMap(([group, { deliveries }]) =>
    Object.entries(deliveries).flatMap(([ref, { deaths }]) => {
      const [prefix = '', handler = ''] = ref.split('/');
      return Array.from({ length: deaths }, () => `${group} ${streamIdOf(prefix)}/${handler}`);
    }),
  );
  return lines.sort();
}

/** The process of a group that started last. */
function lastOf(system: System, group: string): string {
  return [...system.processes.values()].filter((each) => each.group.name === group).at(-1)?.name ?? '';
}

function isUnfinished({ world, order }: Model): boolean {
  if (order.unfinished().length > 0) return true;
  if (Object.values(world.processes).some(({ inFlight }) => inFlight.length > 0)) return true;
  if (Object.values(world.processes).some(({ underway }) => underway.length > 0)) return true;
  return Object.values(world.groups).some(
    ({ entries, deliveries }) =>
      entries.some(({ state }) => state !== 'done') ||
      Object.values(deliveries).some(({ state }) => state === 'scheduled' || state === 'parked'),
  );
}
