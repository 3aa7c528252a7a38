import { Link } from '@tanstack/react-router';
import type { Stats } from '../../../../answers.js';
import { formatWait, groupState } from './group-state.js';

/** The consumer groups and their states. */
export function Groups({ stats: { groups, limits } }: { readonly stats: Stats }) {
  if (groups.length === 0)
    return <p className="empty">No consumer groups yet. A group appears when its service starts.</p>;
  const isOrdered = groups.some(({ waiting }) => waiting > 0);
  return (
    <table className="records">
      <caption className="visually-hidden">Consumer groups and their states</caption>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col">State</th>
          <th scope="col">Lag</th>
          <th scope="col" className="wide-only">
            Pending
          </th>
          <th scope="col" className="wide-only">
            Oldest unfinished
          </th>
          <th scope="col" className="wide-only">
            Waiting for a retry
          </th>
          <th scope="col" className="wide-only">
            Parked
          </th>
          {isOrdered && (
            <th scope="col" className="wide-only">
              Waiting for their key
            </th>
          )}
          <th scope="col">Dead</th>
          <th scope="col" className="wide-only">
            Processes
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => {
          const { label, tone } = groupState(group, limits);
          const { lag, oldestUnfinishedMs } = group;
          return (
            <tr key={group.group}>
              <th scope="row">{group.group}</th>
              <td>
                <span className={`mark ${tone}`}>{label}</span>
              </td>
              <td className="number">{lag === 'unknown' ? 'unknown' : lag.toLocaleString()}</td>
              <td className="number wide-only">{group.pending.toLocaleString()}</td>
              <td className="wide-only">{formatWait(oldestUnfinishedMs)}</td>
              <td className="number wide-only">{group.scheduled.toLocaleString()}</td>
              <td className={group.parked > 0 ? 'number warn wide-only' : 'number wide-only'}>
                {group.parked === 0 ? (
                  0
                ) : (
                  <Link
                    to="/ops/parked"
                    search={{ group: group.group }}
                    aria-label={`${group.parked} parked deliveries of ${group.group}`}
                  >
                    {group.parked.toLocaleString()}
                  </Link>
                )}
              </td>
              {isOrdered && (
                <td className="number wide-only">
                  {group.waiting === 0 ? 0 : <Link to="/ops/cluster">{group.waiting.toLocaleString()}</Link>}
                </td>
              )}
              <td className={group.deadLetters > 0 ? 'number bad' : 'number'}>
                {group.deadLetters === 0 ? (
                  0
                ) : (
                  <Link
                    to="/ops/dead-letters"
                    search={{ group: group.group }}
                    aria-label={`${group.deadLetters} dead letters of ${group.group}`}
                  >
                    {group.deadLetters.toLocaleString()}
                  </Link>
                )}
              </td>
              <td className="number wide-only">{group.consumers.toLocaleString()}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
