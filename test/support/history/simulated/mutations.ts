import { processClocksMs } from '../facts/clocks.js';
import type { RuleName } from '../facts/findings.js';
import type { HistoryEnd, HistoryRecord, RunEnd, RunStart } from '../history.js';
import { calmTenant } from './simulate.js';
import {
  type CalmRun,
  calmRuns,
  isCalm,
  isCompleted,
  isDeadAtTheEnd,
  isLine,
  isLoss,
  isReplayOfStored,
  isReplayWithRuns,
  isStored,
  isVersionAhead,
  retryOf,
} from './targets.js';

/** A change of a correct history that must be found. */
export interface Mutation {
  readonly what: string;
  /** The rule that it breaks; it may break others as well. */
  readonly rule: RuleName;
  /** Undefined: it cannot be applied to this history. */
  readonly apply: (records: readonly HistoryRecord[]) => readonly HistoryRecord[] | undefined;
}

/** Changes the run of the first calm event. */
function changeRun(
  what: string,
  rule: RuleName,
  change: (run: CalmRun, records: readonly HistoryRecord[]) => readonly HistoryRecord[],
): Mutation {
  return {
    what,
    rule,
    apply: (records) => {
      const [run] = calmRuns(records);
      if (run === undefined) return undefined;
      return [...records.filter((record) => record !== run.start && record !== run.end), ...change(run, records)];
    },
  };
}

/** Changes the first record that fits. */
function change<Found extends HistoryRecord>(
  what: string,
  rule: RuleName,
  fits: (record: HistoryRecord, records: readonly HistoryRecord[]) => record is Found,
  to: (record: Found) => readonly HistoryRecord[],
): Mutation {
  return {
    what,
    rule,
    apply: (records) => {
      const found = records.find((record): record is Found => fits(record, records));
      if (found === undefined) return undefined;
      return [...records.filter((record) => record !== found), ...to(found)];
    },
  };
}

const hasNoLosses = (records: readonly HistoryRecord[]) => !records.some(isLine('lost'));

/** Only without losses: one may excuse what is changed. */
function withoutLosses(mutation: Mutation): Mutation {
  return { ...mutation, apply: (records) => (hasNoLosses(records) ? mutation.apply(records) : undefined) };
}

const seconds = 5_000;

