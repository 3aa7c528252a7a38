import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { DeadLetter } from '../../../../answers.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { Fact } from '../../../ui/fact.js';
import { Time } from '../../../ui/time.js';
import { EventVersion } from '../events/event-version.js';
import { LineList } from '../events/line-list.js';
import { StoredEvent } from '../events/stored-event.js';
import { versionOf } from './editable.js';

/** All details of a dead letter. */
export function DeadLetterDetail({ letter }: { readonly letter: DeadLetter }) {
  const { error, attemptLog, envelope, raw } = letter;
  return (
    <>
      <Part title="Error">
        <div className="error-text">
          <b>{error.name}</b>
          {error.code !== undefined && <code>{error.code}</code>} {error.message}
          {error.stack !== undefined && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
            <pre tabIndex={0}>{error.stack}</pre>
          )}
        </div>
      </Part>
      <Facts letter={letter} />
      <Part title="Log">
        {attemptLog.length === 0 ? (
          <p className="empty">No log entries, or the index is not available.</p>
        ) : (
          <LineList lines={attemptLog} />
        )}
      </Part>
      <Part title={raw === undefined ? 'Envelope' : 'Content of the entry'}>
        {raw !== undefined && <pre className="raw">{raw}</pre>}
        {envelope !== undefined && <StoredEvent type={letter.type} envelope={envelope} received={letter.received} />}
        {raw === undefined && envelope === undefined && (
          <p className="empty">
            The entry is not a valid envelope and may contain personal data. Only owners can see it.
          </p>
        )}
      </Part>
    </>
  );
}

function Facts({ letter }: { readonly letter: DeadLetter }) {
  const { events } = useDocs().catalog;
  const { type, eventId, correlationId, tenantId, firstFailedAt, lastFailedAt, replayJobId, others } = letter;
  const version = versionOf(letter);
  return (
    <dl className="facts-list">
      {events.has(type) && (
        <Fact name="Docs">
          <Link to="/events/$type" params={{ type }}>
            Docs of {type}
          </Link>
        </Fact>
      )}
      {eventId !== '' && (
        <Fact name="Event">
          <Link to="/ops/events/$id" params={{ id: eventId }} className="mono">
            {eventId}
          </Link>
        </Fact>
      )}
      {correlationId !== '' && (
        <Fact name="Trace">
          <Link to="/ops/traces/$correlationId" params={{ correlationId }} className="mono">
            {correlationId}
          </Link>
        </Fact>
      )}
      {version !== undefined && (
        <Fact name="Version">
          <EventVersion type={type} version={version} />
        </Fact>
      )}
      {tenantId !== '' && <Fact name="Tenant">{tenantId}</Fact>}
      <Fact name="First failed">
        <Time iso={firstFailedAt} />
      </Fact>
      <Fact name="Last failed">
        <Time iso={lastFailedAt} />
      </Fact>
      {replayJobId !== undefined && (
        <Fact name="Replay">
          <Link to="/ops/replays" className="mono">
            {replayJobId}
          </Link>
        </Fact>
      )}
      {others.length > 0 && (
        <Fact name="Other handlers">
          {others.length === 1 ? 'one more handler' : `${others.length} more handlers`} failed with this event:{' '}
          {others.map((id) => (
            <Link key={id} to="/ops/dead-letters" search={{ eventId, open: id }} className="mono">
              {id}{' '}
            </Link>
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="letter-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
