import type { HistoryRecord } from '../history.js';
import { endRun, kill, lose, park, stall, startRun } from './handling.js';
import { act, operate, replay } from './operating.js';
import { publish, publishInVain, publishTwice } from './publishing.js';
import { World } from './world.js';

interface Plan {
  /** Returns numbers from 0 to below 1. */
  readonly random: () => number;
  readonly steps: number;
  /** Whether Redis may lose something. */
  readonly losses: boolean;
}

/**
 * Draws the history of a system that keeps its promises: with publishes, runs, retries, replays, parked events, operators, killed and
 * stalled processes and lost outcomes. At its end, long after the last fault, is a calm phase with four events of one key.
 */
export function simulateHistory({ random, steps, losses }: Plan): HistoryRecord[] {
  const world = new World(random);
  world.startProcess();
  world.startProcess();
  world.now += 100;
  const actions: readonly (readonly [weight: number, act: () => void])[] = [
    [6, () => publish(world)],
    [2, () => publishTwice(world)],
    [2, () => publishInVain(world)],
    [30, () => startRun(world)],
    [30, () => endRun(world, false)],
    [3, () => operate(world)],
    [1, () => kill(world, world.pick(world.processes))],
    [1, () => stall(world, world.pick(world.processes))],
    [0.5, () => park(world)],
    [0.3, () => replay(world)],
    [losses ? 0.7 : 0, () => lose(world)],
  ];
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);
  for (let step = 0; step < steps; step += 1) {
    let at = random() * total;
    const action = actions.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    action?.[1]();
  }
  drain(world);
  world.now += 20_000;
  for (let count = 0; count < 4; count += 1) publish(world, 1, calmDraft(count));
  drain(world);
  return world.end();
}

/** The tenant of the events of the calm phase. */
export const calmTenant = 'calm';

function calmDraft(count: number) {
  return { type: 'order.placed', tenantId: calmTenant, key: 'k', data: `calm ${count}` };
}

/** Runs go on without faults until nothing is left to do. */
function drain(world: World): void {
  const isBusy = () => world.processes.some(({ runs }) => runs.size > 0);
  const isWaiting = () => world.deliveries.some(({ state }) => state === 'waiting');
  while (isBusy() || isWaiting()) {
    const began = startRun(world);
    const ended = world.chance(0.5) && endRun(world, true);
    if (began || ended || isBusy()) continue;
    // Dead letters may hold what waits.
    const dead = world.deliveries.find(({ state, handler }) => state === 'dead' && handler.order?.whenDead === 'hold');
    if (dead !== undefined) act(world, dead, 'discard');
    world.now += 100;
  }
}
