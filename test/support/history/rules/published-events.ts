import { processClocksMs } from '../facts/clocks.js';
import type { Run } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { begunAt } from '../facts/obligations.js';
import type { Publication, PublishedEvent } from '../facts/publications.js';

/** Nothing comes from nowhere: runs and entries belong to publishes, and say what their publishers wrote. */
export function checkPublishedEvents(history: History, findings: Findings): void {
  for (const run of history.runs) checkRun(history, run, findings);
  for (const entry of history.stream) {
    if (entry.eventId === undefined) continue;
    const event = history.events.get(entry.eventId);
    const [writer] = event?.writers ?? [];
    if (writer !== undefined) {
      const isOfType = entry.type === undefined || event?.writers.some(({ draft }) => draft.type === entry.type);
      if (isOfType !== true)
        findings.violation('content-unchanged', `${entry.eventId} is in the stream as ${entry.type}`, [
          writer.call,
          entry,
        ]);
    } else if (isRejected(event))
      findings.violation('rejected-not-written', `${entry.eventId} was rejected, and is in the stream`, [
        ...rejections(event),
        entry,
      ]);
    else if (!isAcknowledged(event))
      findings.violation(
        'stream-of-published-events',
        `${entry.eventId} is in the stream, and no call has published it`,
        [entry],
      );
  }
}

function checkRun(history: History, { start }: Run, findings: Findings): void {
  const edit = history.edits.get(start.eventId);
  if (edit !== undefined) {
    if (edit.at > start.at + processClocksMs)
      findings.violation('run-of-published-event', `${start.eventId} ran before an operator's edit had begun`, [
        start,
        edit,
      ]);
    return;
  }
  const event = history.events.get(start.eventId);
  const [writer] = event?.writers ?? [];
  if (event === undefined || writer === undefined) {
    if (isRejected(event))
      findings.violation('rejected-not-written', `${start.eventId} was rejected, and ran`, [
        ...rejections(event),
        start,
      ]);
    else if (!isAcknowledged(event))
      findings.violation('run-of-published-event', `${start.eventId} ran, and no call has published it`, [start]);
  } else if (begunAt(event) > start.at + processClocksMs)
    findings.violation('run-of-published-event', `${start.eventId} ran before its publishing had begun`, [
      start,
      writer.call,
    ]);
  else if (!event.writers.some((each) => isContentOf(each, start)))
    findings.violation('content-unchanged', `${start.eventId} did not run with what was published`, [
      writer.call,
      start,
    ]);
}

/** A tenant that the publisher did not name is the default one, which the history does not know. */
function isContentOf({ draft }: Publication, run: Run['start']): boolean {
  return (
    draft.type === run.type &&
    (draft.tenantId === undefined || draft.tenantId === run.tenantId) &&
    (draft.key === run.key || (draft.key === undefined && run.key === run.tenantId)) &&
    (run.data === undefined || draft.data === run.data)
  );
}

function isRejected(event: PublishedEvent | undefined): event is PublishedEvent {
  return event !== undefined && event.rejected.length > 0 && event.acknowledged.length === 0;
}

function isAcknowledged(event: PublishedEvent | undefined): boolean {
  return event !== undefined && event.acknowledged.length > 0;
}

function rejections(event: PublishedEvent) {
  return event.rejected.flatMap(({ call, result }) => [call, result]);
}
