import { leave } from './handling.js';
import { handlers, type SimulatedDelivery, type World } from './world.js';

/** An operator retries, edits or discards a dead letter. */
export function operate(world: World): void {
  const dead = world.pick(world.deliveries.filter(({ state }) => state === 'dead'));
  if (dead !== undefined) act(world, dead, world.pick(['retry', 'edit', 'discard']) ?? 'retry');
}

export function act(world: World, dead: SimulatedDelivery, action: 'retry' | 'edit' | 'discard'): void {
  const { event, handler, replayJobId, number } = dead;
  const newEventId = world.id('e');
  const named = action === 'edit' ? { newEventId } : {};
  const of = { group: 'billing', handler: handler.name, eventId: event.eventId, ...named };
  world.add({ kind: 'operator', action, until: world.now + 1, ...of });
  world.log(action === 'retry' ? 'retried' : `${action}ed`, dead);
  dead.state = action === 'retry' ? 'waiting' : 'discarded';
  if (action === 'retry') dead.attempt = 1;
  if (action === 'discard') leave(world, dead);
  if (action !== 'edit') return;
  const draft = { ...event.draft, data: world.id('d') };
  const edited = world.deliver(
    { eventId: newEventId, streamId: `edit-${newEventId}`, draft },
    handler,
    replayJobId,
    number,
  );
  takePlace(world, dead, edited);
}

/** An edited event takes the place of the original in the lane of its key. */
function takePlace(world: World, dead: SimulatedDelivery, edited: SimulatedDelivery | undefined): void {
  const { lane } = dead;
  if (edited === undefined || lane === undefined) return;
  edited.hasLeft = dead.hasLeft;
  if (world.heads.get(lane) === dead) world.heads.set(lane, edited);
  dead.hasLeft = true;
}

/** An operator starts a replay of everything. */
export function replay(world: World): void {
  const jobId = world.id('j');
  world.add({ kind: 'operator', action: 'replay', until: world.now + 1, replay: { jobId } });
  const targets = handlers.filter((handler) => handler.replay !== 'skip');
  for (const event of world.events) for (const handler of targets) world.deliver(event, handler, jobId);
  const of = { group: '*', handler: '*', streamId: '0-0', replayJobId: jobId };
  world.add({ kind: 'transition', position: `${world.now}-0`, change: 'replay-completed', ...of });
}
