import { EventBusError } from '../errors.js';
import { readEntry } from '../event/read-envelope.js';
import type { Actor, Page } from '../operate/dead-letter.js';
import { notACursor, type ParkedDeliveries, type ParkedDelivery, type ParkedQuery } from '../operate/parked.js';
import { opaqueId, partsOf } from '../support/opaque-id.js';

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
    return this.#parked().length;
  }

  async list({ limit = 50, cursor, group }: ParkedQuery = {}): Promise<Page<ParkedDelivery>> {
    const after = cursor === undefined ? undefined : partsOf(cursor, nowhere);
    if (cursor !== undefined && after === undefined) throw notACursor();
    const items = this.#parked()
      .map((row) => ({ row, place: placeOf(row) }))
      .filter(({ row }) => group === undefined || row.group === group)
      .filter(({ place }) => after === undefined || compare(place, after) > 0)
      .sort((a, b) => compare(a.place, b.place))
      .slice(0, limit)
      .map(({ row }) => parkedOf(row));
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<ParkedDelivery | undefined> {
    const row = this.#parked().find((one) => idOf(one) === id);
    return row === undefined ? undefined : parkedOf(row);
  }

  async discard(id: string, _by: Actor): Promise<void> {
    const rows = this.#scheduled();
    const index = rows.findIndex((row) => row.needs !== undefined && idOf(row) === id);
    if (index < 0) throw new EventBusError('NOT_FOUND', `there is no parked delivery ${id}: a bus took it`);
    rows.splice(index, 1);
  }

  #parked(): Parked[] {
    return this.#scheduled().filter((row): row is Parked => row.needs !== undefined);
  }
}

type Parked = Scheduled & { readonly needs: Needs };

/** Where a parked delivery is in the list, and which it is: what was taken and is parked again is another one. */
type Place = readonly [group: string, parkedAt: number, streamId: string, handler: string, replay: string];

const nowhere: Place = ['', 0, '', '', ''];

function placeOf({ group, handler, streamId, envelope, needs }: Scheduled): Place {
  const replay = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event?.replay?.jobId ?? '';
  return [group, needs?.parkedAt ?? 0, streamId, handler, replay];
}

function idOf(row: Scheduled): string {
  return opaqueId(placeOf(row));
}

function compare(a: Place, b: Place): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}

function parkedOf(row: Parked): ParkedDelivery {
  const { group, handler, streamId, envelope, needs } = row;
  const { type, version, parkedAt } = needs;
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
