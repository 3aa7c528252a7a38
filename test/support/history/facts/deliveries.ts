import type {
  FinalDelivery,
  HistoryRecord,
  OperatorCall,
  ProcessEnd,
  RunEnd,
  RunStart,
  Transition,
} from '../history.js';

/** One run of a handler. */
export interface Run {
  readonly start: RunStart;
  readonly end: RunEnd | undefined;
  /** When it ended: with an outcome, or with its process. Infinity: not before the end of the history. */
  readonly endedAt: number;
}

/** An event in one handler of one group, live or of one replay. */
export interface Delivery {
  readonly eventId: string;
  /** Of its entry; of a replayed event, that of the original. */
  readonly position: string;
  readonly group: string;
  readonly handler: string;
  readonly replayJobId: string | undefined;
  /** In the order of their starts. */
  readonly runs: Run[];
  /** In the order of the log. */
  readonly transitions: Transition[];
  /** Actions of operators, in order of time. */
  readonly actions: OperatorCall[];
  final: FinalDelivery | undefined;
}

/** The name of a delivery in a text. */
export function nameOf(
  of: Pick<Delivery, 'eventId' | 'group' | 'handler'> & { readonly replayJobId?: string | undefined },
): string {
  const { eventId, group, handler, replayJobId } = of;
  const replay = replayJobId === undefined ? '' : ` in replay ${replayJobId}`;
  return `${eventId} in ${group}/${handler}${replay}`;
}

/** The deliveries of a history. */
export class Deliveries {
  readonly #byKey = new Map<string, Delivery>();
  readonly #byEvent = new Map<string, Delivery[]>();

  all(): IterableIterator<Delivery> {
    return this.#byKey.values();
  }

  of(eventId: string): readonly Delivery[] {
    return this.#byEvent.get(eventId) ?? [];
  }

  find(eventId: string, position: string, group: string, handler: string, replayJobId?: string): Delivery | undefined {
    return this.#byKey.get(keyOf(eventId, position, group, handler, replayJobId));
  }

  findOrAdd(eventId: string, position: string, group: string, handler: string, replayJobId?: string): Delivery {
    const key = keyOf(eventId, position, group, handler, replayJobId);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const added = emptyDelivery(eventId, position, group, handler, replayJobId);
    this.#byKey.set(key, added);
    const ofEvent = this.#byEvent.get(eventId);
    if (ofEvent === undefined) this.#byEvent.set(eventId, [added]);
    else ofEvent.push(added);
    return added;
  }
}

/** A delivery of which nothing is known. */
export function emptyDelivery(
  eventId: string,
  position: string,
  group: string,
  handler: string,
  replayJobId?: string,
): Delivery {
  return { eventId, position, group, handler, replayJobId, runs: [], transitions: [], actions: [], final: undefined };
}

/** An event that was written again after its window has another entry. A replay delivers an entry once. */
function keyOf(
  eventId: string,
  position: string,
  group: string,
  handler: string,
  replayJobId: string | undefined,
): string {
  return `${eventId}\n${replayJobId === undefined ? position : `in ${replayJobId}`}\n${group}\n${handler}`;
}

/** The runs of a history, in the order of their starts. */
export function runsOf(records: readonly HistoryRecord[], processEnds: ReadonlyMap<string, ProcessEnd>): Run[] {
  const ends = new Map<string, RunEnd>();
  for (const record of records) if (record.kind === 'run-end') ends.set(record.run, record);
  return records.flatMap((record) => {
    if (record.kind !== 'run-start') return [];
    const end = ends.get(record.run);
    const endedAt = end?.at ?? processEnds.get(record.process)?.at ?? Number.POSITIVE_INFINITY;
    return [{ start: record, end, endedAt }];
  });
}

/**
 * Collects the deliveries of a history.
 * @param transitions In the order of the log.
 * @param eventAt The id of the event at a position, for transitions that do not name it.
 */
export function deliveriesOf(
  records: readonly HistoryRecord[],
  runs: readonly Run[],
  transitions: readonly Transition[],
  eventAt: (streamId: string) => string | undefined,
): Deliveries {
  const deliveries = new Deliveries();
  for (const run of runs) {
    const { eventId, streamId, group, handler, replayJobId } = run.start;
    deliveries.findOrAdd(eventId, streamId, group, handler, replayJobId).runs.push(run);
  }
  for (const transition of transitions) {
    const { group, handler, streamId, replayJobId, eventId = eventAt(streamId) } = transition;
    if (eventId === undefined) continue;
    deliveries.findOrAdd(eventId, streamId, group, handler, replayJobId).transitions.push(transition);
  }
  for (const record of records) {
    if (record.kind !== 'delivery') continue;
    deliveries.findOrAdd(record.eventId, record.streamId, record.group, record.handler).final = record;
  }
  for (const record of records) {
    if (record.kind !== 'operator' || record.eventId === undefined) continue;
    for (const delivery of deliveries.of(record.eventId)) {
      const { group = delivery.group, handler = delivery.handler } = record;
      if (delivery.group === group && delivery.handler === handler) delivery.actions.push(record);
    }
  }
  return deliveries;
}
