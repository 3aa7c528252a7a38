import type { AuditEntry } from '../../../../answers.js';
import { type DataChange, partsOf } from './audit-entry.js';

/** The state before and after a change, part by part; for an edit, the differences of the data. */
export function AuditChanges({ entry }: { readonly entry: AuditEntry }) {
  const parts = partsOf(entry);
  const { changes = [] } = entry;
  if (parts.length + changes.length === 0) return <p className="empty">This entry has no details.</p>;
  return (
    <table className="diff">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <ChangeRow key={part.path} change={part} same={part.same} />
        ))}
        {changes.map((change) => (
          <ChangeRow key={change.path} change={change} same={false} />
        ))}
      </tbody>
    </table>
  );
}

function ChangeRow({ change, same }: { readonly change: DataChange; readonly same: boolean }) {
  const { path } = change;
  return (
    <tr>
      <th scope="row">
        <code>{path}</code>
      </th>
      <td className={same || !('before' in change) ? undefined : 'removed'}>
        {'before' in change ? <Value value={change.before} /> : <Nothing />}
      </td>
      <td className={same || !('after' in change) ? undefined : 'added'}>
        {'after' in change ? <Value value={change.after} /> : <Nothing />}
      </td>
    </tr>
  );
}

function Nothing() {
  return <span className="muted">–</span>;
}

function Value({ value }: { readonly value: unknown }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  return <span className="diff-value">{text}</span>;
}
