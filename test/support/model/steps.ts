import { maxDeliveries, maxRetries, type RunOutcome } from './model-process.js';
import {
  type DeliveryState,
  type Entry,
  type GroupState,
  type InFlightState,
  type Levels,
  type ModelLane,
  quarantineFrom,
  refOf,
  type World,
} from './world.js';

/** How far a call got: what the process did afterwards depends on it. */
export type Reach = 'not-executed' | 'reply-lost' | 'reply-held' | 'answered';

/** A delivery that ends at once, without a run: its outcome is recorded in the same call as those of the others. */
type Ending = () => void;

/** One process in one world. */
interface Scene {
  readonly world: World;
  readonly name: string;
  readonly group: GroupState;
  readonly build: number;
  readonly levels: Levels;
  readonly inFlight: InFlightState[];
  readonly underway: string[];
}

function sceneOf(world: World, name: string): Scene {
  const process = world.processes[name];
  const group = process && world.groups[process.group];
  if (process === undefined || group === undefined) throw new Error(`the model has no process ${name}`);
  return {
    world,
    name,
    group,
    build: process.build,
    levels: process.levels,
    inFlight: process.inFlight,
    underway: process.underway,
  };
}

/** The steps of the model. Each changes the world as the runtime promises. */
export class Steps {
  readonly #levelsOf: (group: string, lane: ModelLane) => Levels;

  /** @param levelsOf The handlers of a group that take the events of one of its streams. */
  constructor(levelsOf: (group: string, lane: ModelLane) => Levels) {
    this.#levelsOf = levelsOf;
  }

  /** An event was written. */
  written(world: World, streamId: string, eventId: string, version: number): void {
    world.events.push({ streamId, eventId, version, trimmed: false });
    this.#enter(world, streamId, 'live', version);
  }

  /** A replay of the whole stream is completed. */
  replayed(world: World, jobId: string): void {
    for (const { streamId, version, trimmed } of world.events) {
      if (!trimmed) this.#enter(world, `${streamId}@${jobId}`, 'replay', version);
    }
  }

  /** Events were removed from the stream. @param left Those that are there. @throws Error if a group has not finished a removed one */
  trimmed(world: World, left: ReadonlySet<string>): void {
    for (const event of world.events) {
      if (event.trimmed || left.has(event.streamId)) continue;
      event.trimmed = true;
      for (const [name, group] of Object.entries(world.groups)) {
        if (!group.isPredicted || entryOf(group, event.streamId).state === 'done') continue;
        throw new Error(`${event.streamId} was removed, and ${name} has not finished it`);
      }
    }
  }

  /** @param settles Whether the process lives on, so that outcomes without a run are recorded. */
  read(world: World, name: string, lane: ModelLane, reach: Reach, settles: boolean): void {
    if (reach === 'not-executed') return;
    const scene = sceneOf(world, name);
    const endings: Ending[] = [];
    for (const entry of scene.group.entries) {
      if (entry.state !== 'unread' || entry.lane !== lane) continue;
      entry.state = 'pending';
      entry.owner = name;
      entry.count = 1;
      if (reach === 'answered') this.#accept(scene, entry, entry.count, [], endings);
      if (reach === 'reply-held') scene.underway.push(entry.prefix);
    }
    if (settles) for (const end of endings) end();
  }

  /** The replies of reads arrive. Other processes may have taken over the entries by now. */
  deliver(world: World, name: string): void {
    const scene = sceneOf(world, name);
    const endings: Ending[] = [];
    for (const prefix of scene.underway.splice(0)) {
      this.#accept(scene, entryOf(scene.group, prefix), 1, [], endings);
    }
    for (const end of endings) end();
  }

  /** Takes over the entries of one of its streams whose lease has expired. */
  takeOver(world: World, name: string, lane: ModelLane, reach: Reach, settles: boolean): void {
    if (reach === 'not-executed') return;
    const scene = sceneOf(world, name);
    const endings: Ending[] = [];
    let quarantinedLeft = freeForQuarantined(scene);
    const known = new Set(scene.inFlight.filter(({ retryOf, lost }) => retryOf === null && !lost).map(prefixOf));
    for (const entry of scene.group.entries) {
      if (entry.lane !== lane || entry.state !== 'pending' || !entry.expired) continue;
      const isQuarantined = entry.count + 1 >= quarantineFrom;
      if (entry.owner === name && known.has(entry.prefix)) continue;
      if (isQuarantined && quarantinedLeft === 0) continue;
      if (isQuarantined) quarantinedLeft -= 1;
      entry.owner = name;
      entry.count += 1;
      entry.expired = false;
      if (reach !== 'answered') continue;
      const recorded = scene.levels
        .flat()
        .filter((each) => scene.group.deliveries[refOf(entry.prefix, each)] !== undefined);
      this.#accept(scene, entry, entry.count, recorded, endings);
    }
    if (settles) for (const end of endings) end();
  }

