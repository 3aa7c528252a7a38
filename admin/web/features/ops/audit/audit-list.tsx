import { Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AuditEntry } from '../../../../answers.js';
import { type AuditQuery, auditQuery } from '../../../api/queries/audit.js';
import { ListEnd } from '../../../ui/list-end.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { Time } from '../../../ui/time.js';
import { AuditChanges } from './audit-changes.js';
import { describeAction } from './audit-entry.js';

/** Entries of the audit log, newest first. */
export function AuditList({ filter }: { readonly filter: AuditQuery }) {
  const found = useInfiniteQuery(auditQuery(filter));
  const { data, error } = found;
  if (data === undefined) return error === null ? <Skeleton height={320} aria-busy /> : <QueryProblem query={found} />;
  const entries = data.pages.flatMap((page) => page.entries);
  return (
    <>
      <QueryProblem query={found} />
      {entries.length === 0 ? (
        <p className="empty">
          {Object.keys(filter).length > 0
            ? 'No entries match. Remove a filter or choose a longer time range.'
            : 'No entries yet. Retries, edits, deletions and replays are listed here.'}
        </p>
      ) : (
        <ol className="audit">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      <ListEnd query={found} />
    </>
  );
}

function Entry({ entry }: { readonly entry: AuditEntry }) {
  const [open, setOpen] = useState(false);
  const { id, at, actor, from, eventId, type, tenantId, group, handler, bulkJobId } = entry;
  return (
    <li>
      <div className="audit-head">
        <span className="when">
          <Time iso={at} />
        </span>
        <span>
          <b>{actor}</b> {describeAction(entry)}
          {bulkJobId !== undefined && ', part of a bulk job'}
        </span>
        <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide' : 'Show'} before and after<span className="visually-hidden"> of {id}</span>
        </button>
      </div>
      <p className="audit-facts">
        {eventId !== undefined && (
          <Link to="/ops/events/$id" params={{ id: eventId }} className="mono">
            {type ?? eventId}
          </Link>
        )}
        {group !== undefined && <span>{handler === undefined ? group : `${group} / ${handler}`}</span>}
        {tenantId !== undefined && <span>tenant {tenantId}</span>}
        {from !== undefined && <span>from {from}</span>}
      </p>
      {open && <AuditChanges entry={entry} />}
    </li>
  );
}
