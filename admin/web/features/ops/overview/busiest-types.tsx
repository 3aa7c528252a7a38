import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Stats } from '../../../../answers.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { TypeName } from '../../../ui/type-name.js';

const few = 8;

/** Event types by the number of events in the last 24 hours. */
export function BusiestTypes({ byType }: { readonly byType: Stats['throughput']['byType'] }) {
  const { events } = useDocs().catalog;
  const [all, setAll] = useState(false);
  if (byType.length === 0) {
    return <p className="empty">No events in the last 24 hours. New events appear here automatically.</p>;
  }
  const most = Math.max(1, ...byType.map(({ total }) => total.published));
  return (
    <>
      <table className="records busiest">
        <caption className="visually-hidden">Event types of the last 24 hours, busiest first</caption>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Published</th>
            <th scope="col" className="wide-only">
              Handled
            </th>
            <th scope="col">Failed</th>
            <th scope="col">Dead</th>
          </tr>
        </thead>
        <tbody>
          {byType.slice(0, all ? undefined : few).map(({ key: { type = '' }, total }) => (
            <tr key={type}>
              <td>
                {events.has(type) ? (
                  <Link to="/events/$type" params={{ type }}>
                    <TypeName type={type} />
                  </Link>
                ) : (
                  <TypeName type={type} />
                )}
                <span className="share" aria-hidden>
                  <span style={{ width: `${(total.published / most) * 100}%` }} />
                </span>
              </td>
              <td className="number">{total.published.toLocaleString()}</td>
              <td className="number wide-only">{total.handled.toLocaleString()}</td>
              <td className={total.failed > 0 ? 'number warn' : 'number'}>{total.failed.toLocaleString()}</td>
              <td className={total.dead > 0 ? 'number bad' : 'number'}>
                {total.dead === 0 ? (
                  0
                ) : (
                  <Link to="/ops/dead-letters" search={{ type }} aria-label={`${total.dead} dead letters of ${type}`}>
                    {total.dead.toLocaleString()}
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {byType.length > few && (
        <button type="button" className="fold" onClick={() => setAll(!all)}>
          {all ? `Only the busiest ${few}` : `All ${byType.length} types`}
        </button>
      )}
    </>
  );
}
