import { processClocksMs, redisClockMs } from '../facts/clocks.js';
import { type Delivery, nameOf } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { type AcknowledgedEntry, begunAt, entriesOf, hasEnded, isLost } from '../facts/obligations.js';
import { comparePositions, isPosition } from '../facts/positions.js';
import { matches, type RegisteredHandler } from '../facts/registrations.js';
import type { OperatorCall } from '../history.js';

type Replay = NonNullable<OperatorCall['replay']>;
interface Job {
  readonly call: OperatorCall;
  readonly replay: Replay;
}

/** A replay delivers what it selects, and, when it has completed, all of it. */
export function checkReplays(history: History, findings: Findings): void {
  const jobs = new Map<string, Job>();
  for (const call of history.operators)
    if (call.replay !== undefined) jobs.set(call.replay.jobId, { call, replay: call.replay });
  for (const delivery of history.deliveries.all()) {
    const { replayJobId, runs } = delivery;
    if (replayJobId === undefined || runs.length === 0 || history.edits.has(delivery.eventId)) continue;
    checkDelivery(history, delivery, jobs.get(replayJobId), findings);
  }
  if (history.end?.drained !== true) return;
  for (const job of jobs.values()) checkComplete(history, job, findings);
}

function checkDelivery(history: History, delivery: Delivery, job: Job | undefined, findings: Findings): void {
  const { replayJobId, runs, group, handler } = delivery;
  const start = runs[0]?.start;
  if (start === undefined) return;
  const refuse = (why: string) =>
    findings.violation('replay-requested', `${nameOf(delivery)} ran, and ${why}`, [job?.call, start]);
  if (job === undefined) {
    const isLogged = history.transitions.some(
      (line) => line.change === 'replay-started' && line.replayJobId === replayJobId,
    );
    if (isLogged)
      findings.undecidable(`replay ${replayJobId} was started by a call that is not recorded: what it selects`);
    else refuse('no operator has started this replay');
    return;
  }
  const { call, replay } = job;
  const event = history.events.get(delivery.eventId);
  if (call.at > start.at + processClocksMs) refuse('the replay was started later');
  else if (!isTarget(replay, group, handler)) refuse('the replay is not for this handler');
  else if (!isSelected(replay, start.type, start.tenantId)) refuse('the replay is not for its type and tenant');
  else if (!isInRange(replay, start.streamId)) refuse('its position is not in the range of the replay');
  else if (event !== undefined && begunAt(event) > call.until + processClocksMs)
    refuse('it was published after the replay had been started');
}

function isTarget({ groups, handlers }: Replay, group: string, handler: string): boolean {
  if (groups === undefined && handlers === undefined) return true;
  return (groups?.includes(group) ?? false) || (handlers?.includes(`${group}/${handler}`) ?? false);
}

function isSelected({ types, tenantId }: Replay, type: string, tenant: string | undefined): boolean {
  return (types?.some((pattern) => matches(pattern, type)) ?? true) && (tenantId === undefined || tenantId === tenant);
}

function isInRange({ from, to }: Replay, position: string): boolean {
  if (!isPosition(position)) return true;
  const isAfter = from === undefined || comparePositions(from, position) <= 0;
  return isAfter && (to === undefined || comparePositions(position, to) <= 0);
}

function checkComplete(history: History, { call, replay }: Job, findings: Findings): void {
  const { jobId } = replay;
  const completed = history.transitions.find(
    (line) => line.change === 'replay-completed' && line.replayJobId === jobId,
  );
  if (completed === undefined) return;
  for (const event of history.events.values()) {
    for (const entry of entriesOf(event)) {
      if (!isDue(history, entry, replay, call)) continue;
      for (const { group, name } of replayReceivers(history, entry, call)) {
        if (!isTarget(replay, group, name) || hasEnded(history, entry, { group, handler: name, replayJobId: jobId }))
          continue;
        const text = `${event.eventId} in ${group}/${name} was not replayed by ${jobId}, which has completed`;
        findings.violation('replay-complete', text, [entry.first.call, entry.first.result, call, completed]);
      }
    }
  }
}

/** Whether an entry was in the stream when the replay was started, and is in its range. */
function isDue(
  history: History,
  { eventId, position, first }: AcknowledgedEntry,
  replay: Replay,
  call: OperatorCall,
): boolean {
  const acknowledgedAt = first.result?.at ?? Number.POSITIVE_INFINITY;
  const isStored = history.streamAt.get(position)?.eventId === eventId;
  const { type, tenantId } = first.draft;
  const isWanted = isSelected(replay, type, tenantId) && isInRange(replay, position);
  return acknowledgedAt <= call.at - redisClockMs && isStored && isWanted && !isLost(history, position);
}

function replayReceivers(history: History, { type }: AcknowledgedEntry, call: OperatorCall): RegisteredHandler[] {
  return history.registrations
    .takersOf(type)
    .filter(
      ({ starts }) =>
        starts.every(({ handler }) => handler.replay !== 'skip') &&
        (starts[0]?.process.at ?? Number.POSITIVE_INFINITY) + processClocksMs <= call.at,
    );
}
