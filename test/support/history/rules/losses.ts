import { mayHaveLost } from '../facts/causes.js';
import { redisClockMs } from '../facts/clocks.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { isInRange, writtenAt } from '../facts/obligations.js';
import type { StreamEntry, Transition } from '../history.js';

/** What is reported as lost is lost, and has a cause. */
export function checkLosses(history: History, findings: Findings): void {
  for (const line of history.losses.lines) {
    const { lost, streamId } = line;
    const range = lost === undefined ? streamId : `after ${lost.after} up to ${lost.upTo}`;
    if (!mayHaveLost(history, writtenAt(lost?.after ?? streamId), line.at + redisClockMs))
      findings.violation('loss-with-cause', `${range} is reported as lost, and no fault may have caused it`, [line]);
    const present = presentIn(history, line);
    if (present.length > 0)
      findings.violation('loss-range-empty', `${range} is reported as lost, and ${present.length} entries are there`, [
        line,
        ...present,
      ]);
  }
}

/** The entries that a line reports as lost and that are there. */
function presentIn({ stream, streamAt }: History, { lost, streamId }: Transition): StreamEntry[] {
  const entry = streamAt.get(streamId);
  if (lost === undefined) return entry === undefined ? [] : [entry];
  return stream.filter((each) => isInRange(lost, each.streamId));
}
