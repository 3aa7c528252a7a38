import type { Actor, Page } from '../dead-letter.js';
import { EventBusError } from '../errors.js';
import type { ParkedDeliveries, ParkedDelivery, ParkedQuery } from '../parked.js';
import { readEntry } from '../read-entry.js';

/** What a parked delivery waits for. */
export interface Needs {
  readonly type: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly parkedAt: number;
}

/** A delivery to one handler that waits for its time. */
export interface Scheduled {
  readonly group: string;
  readonly handler: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly streamId: string;
  readonly envelope: string;
  readonly attempt: number;
  readonly firstFailedAt: string | undefined;
  /** Set on a parked one: only a bus that can decide about this version of the type takes it. */
  readonly needs?: Needs;
}

/** Parked deliveries in memory: those that wait among the scheduled ones. */
export class MemoryParked implements ParkedDeliveries {
  readonly #scheduled: () => Scheduled[];

  constructor(scheduled: () => Scheduled[]) {
    this.#scheduled = scheduled;
  }

  async count(): Promise<number> {
    return this.#all().length;
  }

  async list({ limit = 50, cursor, group }: ParkedQuery = {}): Promise<Page<ParkedDelivery>> {
    const all = this.#all().filter((parked) => group === undefined || parked.group === group);
    const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
    const items = all.slice(from, from + limit);
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<ParkedDelivery | undefined> {
    return this.#all().find((parked) => parked.id === id);
  }

  async discard(id: string, _by: Actor): Promise<void> {
    const rows = this.#scheduled();
    const index = rows.findIndex((row) => row.needs !== undefined && idOf(row) === id);
    if (index < 0) throw new EventBusError('NOT_FOUND', `there is no parked delivery ${id}: a bus took it`);
    rows.splice(index, 1);
  }

  #all(): ParkedDelivery[] {
    return this.#scheduled().flatMap((row) => (row.needs === undefined ? [] : [parkedOf(row, row.needs)]));
  }
}

function idOf({ group, handler, streamId, envelope }: Scheduled): string {
  const replay = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event?.replay?.jobId ?? '';
  return Buffer.from(JSON.stringify([group, handler, streamId, replay])).toString('base64url');
}

function parkedOf(row: Scheduled, { type, version, parkedAt }: Needs): ParkedDelivery {
  const { group, handler, streamId, envelope } = row;
  const {
    id: eventId = '',
    tenantId = '',
    correlationId = '',
    replay,
  } = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event ?? {};
  return {
    ...{ id: idOf(row), group, handler, eventId, type, version, tenantId, correlationId },
    ...(replay === undefined ? {} : { replayJobId: replay.jobId }),
    ...{ parkedAt: new Date(parkedAt).toISOString(), streamId, envelope },
  };
}