  /**
   * Claims what is due, and what was parked and can be read. @param chosen Which of the parked retries that were claimed often is claimed,
   * because only one of them runs at a time and their order is not promised.
   * @returns Whether there is such a choice.
   */
  claim(world: World, name: string, reach: Reach, settles: boolean, chosen: number): boolean {
    if (reach === 'not-executed') return chosen === 0;
    const scene = sceneOf(world, name);
    const { group } = scene;
    const endings: Ending[] = [];
    let quarantinedLeft = freeForQuarantined(scene);
    const take = (ref: string, delivery: DeliveryState) => {
      const isQuarantined = delivery.runs + 1 >= quarantineFrom;
      if (isQuarantined && quarantinedLeft === 0) {
        // A scheduled retry is postponed.
        delivery.due = null;
        return;
      }
      if (isQuarantined) quarantinedLeft -= 1;
      delivery.state = 'scheduled';
      delivery.runs += 1;
      delivery.claimedBy = name;
      delivery.due = null;
      if (reach === 'answered') this.#acceptRetry(scene, ref, delivery, endings);
    };
    const handlers = scene.levels.flat();
    for (const handler of handlers) {
      const due = Object.entries(group.deliveries)
        .filter(([ref, { state, due: at }]) => state === 'scheduled' && at !== null && handlerOf(ref) === handler)
        .sort(([a, { due: first }], [b, { due: second }]) => Number(first) - Number(second) || (a < b ? -1 : 1));
      for (const [ref, delivery] of due) take(ref, delivery);
    }
    const parked = Object.entries(group.deliveries).filter(([ref, { state }]) => {
      return state === 'parked' && versionOf(group, ref) <= scene.build && handlers.includes(handlerOf(ref));
    });
    const isOften = ([, { runs }]: (typeof parked)[number]) => runs + 1 >= quarantineFrom;
    const choice = quarantinedLeft === 0 ? [] : parked.filter(isOften);
    if (chosen >= Math.max(1, choice.length)) return false;
    for (const each of parked) if (!isOften(each) || each === choice[chosen]) take(...each);
    if (settles) for (const end of endings) end();
    return true;
  }

  /** A process renews the leases of its retries. */
  renewRetries(world: World, name: string, reach: Reach): void {
    const { group, inFlight } = sceneOf(world, name);
    for (const delivery of inFlight) {
      if (delivery.retryOf === null || reach !== 'answered') continue;
      if (!isHeld(group, delivery, name)) delivery.lost = true;
    }
  }

  /** A process renews the leases of its entries. */
  renewEntries(world: World, name: string, reach: Reach): void {
    if (reach === 'not-executed') return;
    const { group, inFlight } = sceneOf(world, name);
    for (const delivery of inFlight) {
      if (delivery.lost || delivery.retryOf !== null) continue;
      const entry = entryOf(group, delivery.prefix);
      if (entry.state === 'pending' && entry.owner === name) entry.expired = false;
      else if (reach === 'answered') delivery.lost = true;
    }
  }

  /**
   * A run ends. @param isRecorded Whether Redis gets the outcome.
   * @returns One world for each delivery of the process that the run may belong to.
   */
  end(world: World, name: string, ref: string, outcome: RunOutcome, isRecorded: boolean): World[] {
    const candidates = sceneOf(world, name).inFlight.flatMap((delivery, index) =>
      delivery.running.includes(handlerOf(ref)) && ref.startsWith(`${delivery.prefix}/`) ? [index] : [],
    );
    return candidates.map((index) => {
      const copy = structuredClone(world);
      this.#end(copy, name, index, handlerOf(ref), outcome, isRecorded);
      return copy;
    });
  }

