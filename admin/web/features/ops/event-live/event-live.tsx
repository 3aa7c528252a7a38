import '../records.css';
import '../overview.css';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { consumersOfTypeQuery } from '../../../api/queries/consumers.js';
import { deadLetterCountQuery } from '../../../api/queries/dead-letters.js';
import { lastEventQuery } from '../../../api/queries/events.js';
import { type SignedInUser, useKnownUser } from '../../../api/queries/identity.js';
import { typeSeriesQuery } from '../../../api/queries/statistics.js';
import { formatPercent } from '../../../ui/format-number.js';
import { Section } from '../../../ui/page.js';
import { Time } from '../../../ui/time.js';
import { registeredHandlers } from './registered.js';
import { VersionsLive } from './versions-live.js';

// Only `hyvve-events dev` shows it, and it needs the editor.
const PublishEvent = lazy(() => import('../publish/publish-event.js').then((file) => ({ default: file.PublishEvent })));

/** Live figures of an event type, in its docs: for signed-in users, and only of the token's tenant. */
export function EventLive({ type }: { readonly type: string }) {
  const user = useKnownUser();
  if (user === undefined) return <div className="live-place" />;
  return (
    <>
      <LiveFigures type={type} user={user} />
      {user.tenantId === undefined && <VersionsLive type={type} />}
      {user.publishes && (
        <Suspense fallback={<div className="live-place" />}>
          <PublishEvent
            key={type}
            type={type}
            {...(user.tenantId === undefined ? undefined : { tenantId: user.tenantId })}
          />
        </Suspense>
      )}
    </>
  );
}

function LiveFigures({ type, user }: { readonly type: string; readonly user: SignedInUser }) {
  return (
    <Section
      title="Live"
      id="live"
      note={
        <Link to="/ops/events" search={{ type }}>
          Events of this type
        </Link>
      }
    >
      <dl className="facts-list">
        {user.tenantId === undefined && <Throughput type={type} />}
        <LastSeen type={type} />
        <DeadLetters type={type} />
        {user.tenantId === undefined && <Handlers type={type} />}
      </dl>
    </Section>
  );
}

function Throughput({ type }: { readonly type: string }) {
  const { data } = useQuery(typeSeriesQuery(type));
  const [series] = data?.series ?? [];
  const { published = 0, handled = 0, failed = 0 } = series?.total ?? {};
  const runs = handled + failed;
  const hours = series?.points.map((counts) => counts.published) ?? [];
  const most = Math.max(1, ...hours);
  return (
    <>
      <dt>Published in 24 h</dt>
      <dd>
        {data === undefined ? '…' : published.toLocaleString()}
        <span className="spark" aria-hidden>
          {(data?.at ?? []).map((at, index) => (
            <span key={at} style={{ height: `${((hours[index] ?? 0) / most) * 100}%` }} />
          ))}
        </span>
      </dd>
      <dt>Failed runs</dt>
      <dd>
        {runs === 0 ? 'no handler has run in 24 h' : `${formatPercent(failed / runs)} of ${runs.toLocaleString()}`}
      </dd>
    </>
  );
}

function LastSeen({ type }: { readonly type: string }) {
  const { data } = useQuery(lastEventQuery(type));
  const [last] = data?.events ?? [];
  return (
    <>
      <dt>Last seen</dt>
      <dd>
        {last === undefined ? (
          data === undefined ? (
            '…'
          ) : (
            'no event within the retention'
          )
        ) : (
          <Link to="/ops/events/$id" params={{ id: last.id }}>
            <Time iso={last.writtenAt} />
          </Link>
        )}
      </dd>
    </>
  );
}

function DeadLetters({ type }: { readonly type: string }) {
  const { data } = useQuery(deadLetterCountQuery(type));
  return (
    <>
      <dt>Dead letters</dt>
      <dd>
        {data === undefined || data.total === 0 ? (
          (data?.total ?? '…')
        ) : (
          <Link to="/ops/dead-letters" search={{ type }}>
            {data.total.toLocaleString()}
          </Link>
        )}
      </dd>
    </>
  );
}

function Handlers({ type }: { readonly type: string }) {
  const { data } = useQuery(consumersOfTypeQuery(type));
  const handlers = data === undefined ? undefined : registeredHandlers(data);
  return (
    <>
      <dt>Running handlers</dt>
      <dd>
        {handlers === undefined && '…'}
        {handlers?.length === 0 && 'none: no running process handles it'}
        {handlers !== undefined && handlers.length > 0 && (
          <ul>
            {handlers.map(({ group, handler, pattern, processes }) => (
              <li key={`${group} ${handler}`}>
                {group} / {handler}{' '}
                <span className="muted">
                  <span className="mono">{pattern}</span>, in {processes} {processes === 1 ? 'process' : 'processes'}
                </span>
              </li>
            ))}
          </ul>
        )}
      </dd>
    </>
  );
}
