import type { HandlerRecord } from '../history.js';
import { faultBetween, redrivenAt } from './causes.js';
import { processClocksMs, redisClockMs } from './clocks.js';
import { type Delivery, emptyDelivery, type Run } from './deliveries.js';
import type { Findings } from './findings.js';
import { groupBy } from './group-by.js';
import type { History } from './index-history.js';
import { begunAt, entriesOf, isLost, receiversOf } from './obligations.js';
import { comparePositions } from './positions.js';
import type { PublishedEvent } from './publications.js';
import type { RegisteredHandler } from './registrations.js';

export type Order = NonNullable<HandlerRecord['order']>;

/** An event in the lane of its key. */
export interface LaneEntry {
  readonly eventId: string;
  readonly position: string;
  /** Its delivery, and those of the events that replaced it, because an operator edited its data. */
  readonly deliveries: readonly Delivery[];
  readonly firstRun: Run | undefined;
  /** When it has let the next event of its key start for the first time. */
  readonly left: Leave | undefined;
  /** All times at which it has let others start: a retry, or a retried dead letter, holds its key again. */
  readonly leaves: readonly Leave[];
}

interface Leave {
  readonly at: number;
  /** The process of the run that let it go; undefined for a change that the log reports. */
  readonly process: string | undefined;
}

/** The events of one key in one handler that must run one after another: the live ones, or those of one replay. */
export interface Lane {
  readonly name: string;
  readonly order: Order;
  /** In the order of the stream. */
  readonly entries: readonly LaneEntry[];
}

/** The lanes of a history. */
export function lanesOf(history: History, findings: Findings): Lane[] {
  return history.registrations.all().flatMap((registered) => {
    const order = orderOf(history, registered, findings);
    if (order === undefined) return [];
    const entries = laneEntriesOf(history, registered, order);
    return [...groupBy(entries, ({ lane }) => lane)].map(([name, found]) => ({
      name,
      order: order.order,
      entries: found.map(({ entry }) => entry).sort((a, b) => comparePositions(a.position, b.position)),
    }));
  });
}

/** Undefined: events of a handler may run in any order. A deployment that adds an order applies to events published after it. */
interface OrderSince {
  readonly order: Order;
  readonly since: number;
}

function orderOf(
  { ends }: History,
  { group, name, starts }: RegisteredHandler,
  findings: Findings,
): OrderSince | undefined {
  const orders = starts.flatMap(({ handler }) => handler.order ?? []);
  const [order] = orders;
  if (order === undefined) return undefined;
  const isSame = orders.every((each) => each.whenFailed === order.whenFailed && each.whenDead === order.whenDead);
  const unordered = starts.filter(({ handler }) => handler.order === undefined);
  const endedAt = unordered.map(({ process }) => ends.get(process.process)?.at ?? Number.POSITIVE_INFINITY);
  const since = Math.max(0, ...endedAt);
  if (isSame && since < Number.POSITIVE_INFINITY) return { order, since };
  findings.undecidable(`processes of ${group}/${name} have different orders at the same time: the order of its events`);
  return undefined;
}

function laneEntriesOf(history: History, { group, name }: RegisteredHandler, { order, since }: OrderSince) {
  const found: { readonly lane: string; readonly entry: LaneEntry }[] = [];
  for (const event of history.events.values()) {
    const draft = (event.writers[0] ?? event.acknowledged[0])?.draft;
    if (draft === undefined || (since > 0 && begunAt(event) < since + processClocksMs)) continue;
    for (const delivery of deliveriesIn(history, event, group, name)) {
      const run = delivery.runs[0]?.start;
      const tenant = run?.tenantId ?? draft.tenantId ?? '';
      const key = run?.key ?? draft.key ?? tenant;
      const lane = `${group}/${name} ${delivery.replayJobId ?? ''} ${JSON.stringify([tenant, key])}`;
      found.push({ lane, entry: entryOf(history, delivery, order) });
    }
  }
  return found;
}

/** The deliveries of an event that ran, and those that have not and must. */
function deliveriesIn(history: History, event: PublishedEvent, group: string, handler: string): Delivery[] {
  const { eventId } = event;
  const own = history.deliveries.of(eventId).filter((each) => each.group === group && each.handler === handler);
  const ran = own.filter(({ runs }) => runs.length > 0);
  const waiting = entriesOf(event).flatMap((entry): Delivery[] => {
    const { position } = entry;
    const hasRun = ran.some((each) => each.replayJobId === undefined && each.position === position);
    const isReceiver = receiversOf(history, entry).some((each) => each.group === group && each.name === handler);
    if (hasRun || !isReceiver) return [];
    return [
      history.deliveries.find(eventId, position, group, handler) ?? emptyDelivery(eventId, position, group, handler),
    ];
  });
  return [...ran, ...waiting].filter(({ position }) => !isLost(history, position));
}

