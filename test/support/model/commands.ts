import fc from 'fast-check';
import {
  close,
  deliveriesIn,
  end,
  expire,
  makeDue,
  operate,
  overtake,
  pick,
  processSteps,
  publish,
  removeProcess,
  replay,
  startProcess,
} from './actions.js';
import type { Fate } from './faulty-connection.js';
import type { Model } from './model.js';
import type { ModelProcess, RunOutcome } from './model-process.js';
import { allGroups, type ModelDraft, orderedGroups, type System } from './system.js';
import type { ModelLane } from './world.js';

type Command = fc.AsyncCommand<Model, System>;

/** A command whose text is its name and its arguments, so that a report of a failure can be read. */
function command(
  name: string,
  args: readonly unknown[],
  check: (model: Model) => boolean,
  run: (model: Model, system: System) => Promise<void>,
): Command {
  const text = `${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
  return { check: (model) => check(model), run, toString: () => text };
}

const hasProcess = (model: Model) => Object.keys(model.world.processes).length > 0;

const hasEvents = (model: Model) => model.world.events.some(({ trimmed }) => !trimmed);

const number = fc.nat(1_000);
const fate = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Fate>('answered') },
  { weight: 3, arbitrary: fc.constant<Fate>('reply-lost') },
  { weight: 2, arbitrary: fc.constant<Fate>('request-lost') },
  { weight: 1, arbitrary: fc.constant<Fate>('refused') },
  { weight: 1, arbitrary: fc.constant<Fate>('dies-before') },
  { weight: 1, arbitrary: fc.constant<Fate>('dies-after') },
);
const fates = fc.oneof(
  { weight: 3, arbitrary: fc.constant<readonly Fate[]>([]) },
  { weight: 1, arbitrary: fc.array(fate, { minLength: 1, maxLength: 3 }) },
);
const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constant<RunOutcome>('completes') },
  { weight: 2, arbitrary: fc.constant<RunOutcome>('fails') },
  { weight: 1, arbitrary: fc.constant<RunOutcome>('gives-up') },
);
const draft = fc.record<ModelDraft>(
  {
    version: fc.constantFrom(1, 2),
    tenantId: fc.constantFrom('acme', 'globex'),
    idempotencyKey: fc.constantFrom('first', 'second'),
  },
  { requiredKeys: ['version', 'tenantId'] },
);

/** A step of one process, any of those that live. */
function ofProcess(
  name: string,
  step: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[]) => Promise<void>,
): fc.Arbitrary<Command> {
  return fc.tuple(number, fates).map(([at, planned]) =>
    command(name, [at, planned], hasProcess, async (model, system) => {
      const process = pick(system, at);
      if (process !== undefined) await step(model, system, process, planned);
    }),
  );
}

/** As {@link ofProcess}, with one of its streams: usually that of the events. */
function ofLane(
  name: string,
  step: (model: Model, system: System, process: ModelProcess, fates: readonly Fate[], lane: ModelLane) => Promise<void>,
): fc.Arbitrary<Command> {
  return fc.tuple(number, fates, fc.constantFrom<ModelLane[]>('live', 'live', 'replay')).map(([at, planned, lane]) =>
    command(name, [at, planned, lane], hasProcess, async (model, system) => {
      const process = pick(system, at);
      if (process !== undefined) await step(model, system, process, planned, lane);
    }),
  );
}

/** Every command of the model. */
export const commands: fc.Arbitrary<Command>[] = [
  fc
    .tuple(
      fc.constantFrom(...Object.keys(allGroups)),
      fc.constantFrom(1, 2),
      fc.constantFrom(null, null, 'mail', 'late'),
    )
    .map(([group, build, without]) =>
      command(
        'start',
        [group, build, without],
        (model) => Object.keys(model.world.processes).length < 6,
        (model, system) => startProcess(model, system, group, build, without ?? undefined),
      ),
    ),
  fc.tuple(fc.array(draft, { minLength: 1, maxLength: 3 }), fates).map(([drafts, planned]) =>
    command(
      'publish',
      [drafts, planned],
      (model) => model.world.events.length < 8,
      (model, system) => publish(model, system, drafts, planned),
    ),
  ),
  fc.tuple(fc.array(number, { minLength: 1, maxLength: 3 }), fates).map(([numbers, planned]) =>
    command('publishAgain', [numbers, planned], hasEvents, (model, system) => {
      const kept = model.world.events.filter(({ trimmed }) => !trimmed);
      // All of them: a batch is written as a whole or not at all, so one with new events would be a conflict.
      const repeated = numbers.flatMap((at): ModelDraft[] => {
        const event = kept[at % kept.length];
        return event === undefined ? [] : [{ version: event.version, tenantId: 'acme', id: event.eventId }];
      });
      return publish(model, system, repeated, planned);
    }),
  ),
  ofLane('read', processSteps.read),
  ofLane('takeOver', processSteps.takeOver),
  ofProcess('claim', processSteps.claim),
  ofProcess('renew', processSteps.renew),
  number.map((at) =>
    command('readLate', [at], hasProcess, async (model, system) => {
      const process = pick(system, at);
      if (process !== undefined) await processSteps.read(model, system, process, ['reply-held'], 'live');
    }),
  ),
  ofProcess('deliver', (model, system, process) => processSteps.deliver(model, system, process)),
  ofProcess('maintain', processSteps.maintain),
  fc.constant(
    command(
      'replay',
      [],
      (model) => model.world.events.length > 0 && model.replays < 2,
      (model, system) => replay(model, system),
    ),
  ),
  ...[1, 2, 3].map(() =>
    fc.tuple(number, number, outcome, fates).map(([at, run, how, planned]) =>
      command('end', [at, run, how, planned], hasProcess, async (model, system) => {
        const busy = [...system.processes.values()].filter(({ runs }) => runs.length > 0);
        const process = busy[at % Math.max(1, busy.length)];
        if (process !== undefined) await end(model, system, process, run, how, planned);
      }),
    ),
  ),
  number.map((at) =>
    command('crash', [at], hasProcess, async (model, system) => {
      const process = pick(system, at);
      if (process === undefined) return;
      removeProcess(model, system, process);
      await model.change(system, (world) => model.steps.gone(world, process.name));
    }),
  ),
  number.map((at) =>
    command('close', [at], hasProcess, async (model, system) => {
      const process = pick(system, at);
      if (process !== undefined) await close(model, system, process);
    }),
  ),
  number.map((at) =>
    command(
      'expire',
      [at],
      (model) => hasProcess(model) || model.gone.length > 0,
      async (model, system) => {
        const living = [...system.processes.values()].map(({ name, group }) => ({ name, group: group.name }));
        const all = [...model.gone, ...living];
        const owner = all[at % all.length];
        if (owner !== undefined) await expire(model, system, owner.name, owner.group);
      },
    ),
  ),
  ...[1, 2, 3].map(() =>
    fc.tuple(number, fates).map(([at, planned]) =>
      command('overtake', [at, planned], hasProcess, async (model, system) => {
        const busy = [...system.processes.values()].filter(({ runs }) => runs.length > 0);
        const process = busy[at % Math.max(1, busy.length)];
        if (process !== undefined) await overtake(model, system, process, planned);
      }),
    ),
  ),
  number.map((at) =>
    command(
      'due',
      [at],
      (model) => deliveriesIn(model, 'scheduled').length > 0,
      async (model, system) => {
        const scheduled = deliveriesIn(model, 'scheduled');
        const one = scheduled[at % scheduled.length];
        if (one !== undefined) await makeDue(model, system, one);
      },
    ),
  ),
  ...[1, 2].map(() =>
    fc.tuple(number, number, fates).map(([at, by, planned]) =>
      command(
        'dueAndClaim',
        [at, by, planned],
        (model) => deliveriesIn(model, 'scheduled').length > 0,
        async (model, system) => {
          const scheduled = deliveriesIn(model, 'scheduled');
          const one = scheduled[at % scheduled.length];
          if (one === undefined) return;
          await makeDue(model, system, one);
          const own = [...system.processes.values()].filter(({ group }) => group.name === one.group);
          const process = own[by % Math.max(1, own.length)];
          if (process !== undefined) await processSteps.claim(model, system, process, planned);
        },
      ),
    ),
  ),
  fc.tuple(number, number, fates).map(([at, by, planned]) =>
    command('dueAndClaimInOrder', [at, by, planned], hasProcess, async (model, system) => {
      const own = [...system.processes.values()].filter(({ group }) => group.name in orderedGroups);
      const process = own[by % Math.max(1, own.length)];
      if (process === undefined) return;
      const refs = await system.retriesOf(process.group.name);
      const ref = refs[at % Math.max(1, refs.length)];
      if (ref !== undefined) await system.makeDue(process.group.name, ref);
      await processSteps.claim(model, system, process, planned);
    }),
  ),
  fc.tuple(number, fc.constantFrom('retry' as const, 'discard' as const)).map(([at, action]) =>
    command(action, [at], hasEvents, async (model, system) => {
      const { items } = await system.operator.deadLetters.list({ limit: 100 });
      const letter = items[at % items.length];
      if (letter === undefined) return;
      await operate(model, system, letter, action);
    }),
  ),
];
