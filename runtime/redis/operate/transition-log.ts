import { positionOf } from '../../event/position.js';
import { type LogKind, logKinds, type TransitionLogEntry } from '../../operate/transition-log.js';
import { fieldsOf } from '../store/keys.js';
import { parseObject } from '../store/scheduled-retry.js';

/** Kinds whose stored name differs from the reported name. */
const storedKinds: Readonly<Record<string, LogKind>> = { retired: 'group-retired', replayed: 'replay-started' };

/** Stream id of log entries that belong to no event. */
const noEntry = '0-0';

/** Converts an entry of the log stream of a partition. */
export function logEntryOf(id: string, fields: readonly string[], partition = 0): TransitionLogEntry {
  const { k = '', group = '', handler = '', stream = '', d = '{}', actor, from, dlq, due, reason } = fieldsOf(fields);
  const kind = storedKinds[k] ?? logKinds.find((known) => known === k) ?? 'unknown';
  return {
    id: positionOf(id, partition),
    kind,
    group,
    handler,
    streamId: stream === noEntry ? stream : positionOf(stream, partition),
    detail: parseObject(d),
    ...(actor === undefined ? {} : { actor }),
    ...(from === undefined || from === '' ? {} : { from }),
    ...(dlq === undefined ? {} : { deadLetterId: positionOf(dlq, partition) }),
    ...(reason === undefined ? {} : { reason }),
    ...(due === undefined ? {} : { dueAt: new Date(Number(due)).toISOString() }),
  };
}
