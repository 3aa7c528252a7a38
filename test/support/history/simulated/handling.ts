import type { RunEnd } from '../history.js';
import type { SimulatedDelivery, SimulatedProcess, SimulatedRun, World } from './world.js';
import { concurrency, leaseMs, maxParkMs } from './world.js';

function isFree(world: World, delivery: SimulatedDelivery): boolean {
  const { lane, number } = delivery;
  if (lane === undefined) return true;
  const head = world.heads.get(lane);
  if (head !== undefined) return head === delivery;
  // Numbers of entries grow.
  return world.lanes.get(lane)?.every((other) => other.hasLeft || other.number >= number) ?? true;
}

/** A process begins a run, if there is something to do. */
export function startRun(world: World): boolean {
  const process = world.pick(world.processes.filter(({ runs }) => runs.size < concurrency));
  if (process === undefined) return false;
  const ready = world.deliveries.filter(
    (each) => each.state === 'waiting' && each.dueAt <= world.now && isFree(world, each),
  );
  const delivery = world.pick(ready.filter((each) => countOf(process, each) < each.handler.concurrency));
  if (delivery === undefined) return false;
  const { event, handler, attempt, replayJobId } = delivery;
  const { type, tenantId, key, data } = event.draft;
  const named = { ...(tenantId === undefined ? {} : { tenantId }), ...(key === undefined ? {} : { key }) };
  const job = replayJobId === undefined ? {} : { replayJobId };
  const of = { process: process.name, group: 'billing', handler: handler.name, attempt, ...job };
  const { eventId, streamId } = event;
  const start = {
    kind: 'run-start',
    at: world.now,
    run: world.id('r'),
    eventId,
    streamId,
    type,
    data,
    ...named,
    ...of,
  } as const;
  world.add(start);
  delivery.state = 'running';
  process.runs.add({ delivery, start, isStale: false });
  const { lane } = delivery;
  if (lane !== undefined) world.heads.set(lane, delivery);
  return true;
}

function countOf({ runs }: SimulatedProcess, { handler }: SimulatedDelivery): number {
  return [...runs].filter(({ delivery }) => delivery.handler === handler).length;
}

/** A run ends. Returns whether there was one. */
export function endRun(world: World, isCalm: boolean): boolean {
  const process = world.pick(world.processes.filter(({ runs }) => runs.size > 0));
  const run = world.pick([...(process?.runs ?? [])]);
  if (process === undefined || run === undefined) return false;
  const { delivery, start } = run;
  const { attempt, handler } = { ...delivery, attempt: start.attempt };
  const hasFailed = world.chance(isCalm ? 0 : 0.35);
  const isLast = attempt > handler.maxRetries;
  const outcome: RunEnd['outcome'] = !hasFailed ? 'completed' : isLast || world.chance(0.2) ? 'dead' : 'failed';
  const retryInMs = 100 + world.below(400);
  const endedAt = world.now;
  world.add({ kind: 'run-end', run: start.run, outcome, ...(outcome === 'failed' ? { retryInMs } : {}) });
  process.runs.delete(run);
  // The outcome of a process that no longer has the delivery is refused.
  if (run.isStale) return true;
  if (!isCalm && world.chance(0.08)) loseOutcome(world, process, delivery);
  else record(world, delivery, outcome, endedAt + retryInMs);
  return true;
}

/** The process dies, or its connection breaks, before Redis has recorded an outcome. */
function loseOutcome(world: World, process: SimulatedProcess, delivery: SimulatedDelivery): void {
  if (world.chance(0.5)) kill(world, process);
  else
    world.add({
      kind: 'fault',
      name: 'the connection breaks',
      process: process.name,
      until: world.now,
      effects: ['repeat'],
    });
  release(world, delivery);
}

function release(world: World, delivery: SimulatedDelivery): void {
  delivery.state = 'waiting';
  delivery.dueAt = world.now + leaseMs;
}

function record(world: World, delivery: SimulatedDelivery, outcome: RunEnd['outcome'], dueAt: number): void {
  const { handler, attempt } = delivery;
  const { order } = handler;
  if (outcome !== 'completed' || attempt > 1) world.log(outcome, delivery);
  if (outcome === 'failed') {
    delivery.state = 'waiting';
    delivery.attempt += 1;
    delivery.dueAt = dueAt;
    if (order?.whenFailed === 'pass') leave(world, delivery);
    return;
  }
  delivery.state = outcome;
  if (outcome === 'completed' || order?.whenDead === 'pass') leave(world, delivery);
}

export function leave(world: World, delivery: SimulatedDelivery): void {
  delivery.hasLeft = true;
  const { lane } = delivery;
  if (lane !== undefined && world.heads.get(lane) === delivery) world.heads.delete(lane);
}

/** A process is killed: others take over what it ran, when its leases have expired. */
export function kill(world: World, process: SimulatedProcess | undefined): void {
  if (process === undefined) return;
  world.processes.splice(world.processes.indexOf(process), 1);
  world.add({ kind: 'process-end', process: process.name, how: 'killed' });
  for (const run of process.runs) takeAway(world, run);
  world.startProcess();
}

/** A process is away for longer than its lease: others take over what it runs, and it goes on afterwards. */
export function stall(world: World, process: SimulatedProcess | undefined): void {
  if (process === undefined) return;
  const effects = ['repeat', 'overlap'] as const;
  world.add({ kind: 'fault', name: 'a process is away', process: process.name, until: world.now + leaseMs, effects });
  for (const run of process.runs) {
    takeAway(world, run);
    run.isStale = true;
  }
}

function takeAway(world: World, { delivery, isStale }: SimulatedRun): void {
  if (!isStale) release(world, delivery);
}

/** No build can read an event for a while. In the end, one can, or it is a dead letter. */
export function park(world: World): void {
  const delivery = world.pick(world.deliveries.filter(({ state, attempt }) => state === 'waiting' && attempt === 1));
  if (delivery === undefined) return;
  world.log('parked', delivery);
  if (world.chance(0.5)) return;
  world.now += maxParkMs;
  world.log('dead', delivery, { reason: 'VERSION_AHEAD' });
  delivery.state = 'dead';
  if (delivery.handler.order?.whenDead === 'pass') leave(world, delivery);
}

/** Redis loses its last events and what it knows of them, and the loss is reported. */
export function lose(world: World): void {
  const first = world.events.length - 1 - world.below(4);
  const [before, last] = [world.events[first - 1], world.events.at(-1)];
  if (before === undefined || last === undefined) return;
  const lost = new Set(world.events.splice(first));
  world.add({ kind: 'fault', name: 'Redis loses its last writes', until: world.now, effects: ['loss'] });
  for (const delivery of world.deliveries.filter(({ event }) => lost.has(event))) {
    world.deliveries.splice(world.deliveries.indexOf(delivery), 1);
    leave(world, delivery);
  }
  for (const { runs } of world.processes) for (const run of runs) run.isStale ||= lost.has(run.delivery.event);
  const of = { group: '*', handler: '*', streamId: '0-0', lost: { after: before.streamId, upTo: last.streamId } };
  world.add({ kind: 'transition', position: `${world.now}-0`, change: 'lost', ...of });
}
