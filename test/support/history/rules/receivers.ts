import { nameOf } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { takes } from '../facts/registrations.js';
import type { RunStart } from '../history.js';

/** A handler gets the types that it takes, live or replayed as it wants, and of an edited event only what is for it. */
export function checkReceivers(history: History, findings: Findings): void {
  for (const { start } of history.runs) {
    const process = history.starts.get(start.process);
    const handler = process?.handlers.find(({ name }) => name === start.handler);
    if (process === undefined || handler === undefined) continue;
    const edit = history.edits.get(start.eventId);
    const isOfReplay = start.replayJobId !== undefined;
    if (!takes(handler, start.type)) refuse(`it does not take ${start.type}`, start, findings, [process]);
    else if (edit !== undefined) {
      const { group = start.group, handler: name = start.handler } = edit;
      if (group !== start.group || name !== start.handler)
        refuse(`the edit is for ${group}/${name}`, start, findings, [edit]);
    } else if (handler.replay === 'skip' && isOfReplay) refuse('it takes no replays', start, findings, [process]);
    else if (handler.replay === 'only' && !isOfReplay) refuse('it takes only replays', start, findings, [process]);
  }
}

function refuse(why: string, start: RunStart, findings: Findings, records: Parameters<Findings['violation']>[2]): void {
  findings.violation('right-receiver', `${nameOf(start)} ran, and ${why}`, [...records, start]);
}
