import type { HandlerRecord } from '../history.js';
import { redrivenAt } from './causes.js';
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
  /** When it has let the next event of its key start. */
  readonly left: Leave | undefined;
}

interface Leave {
  readonly at: number;
  /** The process of the run that let it go; undefined for a change that the log reports. */
  readonly process: string | undefined;
}

/** The events of one key in one handler that must run one after another: the live ones, or those of one replay. */
export interface Lane {
  readonly name: string;
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
  return { eventId: delivery.eventId, position: delivery.position, deliveries, firstRun: delivery.runs[0], left };
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