function entryOf(history: History, delivery: Delivery, order: Order): LaneEntry {
  const deliveries = [delivery, ...editsOf(history, delivery)];
  const leaves = deliveries.flatMap((each) => leavesOf(history, each, order));
  const left = leaves.length === 0 ? undefined : leaves.reduce((first, leave) => (leave.at < first.at ? leave : first));
  return {
    eventId: delivery.eventId,
    position: delivery.position,
    deliveries,
    firstRun: delivery.runs[0],
    left,
    leaves,
  };
}

/** The deliveries that replaced a dead letter, also those that replaced one of them. */
function editsOf(history: History, { actions, group, handler, replayJobId }: Delivery): Delivery[] {
  return actions.flatMap(({ newEventId }) => {
    const edited = newEventId === undefined ? [] : history.deliveries.of(newEventId);
    const isOwn = (each: Delivery) =>
      each.group === group && each.handler === handler && each.replayJobId === replayJobId;
    return edited.filter(isOwn).flatMap((each) => [each, ...editsOf(history, each)]);
  });
}

/**
 * When a delivery lets the next one go: at its end, and after a failure or as a dead letter if its handler's order says so. The log
 * has the time of what no run says; it is less exact.
 */
function leavesOf(history: History, delivery: Delivery, order: Order): Leave[] {
  const { runs, transitions, eventId, position, group, replayJobId } = delivery;
  const outcomes = new Set(['completed', ...(order.whenDead === 'pass' ? ['dead'] : [])]);
  if (order.whenFailed === 'pass') outcomes.add('failed');
  const byRuns = runs.flatMap(({ start, end }) =>
    end !== undefined && outcomes.has(end.outcome) ? [{ at: end.at, process: start.process }] : [],
  );
  const changes = new Set([...outcomes, 'discarded', 'expired', 'skipped', 'lost']);
  if (order.whenFailed === 'pass') changes.add('parked');
  const ofAll = history.deliveries.find(eventId, position, group, '*', replayJobId)?.transitions ?? [];
  const lines = groupBy([...transitions, ...ofAll], ({ change }) => change);
  const byLog = [...lines].flatMap(([change, found]) => {
    const isByRuns = runs.filter(({ end }) => end?.outcome === change).length >= found.length;
    return changes.has(change) && !isByRuns ? found : [];
  });
  return [...byRuns, ...byLog.map(({ at }) => ({ at: at - redisClockMs, process: undefined }))];
}

/**
 * Until when a run keeps others of its key from starting: until it has ended. A run that begins after its event has let others go for the
 * first time, and then holds its key (it failed, is a dead letter, or its process died), does so until the next run or leave. Before that
 * first leave, no later event may start at all.
 */
export function heldUntil({ deliveries, left, leaves }: LaneEntry, { start, end, endedAt }: Run, order: Order): number {
  if (left === undefined || start.at < left.at) return endedAt;
  const passes = { completed: true, failed: order.whenFailed === 'pass', dead: order.whenDead === 'pass' };
  if (end !== undefined && passes[end.outcome]) return endedAt;
  const nextStarts = deliveries.flatMap(({ runs }) => runs.map((run) => run.start.at)).filter((at) => at > start.at);
  // The log is less exact: what it reports may be the earliest possible time.
  const isAfter = ({ at, process }: Leave) => at + (process === undefined ? 2 * redisClockMs : 0) > start.at;
  const nextLeaves = leaves.filter(isAfter).map(({ at }) => at);
  return Math.max(endedAt, Math.min(...nextStarts, ...nextLeaves));
}

/**
 * Whether the process of a run had lost the delivery before a time, so that the run does not count from then on: the process was away, and
 * another one has ended a run of the same attempt or a later one, or the delivery was a dead letter without a run.
 */
export function isLostBy(history: History, delivery: Delivery, { start }: Run, at: number): boolean {
  const since = redrivenAt(delivery).findLast((redriven) => redriven <= start.at) ?? Number.NEGATIVE_INFINITY;
  const others = delivery.runs.flatMap((run) => {
    const isLater = run.start.process !== start.process && run.start.attempt >= start.attempt;
    return isLater && run.end !== undefined ? [{ from: run.start.at, to: run.end.at }] : [];
  });
  const crashes = delivery.transitions.filter(({ change, reason }) => change === 'dead' && reason === 'CRASHED');
  const ends = [...others, ...crashes.map((line) => ({ from: line.at - redisClockMs, to: line.at - redisClockMs }))];
  return ends.some(({ from, to }) => {
    if (from < since || to > at + processClocksMs) return false;
    return faultBetween(history, ['overlap'], [start.process], Math.min(from, start.at), at) !== undefined;
  });
}

/** Whether a run repeats one whose outcome ended the delivery: the rules of repeated runs decide about it. */
export function isRepetition(delivery: Delivery, run: Run): boolean {
  const finished = delivery.runs.find(
    (each) =>
      each !== run &&
      each.end !== undefined &&
      each.end.outcome !== 'failed' &&
      each.end.at <= run.start.at + processClocksMs,
  );
  if (finished === undefined) return false;
  return !redrivenAt(delivery).some((at) => at >= finished.start.at && at <= run.start.at + processClocksMs);
}