  /** The process returns what it has. */
  close(world: World, name: string): void {
    const { group, inFlight } = sceneOf(world, name);
    for (const entry of group.entries) {
      if (entry.state !== 'pending' || entry.owner !== name) continue;
      entry.count = Math.max(0, entry.count - 1);
      entry.expired = true;
    }
    for (const { retryOf, count, lost } of inFlight) {
      const delivery = retryOf === null || lost ? undefined : group.deliveries[retryOf];
      if (delivery?.claimedBy !== name || delivery.runs !== count) continue;
      delivery.claimedBy = null;
      // Only its last run was returned: those of processes that died before still count.
      delivery.runs = count - 1;
      delivery.due = world.tick;
    }
    world.tick += 1;
    this.gone(world, name);
  }

  gone(world: World, name: string): void {
    delete world.processes[name];
  }

  /** The leases of a process expire, whether it lives or not. */
  expire(world: World, groupName: string, name: string): void {
    const group = world.groups[groupName];
    if (group === undefined) return;
    for (const entry of group.entries) if (entry.state === 'pending' && entry.owner === name) entry.expired = true;
    for (const delivery of Object.values(group.deliveries)) {
      if (delivery.state === 'scheduled' && delivery.claimedBy === name) delivery.due = 0;
    }
  }

  /** Time passes until a retry is due. */
  due(world: World, groupName: string, ref: string): void {
    const delivery = world.groups[groupName]?.deliveries[ref];
    if (delivery !== undefined) delivery.due = 0;
  }

  /** An operator retries or discards a dead letter. */
  operate(world: World, groupName: string, ref: string, action: 'retry' | 'discard'): void {
    const delivery = world.groups[groupName]?.deliveries[ref];
    if (delivery === undefined) return;
    Object.assign(delivery, { attempt: 1, due: null, runs: 0, claimedBy: null });
    delivery.state = action === 'retry' ? 'scheduled' : 'discarded';
    delivery.due = action === 'retry' ? world.tick : null;
    world.tick += 1;
  }

  #enter(world: World, prefix: string, lane: ModelLane, version: number): void {
    for (const { entries, isPredicted } of Object.values(world.groups)) {
      if (!isPredicted) continue;
      entries.push({ prefix, lane, version, state: 'unread', owner: '', count: 0, expired: false });
    }
  }

  /** @param done Handlers for which something was recorded, as the process knows. */
  #accept(scene: Scene, entry: Entry, count: number, done: readonly string[], endings: Ending[]): void {
    const { world, name: process, group, build, inFlight } = scene;
    const { prefix, lane, version } = entry;
    const isKnown = (each: InFlightState) => each.prefix === prefix && each.retryOf === null && !each.lost;
    // The reply is late: the process has taken over the entry in the meantime.
    if (inFlight.some((each) => isKnown(each) && each.count > count)) return;
    const taking = this.#levelsOf(world.processes[process]?.group ?? '', lane).flat();
    for (const known of inFlight.filter(isKnown)) {
      const open = [...known.running, ...known.next.flat()];
      const ended = scene.levels.flat().filter((each) => !open.includes(each));
      const recorded = taking.filter((each) => group.deliveries[refOf(prefix, each)] !== undefined);
      // The read or the take-over was late, and no other process has recorded anything: its runs go on.
      if (known.count + 1 === count && count < quarantineFrom && recorded.every((each) => ended.includes(each))) {
        known.count = count;
        return;
      }
      known.lost = true;
    }
    const left = scene.levels
      .map((names) => names.filter((name) => taking.includes(name) && !done.includes(name)))
      .filter((names) => names.length > 0);
    const endAs = (state?: 'parked' | 'dead') => {
      endings.push(() => {
        if (!isHeld(group, { retryOf: null, prefix, count }, process)) return;
        // Parking is no run: only the deliveries before this one count.
        const runs = state === 'parked' ? count - 1 : 0;
        if (state !== undefined) for (const name of left.flat()) record(group, refOf(prefix, name), { state, runs });
        this.#finish(scene, entry);
      });
    };
    const [first, ...next] = left;
    if (first === undefined) endAs();
    else if (version > build) endAs('parked');
    else if (count > maxDeliveries) endAs('dead');
    else inFlight.push({ prefix, retryOf: null, count, attempt: 1, running: [...first], next, lost: false });
  }

  /** The process has no open handler of the entry: those that only other processes have get a retry that is due at once. */
  #finish({ world, name, group }: Pick<Scene, 'world' | 'name' | 'group'>, entry: Entry): void {
    entry.state = 'done';
    for (const handler of this.#levelsOf(world.processes[name]?.group ?? '', entry.lane).flat()) {
      const ref = refOf(entry.prefix, handler);
      if (group.deliveries[ref] === undefined) record(group, ref, { state: 'scheduled', due: world.tick });
    }
    world.tick += 1;
  }

  #acceptRetry({ group, build, inFlight }: Scene, ref: string, delivery: DeliveryState, endings: Ending[]): void {
    const { runs: count, attempt } = delivery;
    // The process was stopped for longer than its lease, and still runs it.
    for (const known of inFlight) if (known.retryOf === ref) known.lost = true;
    const release = (state: 'parked' | 'dead', runs: number) => {
      endings.push(() => {
        record(group, ref, { state, runs, attempt });
      });
    };
    if (versionOf(group, ref) > build) release('parked', count - 1);
    else if (count > maxDeliveries) release('dead', 0);
    else {
      const running = [handlerOf(ref)];
      inFlight.push({ prefix: prefixOfRef(ref), retryOf: ref, count, attempt, running, next: [], lost: false });
    }
  }

  #end(world: World, name: string, index: number, handler: string, outcome: RunOutcome, isRecorded: boolean): void {
    const { group, inFlight } = sceneOf(world, name);
    const delivery = inFlight[index];
    if (delivery === undefined) return;
    delivery.running = delivery.running.filter((each) => each !== handler);
    // The other levels of a lost delivery run in the process that has it.
    if (delivery.running.length === 0 && !delivery.lost) delivery.running = delivery.next.shift() ?? [];
    const isLast = delivery.running.length === 0;
    if (isLast) inFlight.splice(index, 1);
    if (delivery.lost || !isRecorded) return;
    if (!isHeld(group, delivery, name)) {
      delivery.lost = true;
      return;
    }
    record(group, refOf(delivery.prefix, handler), recorded(outcome, delivery.attempt));
    if (isLast && delivery.retryOf === null) this.#finish({ world, name, group }, entryOf(group, delivery.prefix));
  }
}

