import { type LogKind, logKinds, type TransitionLogEntry } from '../../operate/transition-log.js';
import { fieldsOf } from '../store/keys.js';
import { parseObject } from '../store/scheduled-retry.js';

/** Kinds whose stored name differs from the reported name. */
const storedKinds: Readonly<Record<string, LogKind>> = { retired: 'group-retired', replayed: 'replay-started' };

/** Converts an entry of the log stream. */
export function logEntryOf(id: string, fields: readonly string[]): TransitionLogEntry {
  const { k = '', group = '', handler = '', stream = '', d = '{}', actor, from, dlq, due, reason } = fieldsOf(fields);
  const kind = storedKinds[k] ?? logKinds.find((known) => known === k) ?? 'unknown';
  return {
    id,
    kind,
    group,
    handler,
    streamId: stream,
    detail: parseObject(d),
    ...(actor === undefined ? {} : { actor }),
    ...(from === undefined || from === '' ? {} : { from }),
    ...(dlq === undefined ? {} : { deadLetterId: dlq }),
    ...(reason === undefined ? {} : { reason }),
    ...(due === undefined ? {} : { dueAt: new Date(Number(due)).toISOString() }),
  };
}
