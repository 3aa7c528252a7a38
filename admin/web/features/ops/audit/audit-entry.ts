import type { AuditEntry } from '../../../../answers.js';

/** A difference of the data of an edit, at one path. */
export type DataChange = NonNullable<AuditEntry['changes']>[number];

/** Labels of the actions in the audit log. */
export const actionLabels: Readonly<Record<string, string>> = {
  retried: 'retried a dead letter',
  edited: 'edited and retried a dead letter',
  discarded: 'discarded a dead letter or a parked delivery',
  'replay-started': 'started a replay',
  'replay-cancelled': 'cancelled a replay',
  'replay-resumed': 'resumed a replay',
  'group-retired': 'retired a group',
  'growth-started': 'began to grow the partitions',
  'growth-completed': 'grew the partitions',
};

/** Describes what an operator did. `before` shows whether a dead letter or a parked delivery was discarded. */
export function describeAction({ action, before }: AuditEntry): string {
  if (action === 'discarded') {
    return asObject(before).status === 'PARKED' ? 'discarded a parked delivery' : 'discarded a dead letter';
  }
  return actionLabels[action] ?? action;
}

/** The parts of `before` and `after`, by name, with whether they differ. Differences of data are in {@link AuditEntry.changes}. */
export function partsOf({ before, after, changes }: AuditEntry): readonly (DataChange & { readonly same: boolean })[] {
  const [was, is] = [asObject(before), asObject(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names
    .filter((name) => changes === undefined || name !== 'data')
    .map((name) => ({
      path: name,
      same: JSON.stringify(was[name]) === JSON.stringify(is[name]),
      ...(name in was ? { before: was[name] } : {}),
      ...(name in is ? { after: is[name] } : {}),
    }));
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
