import type { Cluster } from '../../../../answers.js';
import { formatWait } from '../overview/group-state.js';

/** The keys of ordered handlers with the most deliveries that wait. */
export function BusyKeys({ cluster: { at, keyQueues } }: { readonly cluster: Cluster }) {
  return (
    <>
      <p className="muted">
        Ordered handlers handle the events of one key one after another. These keys have the most events that wait for
        an earlier one.
      </p>
      <table className="records">
        <caption className="visually-hidden">Keys with the most waiting events</caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Waiting</th>
            <th scope="col">For an event of</th>
            <th scope="col" className="wide-only">
              Handler
            </th>
            <th scope="col" className="wide-only">
              Partition
            </th>
          </tr>
        </thead>
        <tbody>
          {keyQueues.map(({ group, handler, tenantId, key, replayId, partition, waiting, head, since }) => (
            <tr key={JSON.stringify([group, handler, tenantId, key, replayId, partition])}>
              <th scope="row" className="address">
                {key}{' '}
                <span className="muted">{replayId === undefined ? tenantId : `${tenantId}, replay ${replayId}`}</span>
              </th>
              <td className="number">{waiting.toLocaleString()}</td>
              <td title={head === undefined ? undefined : `Entry ${head}`}>{ageOf(since, at)}</td>
              <td className="wide-only">
                {group} <span className="muted">{handler}</span>
              </td>
              <td className="number wide-only">{partition}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** How long before `at` an event was published. */
function ageOf(since: string | undefined, at: string): string {
  return since === undefined ? 'an edited event' : `${formatWait(Math.max(0, Date.parse(at) - Date.parse(since)))} ago`;
}
