import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { orderingKeyOf } from '../event/ordering-key.js';
import { compareStreamIds } from '../event/stream-id.js';

/** A delivery to an ordered handler. */
export interface QueuedDelivery {
  readonly group: string;
  readonly handler: string;
  /** Its place: the event's stream id. */
  readonly streamId: string;
  readonly event: Envelope | UnknownEvent;
}

interface KeyQueue {
  /** Stream id of the delivery that may run. */
  head: string;
  /** Stream ids of the others, in order. */
  readonly waiting: string[];
}

/** The key queues of ordered handlers: the deliveries of one key to one handler, of which only the head may run. */
export class MemoryKeyQueues {
  readonly #queues = new Map<string, KeyQueue>();

  /** True if the delivery is the head of its queue, or becomes it; else it waits at its place. */
  takePlace(delivery: QueuedDelivery): boolean {
    const name = nameOf(delivery);
    const { streamId } = delivery;
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      this.#queues.set(name, { head: streamId, waiting: [] });
      return true;
    }
    if (queue.head === streamId) return true;
    if (!queue.waiting.includes(streamId)) {
      queue.waiting.push(streamId);
      queue.waiting.sort(compareStreamIds);
    }
    return false;
  }

  /** Whether another delivery of its queue must end first. */
  mustWait(delivery: QueuedDelivery): boolean {
    const queue = this.#queues.get(nameOf(delivery));
    return queue !== undefined && queue.head !== delivery.streamId;
  }

  /** The delivery leaves its queue, and the next one becomes the head. */
  leave(delivery: QueuedDelivery): void {
    const name = nameOf(delivery);
    const { streamId } = delivery;
    const queue = this.#queues.get(name);
    if (queue === undefined) return;
    if (queue.head !== streamId) {
      const at = queue.waiting.indexOf(streamId);
      if (at >= 0) queue.waiting.splice(at, 1);
      return;
    }
    const next = queue.waiting.shift();
    if (next === undefined) this.#queues.delete(name);
    else queue.head = next;
  }

  /** Number of deliveries of a group that wait. */
  waitingIn(group: string): number {
    let count = 0;
    for (const [name, { waiting }] of this.#queues) if (name.startsWith(`${group}\0`)) count += waiting.length;
    return count;
  }
}

function nameOf({ group, handler, event: { tenantId, key = tenantId, replay } }: QueuedDelivery): string {
  return [group, handler, replay?.jobId ?? '', orderingKeyOf(tenantId, key)].join('\0');
}
