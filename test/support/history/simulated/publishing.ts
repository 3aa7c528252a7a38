import type { DraftRecord } from '../history.js';
import type { World, WrittenEvent } from './world.js';

const types = ['order.placed', 'order.placed', 'order.cancelled', 'user.added'];

function draw(world: World): DraftRecord {
  const key = world.chance(0.5) ? { key: `k${world.below(2)}` } : {};
  return { type: world.pick(types) ?? '', tenantId: `t${world.below(2)}`, data: world.id('d'), ...key };
}

/** A call of `publish` or `publishBatch` that is acknowledged. */
export function publish(world: World, count = 1 + world.below(3), draft?: DraftRecord): WrittenEvent[] {
  const drafts = Array.from({ length: count }, () => draft ?? draw(world));
  const call = world.id('c');
  world.add({ kind: 'publish', call, process: 'shop', drafts });
  const written = drafts.map((each) => world.write(each, each.id ?? world.id('e')));
  const events = written.map(({ eventId, streamId }) => ({ eventId, streamId, duplicate: false }));
  world.add({ kind: 'acknowledged', call, events });
  return written;
}

/** Two calls with one key of a tenant, or with one id: the second one is a duplicate, or the window has passed. */
export function publishTwice(world: World): void {
  const rememberedMs = 500;
  const name = world.chance(0.5) ? { idempotencyKey: world.id('i') } : { id: world.id('e') };
  const draft = { ...draw(world), ...name, rememberedMs };
  const [first] = publish(world, 1, draft);
  if (world.chance(0.2) && 'idempotencyKey' in name) {
    world.now += rememberedMs + 100;
    publish(world, 1, draft);
  } else if (first !== undefined) acknowledgeDuplicate(world, draft, first);
}

function acknowledgeDuplicate(world: World, draft: DraftRecord, { eventId, streamId }: WrittenEvent): void {
  const call = world.id('c');
  world.add({ kind: 'publish', call, process: 'shop', drafts: [draft] });
  world.add({ kind: 'acknowledged', call, events: [{ eventId, streamId, duplicate: true }] });
}

/** A call that is rejected, and written only if its outcome is unknown. Its publisher may publish it again with the id. */
export function publishInVain(world: World): void {
  const [call, draft, eventId] = [world.id('c'), draw(world), world.id('e')];
  world.add({ kind: 'publish', call, process: 'shop', drafts: [draft] });
  const isUnknown = world.chance(0.7);
  const written = isUnknown && world.chance(0.5) ? world.write(draft, eventId) : undefined;
  if (isUnknown && world.chance(0.2)) return;
  const named = world.chance(0.7);
  const code = isUnknown ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE';
  world.add({ kind: 'rejected', call, code, ...(named ? { eventId } : {}) });
  if (!named || world.chance(0.3)) return;
  if (written === undefined) publish(world, 1, { ...draft, id: eventId });
  else acknowledgeDuplicate(world, { ...draft, id: eventId }, written);
}
