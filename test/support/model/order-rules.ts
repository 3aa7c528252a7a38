import type { DeliveryStatus, KeyOrder } from '@hyvve-events/runtime';
import { compareStreamIds } from '../../../runtime/event/stream-id.js';
import type { ModelHandler } from './model-process.js';
import { orderedGroups, type SeenStatus, type System, type WrittenEvent } from './system.js';
import { refOf } from './world.js';

/**
 * The rules of handlers that are ordered by key. They are decided from what is seen when a run starts; which process gets which delivery
 * is not predicted.
 */
export class OrderRules {
  /** Every event that was written, with its tenant: the key of its order. */
  readonly #events = new Map<string, WrittenEvent>();
  /** `<group> <ref>` → its status, when it was seen last. */
  #statuses: ReadonlyMap<string, DeliveryStatus> = new Map();
  #seen: readonly SeenStatus[] = [];
  readonly #groups = new Set<string>();
  /** `<group> <ref>` of each delivery that has failed or was parked. */
  readonly #delayed = new Set<string>();
  /** `<group> <ref>` of each delivery that has run. */
  readonly #started = new Set<string>();
  /** `<group> <ref>` of dead letters that were retried, and that later events of their keys had passed. */
  readonly #redriven = new Set<string>();

  /** Whether a process of a group has ever started. */
  hasStarted(group: string): boolean {
    return this.#groups.has(group);
  }

  /** An operator retries a dead letter. */
  redrive(group: string, ref: string): void {
    const handler = ref.slice(eventOf(ref).length + 1);
    if (hasEnded(group, handler, 'DLQ')) this.#redriven.add(`${group} ${ref}`);
  }

  /**
   * Checks the runs that have started since the last check, and what was removed from the stream.
   * @param seen The status of each delivery of the events in the stream. @throws Error that names the rule
   */
  async check(system: System, seen: readonly SeenStatus[]): Promise<void> {
    const written = await system.written();
    this.#checkRemoved(new Set(written.map(({ streamId }) => streamId)));
    for (const event of written) this.#events.set(event.streamId, event);
    this.#seen = seen.filter(({ group }) => group in orderedGroups);
    this.#statuses = new Map(
      this.#seen.map((each) => [`${each.group} ${refOf(each.streamId, each.handler)}`, each.status]),
    );
    for (const [key, status] of this.#statuses) if (status === 'FAILED' || status === 'PARKED') this.#delayed.add(key);
    for (const { name, group, runs } of system.processes.values()) {
      if (!(group.name in orderedGroups)) continue;
      this.#groups.add(group.name);
      const fresh = runs.filter(({ isChecked }) => !isChecked);
      for (const run of fresh) {
        run.isChecked = true;
        this.#checkStart(name, group.name, run.ref);
      }
      if (fresh.length > 0) await this.#checkAlone(system, group.name);
    }
  }

  /** Deliveries of the ordered groups that have not ended, of events that are in the stream. */
  unfinished(): readonly string[] {
    return this.#seen.flatMap(({ group, streamId, handler, status }) =>
      hasEnded(group, handler, status) ? [] : [`${group} ${streamId}/${handler} is ${status}`],
    );
  }

  /** Deliveries of a group that have neither run nor ended without a run. */
  neverRun(group: string): readonly string[] {
    const all = [...this.#events.keys()].flatMap((id) =>
      handlersOf(group).map(({ name }) => `${group} ${refOf(id, name)}`),
    );
    return all.filter((key) => !this.#started.has(key) && this.#statuses.get(key) !== 'DISCARDED');
  }

  #checkStart(process: string, group: string, ref: string): void {
    const streamId = eventOf(ref);
    const handler = ref.slice(streamId.length + 1);
    const own = this.#statuses.get(`${group} ${ref}`);
    if (own !== undefined && own !== 'PROCESSING') throw new Error(`${process} runs ${ref}, which is ${own}`);
    this.#started.add(`${group} ${ref}`);
    const tenantId = this.#events.get(streamId)?.tenantId;
    for (const before of this.#events.values()) {
      if (before.tenantId !== tenantId || compareStreamIds(before.streamId, streamId) >= 0) continue;
      const key = `${group} ${refOf(before.streamId, handler)}`;
      const status = this.#statuses.get(key);
      // Undefined: it was removed from the stream.
      if (status === undefined || hasEnded(group, handler, status) || this.#redriven.has(key)) continue;
      if (this.#delayed.has(key) && orderOf(group, handler)?.whenFailed === 'pass') continue;
      throw new Error(`${process} runs ${ref}, and an earlier event of its key has not ended: ${key} is ${status}`);
    }
  }

  /** Of the deliveries of a key to a handler, one runs at a time. A process that has lost a delivery may still run it. */
  async #checkAlone(system: System, group: string): Promise<void> {
    const held = await system.held(group);
    const running = new Map<string, string>();
    for (const process of system.processes.values()) {
      for (const { ref, signal } of process.runs) {
        if (process.group.name !== group || signal.aborted || !held.has(`${process.name} ${ref}`)) continue;
        const streamId = eventOf(ref);
        const queue = `${this.#events.get(streamId)?.tenantId}${ref.slice(streamId.length)}`;
        const other = running.get(queue);
        if (other !== undefined && other !== ref)
          throw new Error(`${other} and ${ref} of one key run at the same time`);
        running.set(queue, ref);
      }
    }
  }

  /** @param left The events in the stream. @throws Error if a group has not read a removed one */
  #checkRemoved(left: ReadonlySet<string>): void {
    for (const [key, status] of this.#statuses) {
      const [group = '', ref = ''] = key.split(' ');
      if (status !== 'PENDING' || !(group in orderedGroups) || left.has(eventOf(ref))) continue;
      throw new Error(`${eventOf(ref)} was removed from the stream, and ${group} has not read it`);
    }
  }
}

/** Whether a delivery has ended, so that the next one of its key may run. */
function hasEnded(group: string, handler: string, status: DeliveryStatus): boolean {
  if (status === 'DLQ') return orderOf(group, handler)?.whenDead !== 'hold';
  return status === 'COMPLETED' || status === 'DISCARDED';
}

function orderOf(group: string, handler: string): KeyOrder | undefined {
  return handlersOf(group).find(({ name }) => name === handler)?.order;
}

function handlersOf(group: string): readonly ModelHandler[] {
  return orderedGroups[group] ?? [];
}

function eventOf(ref: string): string {
  return ref.slice(0, ref.indexOf('/'));
}