export const mutations: readonly Mutation[] = [
  changeRun('the runs of an event are missing', 'completed-by-a-run', () => []),
  changeRun('a run has no end', 'completed-by-a-run', ({ start }) => [start]),
  changeRun('a run is repeated', 'repeated-with-cause', ({ start, end }) => {
    const again = { run: 'again', at: end.at + seconds };
    return [start, end, { ...start, ...again }, { ...end, ...again, at: again.at + 1 }];
  }),
  changeRun('a run happens twice at the same time', 'overlap-with-cause', ({ start, end }) => {
    return [start, end, { ...start, run: 'again' }, { ...end, run: 'again' }];
  }),
  changeRun('a run is before its publish', 'run-of-published-event', ({ start, end }) => {
    return [
      { ...start, at: start.at - seconds },
      { ...end, at: end.at - seconds },
    ];
  }),
  changeRun('a run has other data', 'content-unchanged', ({ start, end }) => [{ ...start, data: 'other' }, end]),
  changeRun('a run is of another tenant', 'content-unchanged', ({ start, end }) => [{ ...start, tenantId: 't0' }, end]),
  changeRun('a run is of an unknown event', 'run-of-published-event', ({ start, end }) => [
    { ...start, eventId: 'x' },
    end,
  ]),
  changeRun('the first run has number 2', 'attempts', ({ start, end }) => [{ ...start, attempt: 2 }, end]),
  changeRun('a run is of another entry', 'one-position', ({ start, end }) => [
    { ...start, streamId: '1700000000000-9' },
    end,
  ]),
  changeRun('a live event goes to a handler of replays', 'right-receiver', ({ start, end }) => [
    { ...start, handler: 'report' },
    end,
  ]),
  changeRun('an unknown replay', 'replay-requested', ({ start, end }) => [{ ...start, replayJobId: 'x' }, end]),
  {
    what: 'two runs of one key change places',
    rule: 'key-starts-in-order',
    apply: (records) => {
      const runs = calmRuns(records, 'ship');
      const [one, two] = [runs[0], runs.at(-1)];
      if (one === undefined || two === undefined || two.end.at - one.start.at <= processClocksMs) return undefined;
      const eventOf = ({ eventId, streamId, data = '' }: RunStart) => ({ eventId, streamId, data });
      const swapped = [
        { ...one.start, ...eventOf(two.start) },
        { ...two.start, ...eventOf(one.start) },
      ];
      return [...records.filter((record) => record !== one.start && record !== two.start), ...swapped];
    },
  },
  {
    what: 'a retry begins at once',
    rule: 'retry-not-early',
    apply: (records) => {
      const failed = records.find((record): record is RunEnd => {
        if (record.kind !== 'run-end' || (record.retryInMs ?? 0) < 100) return false;
        return retryOf(records, record) !== undefined;
      });
      const retry = failed && retryOf(records, failed);
      if (failed === undefined || retry === undefined) return undefined;
      return [...records.filter((record) => record !== retry), { ...retry, at: failed.at + 1 }];
    },
  },
  withoutLosses(change('an acknowledged event is not in the stream', 'acknowledged-in-stream', isStored, () => [])),
  change('an acknowledgement names another position', 'one-position', isCalm, (result) => [
    { ...result, events: result.events.map((event) => ({ ...event, streamId: '1700000000000-99' })) },
  ]),
  change('the first call is acknowledged as a duplicate', 'duplicate-of-published', isCalm, (result) => [
    { ...result, events: result.events.map((event) => ({ ...event, duplicate: true })) },
  ]),
  change('an event that ran was rejected', 'rejected-not-written', isCalm, ({ at, call, events }) => [
    { kind: 'rejected', at, call, code: 'UNAVAILABLE', eventId: events[0]?.eventId ?? '' },
  ]),
  {
    what: 'two calls have the same key',
    rule: 'one-event-per-key',
    apply: (records) =>
      !hasNoLosses(records)
        ? undefined
        : records.map((record) =>
            record.kind === 'publish' && record.drafts[0]?.tenantId === calmTenant
              ? { ...record, drafts: record.drafts.map((draft) => ({ ...draft, idempotencyKey: 'x' })) }
              : record,
          ),
  },
  change('a delivery is unfinished at the end', 'drained', isCompleted, (delivery) => [
    { ...delivery, state: 'PENDING' },
  ]),
  change(
    'there is no end',
    'sound',
    (record): record is HistoryEnd => record.kind === 'end',
    () => [],
  ),
  withoutLosses(
    change('an event is dead twice', 'one-outcome', isLine('dead'), (line) => [
      line,
      { ...line, position: line.position.replace(/-.*/, '-9') },
    ]),
  ),
  withoutLosses(change('a dead letter has no line', 'transitions-logged', isDeadAtTheEnd, () => [])),
  change('a dead letter was parked for less than maxParkMs', 'parked-long-enough', isVersionAhead, (line) => [
    { ...line, position: line.position.replace(/^\d+/, (ms) => String(Number(ms) - 4_000)), at: line.at - 4_000 },
  ]),
  change('a loss has no cause', 'loss-with-cause', isLoss, () => []),
  change('a range contains an event that is there', 'loss-range-empty', isLine('lost'), (line) => [
    { ...line, lost: { after: line.lost?.after ?? '', upTo: '1900000000000-0' } },
  ]),
  {
    what: 'no process may run anything',
    rule: 'concurrency',
    apply: (records) =>
      records.map((record) => (record.kind === 'process-start' ? { ...record, concurrency: 0 } : record)),
  },
  {
    what: 'a completed replay has not reached a handler',
    rule: 'replay-complete',
    apply: (records) => {
      const replayed = records.find((record) => isReplayOfStored(record, records));
      if (replayed?.kind !== 'run-start') return undefined;
      const { eventId, handler, replayJobId } = replayed;
      const isOfIt = (record: HistoryRecord) =>
        record.kind === 'run-start' &&
        record.eventId === eventId &&
        record.handler === handler &&
        record.replayJobId === replayJobId;
      const runs = new Set(records.filter(isOfIt).map((record) => record.kind === 'run-start' && record.run));
      return records.filter((record) => !('run' in record && runs.has(record.run)));
    },
  },
  change('a replay was not started', 'replay-requested', isReplayWithRuns, () => []),
  withoutLosses({
    what: 'an action of an operator succeeds twice',
    rule: 'one-operator-succeeds',
    apply: (records) => {
      const call = records.find((record) => record.kind === 'operator' && record.action === 'discard');
      return call && [...records, { ...call }];
    },
  }),
];
