import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import type { HistoryRecord } from '../history.js';

/** The history itself: what follows from no other rule, and what the other rules take for granted. */
export function checkSound(history: History, findings: Findings): void {
  const { records, end } = history;
  if (end === undefined)
    findings.violation('sound', 'there is no record of the end: records may be missing', [records.at(-1)]);
  else if (records.at(-1) !== end)
    findings.violation('sound', 'there are records after the end', [end, records.at(-1)]);
  checkPairs(history, findings);
  checkRuns(history, findings);
  checkWhatIsMissing(history, findings);
}

function checkPairs({ records }: History, findings: Findings): void {
  const first = new Map<string, HistoryRecord>();
  for (const record of records) {
    const id = idOf(record);
    if (id === undefined) continue;
    const before = first.get(id);
    if (before !== undefined) findings.violation('sound', `there are two records of ${id}`, [before, record]);
    else first.set(id, record);
    const beginning = beginningOf(record);
    if (beginning === undefined) continue;
    const begun = first.get(beginning);
    if (begun === undefined) findings.violation('sound', `${id}: there is no ${beginning} before it`, [record]);
    else if (record.kind === 'acknowledged' && begun.kind === 'publish' && record.events.length !== begun.drafts.length)
      findings.violation('sound', `${id}: ${record.events.length} results for ${begun.drafts.length} drafts`, [
        begun,
        record,
      ]);
  }
}

/** What a record says once only. */
function idOf(record: HistoryRecord): string | undefined {
  switch (record.kind) {
    case 'publish':
      return `call ${record.call}`;
    case 'acknowledged':
    case 'rejected':
      return `result of call ${record.call}`;
    case 'process-start':
      return `start of process ${record.process}`;
    case 'process-end':
      return `end of process ${record.process}`;
    case 'run-start':
      return `run ${record.run}`;
    case 'run-end':
      return `end of run ${record.run}`;
    case 'delivery':
      return `final state of ${record.eventId} at ${record.streamId} in ${record.group}/${record.handler}`;
    case 'stream':
      return `entry ${record.streamId}`;
    case 'transition':
      return `transition ${record.position}`;
    case 'end':
      return 'end';
    default:
      return undefined;
  }
}

/** The record that must be before this one. Times of a call and of a run are from one process. */
function beginningOf(record: HistoryRecord): string | undefined {
  if (record.kind === 'acknowledged' || record.kind === 'rejected') return `call ${record.call}`;
  return record.kind === 'run-end' ? `run ${record.run}` : undefined;
}

function checkRuns({ runs, starts }: History, findings: Findings): void {
  for (const { start } of runs) {
    const process = starts.get(start.process);
    if (process === undefined)
      findings.undecidable(`process ${start.process} has runs and no start: what its handlers take`);
    else if (process.service !== start.group)
      findings.violation('sound', `a process of ${process.service} runs a handler of ${start.group}`, [process, start]);
    else if (!process.handlers.some(({ name }) => name === start.handler))
      findings.violation('sound', `process ${start.process} has no handler ${start.handler}`, [process, start]);
  }
}

function checkWhatIsMissing(history: History, findings: Findings): void {
  const { publications, stream, hasFinalStates, registrations } = history;
  const acknowledged = publications.filter(({ outcome }) => outcome === 'acknowledged');
  if (acknowledged.length === 0) return;
  if (stream.length === 0) findings.undecidable('no entry of the stream: whether acknowledged events were stored');
  if (!hasFinalStates && acknowledged.some(({ draft }) => registrations.takersOf(draft.type).length > 0))
    findings.undecidable('no final state of a delivery: whether the reported states are true');
}
