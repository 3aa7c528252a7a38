import type { ChangeDetail, EventChange } from '@hyvve-events/catalog-model';
import { Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';

/** Changed events, each with its changes. */
export function ChangeList({ events, empty }: { readonly events: readonly EventChange[]; readonly empty: string }) {
  const known = useDocs().catalog.events;
  if (events.length === 0) return <p className="empty">{empty}</p>;
  return (
    <ul className="changes">
      {events.map(({ kind, type, from, to, impact, changes }) => (
        <li key={type}>
          <span className={`mark ${kind}`}>{kind}</span>{' '}
          {known.has(type) ? (
            <Link to="/events/$type" params={{ type }} className="mono">
              {type}
            </Link>
          ) : (
            <span className="mono">{type}</span>
          )}{' '}
          <span className="muted">
            {from !== undefined && to !== undefined && from !== to ? `${from} → ${to}` : (to ?? from)}
          </span>{' '}
          {kind === 'changed' && <span className={impact === 'compatible' ? 'muted' : 'mark warn'}>{impact}</span>}
          {kind === 'changed' && <ChangeDetails changes={changes} />}
        </li>
      ))}
    </ul>
  );
}

/** What changed in an event, each with its place. */
export function ChangeDetails({ changes }: { readonly changes: readonly ChangeDetail[] }) {
  return (
    <ul>
      {changes.map(({ message, path = '' }) => (
        <li key={`${path} ${message}`}>
          {path !== '' && <code>{path}</code>} {message}
        </li>
      ))}
    </ul>
  );
}
