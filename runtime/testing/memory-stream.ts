import { EventBusError } from '../errors.js';
import type { Envelope } from '../event/envelope.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Published } from '../publish/publisher.js';
import type { Clock } from './clock.js';

/** A published event: its envelope, and the stream id of its entry. */
export interface PublishedEvent<Type extends string = string, Data = unknown> extends Envelope<Type, Data> {
  readonly streamId: string;
}

export interface Entry {
  readonly streamId: string;
  /** An envelope's JSON, or the raw text that a test has written. */
  readonly json: string;
}

/** The event stream: entries in the order in which they were written, and the ids and idempotency keys of earlier publishes. */
export class MemoryStream {
  readonly entries: Entry[] = [];
  readonly published: PublishedEvent[] = [];
  readonly #clock: Clock;
  readonly #byId = new Map<string, Published>();
  readonly #byKey = new Map<string, { readonly published: Published; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  publish(events: readonly PreparedEvent[]): Published[] {
    const ids = new Set<string>();
    for (const { id, explicitId } of events) {
      if (explicitId && ids.has(id))
        throw new EventBusError('CONTEXT_INVALID', `two events of one batch have the id ${id}`);
      ids.add(id);
    }
    return events.map((event) => this.#publish(event));
  }

  /** Adds a raw entry. */
  write(json: string): string {
    const streamId = `${this.#clock.now()}-${this.entries.length}`;
    this.entries.push({ streamId, json });
    return streamId;
  }

  #publish(event: PreparedEvent): Published {
    const { id, json, tenantId, partitionKey, idempotencyKey, idempotencyTtlMs } = event;
    const key = idempotencyKey === undefined ? undefined : JSON.stringify([tenantId, partitionKey, idempotencyKey]);
    const now = this.#clock.now();
    const remembered = key === undefined ? undefined : this.#byKey.get(key);
    const before =
      this.#byId.get(id) ?? (remembered !== undefined && remembered.until > now ? remembered.published : undefined);
    if (before !== undefined) return { ...before, duplicate: true };
    const streamId = this.write(json);
    const published: Published = { id, streamId, duplicate: false };
    this.published.push({ ...(JSON.parse(json) as Envelope), streamId });
    this.#byId.set(id, published);
    if (key !== undefined) this.#byKey.set(key, { published, until: now + idempotencyTtlMs });
    return published;
  }
}
