import type { FinalDelivery, HistoryRecord, PublishResult, RunEnd, RunStart, Transition } from '../history.js';
import { calmTenant } from './simulate.js';

export interface CalmRun {
  readonly start: RunStart;
  readonly end: RunEnd;
}

/** The runs of a handler in the calm phase, in order. */
export function calmRuns(records: readonly HistoryRecord[], handler = 'bill'): CalmRun[] {
  return records.flatMap((start) => {
    if (start.kind !== 'run-start' || start.tenantId !== calmTenant || start.handler !== handler) return [];
    const end = records.find((record) => record.kind === 'run-end' && record.run === start.run);
    return end?.kind === 'run-end' ? [{ start, end }] : [];
  });
}

function acknowledgementOf(records: readonly HistoryRecord[], data: string): PublishResult | undefined {
  const call = records.find((record) => record.kind === 'publish' && record.drafts[0]?.data === data);
  const result = records.find(
    (each) => each.kind === 'acknowledged' && call?.kind === 'publish' && each.call === call.call,
  );
  return result?.kind === 'acknowledged' ? result : undefined;
}

export function isCalm(record: HistoryRecord, records: readonly HistoryRecord[]): record is PublishResult {
  return record === acknowledgementOf(records, 'calm 1');
}

export function isLine(...changes: readonly string[]) {
  return (record: HistoryRecord): record is Transition =>
    record.kind === 'transition' && changes.includes(record.change);
}

/** The run after a failed one, if nothing else can have made it early. */
export function retryOf(records: readonly HistoryRecord[], { run, at }: RunEnd): RunStart | undefined {
  const failed = records.find((record) => record.kind === 'run-start' && record.run === run);
  if (failed?.kind !== 'run-start') return undefined;
  const of = records.filter(
    (record): record is RunStart =>
      record.kind === 'run-start' &&
      record.eventId === failed.eventId &&
      record.handler === failed.handler &&
      record.replayJobId === failed.replayJobId,
  );
  const isRetried = records.some((record) => isLine('retried')(record) && record.eventId === failed.eventId);
  const isOnly = of.filter(({ attempt }) => attempt === failed.attempt).length === 1;
  return isRetried || !isOnly
    ? undefined
    : of.find((record) => record.attempt === failed.attempt + 1 && record.at > at);
}

export function isCompleted(record: HistoryRecord): record is FinalDelivery {
  return record.kind === 'delivery' && record.state === 'COMPLETED';
}

/** The entry of a calm event. */
export function isStored(record: HistoryRecord, records: readonly HistoryRecord[]): record is HistoryRecord {
  return record.kind === 'stream' && record.eventId === acknowledgementOf(records, 'calm 1')?.events[0]?.eventId;
}

/** The only line of a delivery that is a dead letter. */
export function isDeadAtTheEnd(record: HistoryRecord, records: readonly HistoryRecord[]): record is Transition {
  if (!isLine('dead')(record) || record.replayJobId !== undefined) return false;
  const same = (other: HistoryRecord) =>
    'eventId' in other && other.eventId === record.eventId && 'handler' in other && other.handler === record.handler;
  const lines = records.filter((other) => same(other) && isLine('dead')(other) && other.replayJobId === undefined);
  return (
    lines.length === 1 && records.some((other) => same(other) && other.kind === 'delivery' && other.state === 'DLQ')
  );
}

export function isVersionAhead(record: HistoryRecord): record is Transition {
  return isLine('dead')(record) && record.reason === 'VERSION_AHEAD';
}

/** The only fault that may lose something. */
export function isLoss(record: HistoryRecord, records: readonly HistoryRecord[]): record is HistoryRecord {
  const losses = records.filter((other) => other.kind === 'fault' && other.effects.includes('loss'));
  return losses.length === 1 && losses[0] === record;
}

export function isReplayOfStored(record: HistoryRecord, records: readonly HistoryRecord[]): boolean {
  if (record.kind !== 'run-start' || record.replayJobId === undefined) return false;
  const { eventId, handler, replayJobId } = record;
  const isStillThere = records.some((other) => other.kind === 'stream' && other.eventId === eventId);
  const acknowledged = records.find(
    (other) => other.kind === 'acknowledged' && other.events.some((each) => each.eventId === eventId),
  );
  const call = records.find((other) => other.kind === 'operator' && other.replay?.jobId === replayJobId);
  const hasEnded = records.some(
    (other) =>
      isLine('dead', 'discarded', 'edited')(other) &&
      other.eventId === eventId &&
      other.handler === handler &&
      other.replayJobId === replayJobId,
  );
  return (
    isStillThere && !hasEnded && acknowledged !== undefined && call !== undefined && acknowledged.at + 100 < call.at
  );
}

export function isReplayWithRuns(record: HistoryRecord, records: readonly HistoryRecord[]): record is HistoryRecord {
  if (record.kind !== 'operator' || record.replay === undefined) return false;
  const { jobId } = record.replay;
  return records.some((other) => other.kind === 'run-start' && other.replayJobId === jobId);
}
