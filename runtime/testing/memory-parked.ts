import { EventBusError } from '../errors.js';
import { readEntry } from '../event/read-envelope.js';
import type { Actor, Page } from '../operate/dead-letter.js';
import { notACursor, type ParkedDeliveries, type ParkedDelivery, type ParkedQuery } from '../operate/parked.js';
import { opaqueId, partsOf } from '../support/opaque-id.js';
import type { MemoryKeyQueues } from './memory-key-queues.js';
import type { MemorySchedule, Parked, Scheduled } from './memory-schedule.js';

/** Parked deliveries in memory. They are stored together with the scheduled ones. */
export class MemoryParked implements ParkedDeliveries {
  readonly #schedule: MemorySchedule;
  readonly #queues: MemoryKeyQueues;

  constructor(schedule: MemorySchedule, queues: MemoryKeyQueues) {
    this.#schedule = schedule;
    this.#queues = queues;
  }

  async count(): Promise<number> {
    return this.#schedule.parked.length;
  }

  async list({ limit = 50, cursor, group }: ParkedQuery = {}): Promise<Page<ParkedDelivery>> {
    const after = cursor === undefined ? undefined : partsOf(cursor, placeExample);
    if (cursor !== undefined && after === undefined) throw notACursor();
    const items = this.#schedule.parked
      .map((parked) => ({ parked, place: placeOf(parked) }))
      .filter(({ parked }) => group === undefined || parked.group === group)
      .filter(({ place }) => after === undefined || compare(place, after) > 0)
      .sort((a, b) => compare(a.place, b.place))
      .slice(0, limit)
      .map(({ parked }) => parkedOf(parked));
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<ParkedDelivery | undefined> {
    const parked = this.#schedule.parked.find((one) => idOf(one) === id);
    return parked === undefined ? undefined : parkedOf(parked);
  }

  async discard(id: string, _by: Actor): Promise<void> {
    const parked = this.#schedule.parked.find((one) => idOf(one) === id);
    if (parked === undefined)
      throw new EventBusError(
        'NOT_FOUND',
        `there is no parked delivery ${id}: a bus has handled it, or it was discarded`,
      );
    this.#schedule.remove(parked);
    const { event } = readEntry(parked.envelope, new Map(), Number.POSITIVE_INFINITY);
    if (event === undefined) return;
    this.#queues.leave({ ...parked, event });
    this.#schedule.changed();
  }
}

/** Position and identity of a parked delivery. A delivery that is parked again gets another time, and so another identity. */
type Place = readonly [group: string, parkedAt: number, streamId: string, handler: string, replay: string];

const placeExample: Place = ['', 0, '', '', ''];

function placeOf({ group, handler, streamId, envelope, needs }: Scheduled): Place {
  const replay = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event?.replay?.jobId ?? '';
  return [group, needs?.parkedAt ?? 0, streamId, handler, replay];
}

function idOf(parked: Scheduled): string {
  return opaqueId(placeOf(parked));
}

function compare(a: Place, b: Place): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}

function parkedOf(parked: Parked): ParkedDelivery {
  const { group, handler, streamId, envelope, needs } = parked;
  const { type, version, parkedAt } = needs;
  const {
    id: eventId = '',
    tenantId = '',
    correlationId = '',
    replay,
  } = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY).event ?? {};
  return {
    id: idOf(parked),
    group,
    handler,
    eventId,
    type,
    version,
    tenantId,
    correlationId,
    ...(replay === undefined ? {} : { replayJobId: replay.jobId }),
    parkedAt: new Date(parkedAt).toISOString(),
    streamId,
    envelope,
  };
}
