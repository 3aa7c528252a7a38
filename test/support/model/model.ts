import { OrderRules } from './order-rules.js';
import { Steps } from './steps.js';
import { groups, orderedGroups, type System } from './system.js';
import { type Levels, type ModelLane, newWorld, visible, type World } from './world.js';

/** What the model knows: every world that agrees with all that was seen. More than one after a call whose fate cannot be seen. */
export class Model {
  readonly steps = new Steps(levelsOf);
  readonly order = new OrderRules();
  worlds: World[] = [newWorld(Object.keys(groups), Object.keys(orderedGroups))];
  /** Processes that have died or ended, and still have deliveries. */
  readonly gone: { readonly name: string; readonly group: string }[] = [];
  /** Idempotency keys and ids that were used, with the event that was written. */
  readonly keys = new Map<string, { readonly id: string; readonly streamId: string }>();
  /** Number of processes that were started. */
  started = 0;
  /** Number of replays so far. */
  replays = 0;

  /** The first world: all worlds agree on what a test can see. */
  get world(): World {
    const [world] = this.worlds;
    if (world === undefined) throw new Error('no world is left');
    return world;
  }

  /** Replaces each world by those that may follow, and keeps those that agree with what is seen. */
  async follow(system: System, next: (world: World) => readonly World[]): Promise<void> {
    const possible = distinct(this.worlds.flatMap((world) => next(structuredClone(world))));
    // Which events there are is known: it is the same in all worlds.
    const events = (possible[0] ?? this.world).events.filter(({ trimmed }) => !trimmed);
    const statuses = await system.statuses(events.map(({ streamId }) => streamId));
    const seen = await system.visible(statuses);
    const text = seen.join('\n');
    this.worlds = possible.filter((world) => visible(world, handlersOf).join('\n') === text);
    await this.order.check(system, statuses);
    if (this.worlds.length > 0) return;
    throw new Error(`the runtime did what the model does not allow:\n${differences(possible, seen)}`);
  }

  /** As {@link follow}, for one way to go on. */
  async change(system: System, step: (world: World) => void): Promise<void> {
    await this.follow(system, (world) => {
      step(world);
      return [world];
    });
  }
}

export function handlersOf(group: string): readonly string[] {
  return (groups[group] ?? []).map(({ name }) => name);
}

/** The handlers of a group that take the events of one of its streams, by level. */
export function levelsOf(group: string, lane: ModelLane): Levels {
  const levels = new Map<number, string[]>();
  for (const { name, level, replay } of groups[group] ?? []) {
    if (lane === 'live' || replay === 'include') levels.set(level, [...(levels.get(level) ?? []), name]);
  }
  return [...levels].sort(([a], [b]) => a - b).map(([, names]) => names);
}

function distinct(worlds: readonly World[]): World[] {
  return [...new Map(worlds.map((world) => [JSON.stringify(world), world])).values()];
}

/** The differences to the world that is nearest to what was seen. */
function differences(possible: readonly World[], seen: readonly string[]): string {
  const reports = possible.map((world) => {
    const expected = visible(world, handlersOf);
    return [
      ...expected.filter((line) => !seen.includes(line)).map((line) => `  the model: ${line}`),
      ...seen.filter((line) => !expected.includes(line)).map((line) => `  was seen:  ${line}`),
    ];
  });
  return (reports.sort((a, b) => a.length - b.length)[0] ?? ['  no world is possible']).join('\n');
}