/** An outcome counts only if it comes from the process that holds the delivery. */
function isHeld(
  group: GroupState,
  { retryOf, prefix, count }: Pick<InFlightState, 'retryOf' | 'prefix' | 'count'>,
  name: string,
): boolean {
  if (retryOf !== null) {
    const delivery = group.deliveries[retryOf];
    return delivery?.state === 'scheduled' && delivery.claimedBy === name && delivery.runs === count;
  }
  const entry = entryOf(group, prefix);
  return entry.state === 'pending' && entry.owner === name && entry.count === count;
}

/** Replaces what is recorded of a delivery. What is not given is as at the beginning. */
function record(
  group: GroupState,
  ref: string,
  { state, attempt = 1, due = null, runs = 0 }: Pick<DeliveryState, 'state'> & Partial<DeliveryState>,
): void {
  const deaths = (group.deliveries[ref]?.deaths ?? 0) + (state === 'dead' ? 1 : 0);
  group.deliveries[ref] = { state, attempt, due, runs, claimedBy: null, deaths };
}

function recorded(outcome: RunOutcome, attempt: number): Pick<DeliveryState, 'state' | 'attempt'> {
  if (outcome === 'completes') return { state: 'completed', attempt };
  if (outcome === 'gives-up' || attempt > maxRetries) return { state: 'dead', attempt };
  return { state: 'scheduled', attempt: attempt + 1 };
}

function freeForQuarantined({ inFlight }: Scene): number {
  return inFlight.some(({ count, lost }) => count >= quarantineFrom && !lost) ? 0 : 1;
}

function entryOf(group: GroupState, prefix: string): Entry {
  const entry = group.entries.find((each) => each.prefix === prefix);
  if (entry === undefined) throw new Error(`the model has no entry ${prefix}`);
  return entry;
}

function versionOf(group: GroupState, ref: string): number {
  return entryOf(group, prefixOfRef(ref)).version;
}

function prefixOf({ prefix }: InFlightState): string {
  return prefix;
}

function prefixOfRef(ref: string): string {
  return ref.slice(0, ref.indexOf('/'));
}

function handlerOf(ref: string): string {
  return ref.slice(ref.indexOf('/') + 1);
}
