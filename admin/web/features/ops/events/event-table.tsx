import { Link } from '@tanstack/react-router';
import { StatusBadge } from '../../../ui/status-badge.js';
import { Time } from '../../../ui/time.js';

/** A row of the table. */
export interface EventRow {
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** ISO 8601. */
  readonly at: string;
  /** Undefined for live events, whose status is not known yet. */
  readonly status?: string;
}

interface TableProps {
  readonly rows: readonly EventRow[];
  /** What the table contains, for screen readers. */
  readonly caption: string;
}

/** A table of events with links to each event and to its trace. */
export function EventTable({ rows, caption }: TableProps) {
  const withStatus = rows.some(({ status }) => status !== undefined);
  return (
    <table className="records">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col" className="wide-only">
            Time
          </th>
          <th scope="col">Event</th>
          <th scope="col" className="wide-only">
            Source
          </th>
          <th scope="col" className="wide-only">
            Tenant
          </th>
          {withStatus && <th scope="col">Status</th>}
          <th scope="col" className="wide-only">
            Trace
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, id, type, source, tenantId, correlationId, at, status }) => (
          <tr key={key}>
            <td className="when wide-only">
              <Time iso={at} />
            </td>
            <td>
              <Link to="/ops/events/$id" params={{ id }} className="mono">
                {type}
              </Link>
              <span className="record-id mono">{id}</span>
              <span className="narrow-only when">
                <Time iso={at} />
              </span>
            </td>
            <td className="wide-only">{source}</td>
            <td className="wide-only">{tenantId}</td>
            {withStatus && <td>{status !== undefined && <StatusBadge status={status} />}</td>}
            <td className="wide-only">
              <Link to="/ops/traces/$correlationId" params={{ correlationId }} aria-label={`Trace ${correlationId}`}>
                Trace
              </Link>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
