import '../records.css';
import { CopyButton, Skeleton, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { EventSummary, WholeEvent } from '../../../../answers.js';
import { useDocs } from '../../../api/queries/catalog.js';
import { eventQuery } from '../../../api/queries/events.js';
import { Fact } from '../../../ui/fact.js';
import { Page, Section } from '../../../ui/page.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { StatusBadge } from '../../../ui/status-badge.js';
import { Time } from '../../../ui/time.js';
import { DeliveryList } from '../events/delivery-list.js';
import { EventVersion } from '../events/event-version.js';
import { LineList } from '../events/line-list.js';
import { ReplayedList } from '../events/replayed-list.js';
import { StoredEvent } from '../events/stored-event.js';

const route = getRouteApi('/ops/events/$id');

/** One event: its content, its delivery status and its log entries. */
export function OpsEvent() {
  const { id } = route.useParams();
  const found = useQuery(eventQuery(id));
  const { data: whole, error } = found;
  const title = whole?.event.type ?? 'Event';
  return (
    <Page
      title={title}
      heading={whole === undefined ? undefined : <span className="mono">{title}</span>}
      breadcrumb={{ to: '/ops/events', label: 'Events' }}
      aside={whole !== undefined && <StatusBadge status={whole.event.status} />}
    >
      <QueryProblem query={found} />
      {whole === undefined && error === null && <Skeleton height={420} aria-busy />}
      {whole !== undefined && <Whole whole={whole} />}
    </Page>
  );
}

function Whole({ whole }: { readonly whole: WholeEvent }) {
  const { event, envelope, attempts } = whole;
  const own = attempts.filter(({ replayJobId }) => replayJobId === undefined);
  return (
    <>
      {!event.valid && (
        <p className="notice warn">The entry is not a valid envelope. It was not delivered to any handler.</p>
      )}
      <Facts event={event} orderingKey={keyOf(envelope)} />
      <Section title="Delivery status">
        <DeliveryList whole={whole} />
      </Section>
      <Section title="Log">
        {own.length === 0 ? (
          <p className="empty">No entries. Success in the first run is not logged.</p>
        ) : (
          <LineList lines={own} />
        )}
      </Section>
      <Section
        title="Replays"
        note={
          <Link
            to="/ops/replays"
            search={{ from: event.writtenAt, to: event.writtenAt, type: event.type, tenantId: event.tenantId }}
          >
            Replay this event
          </Link>
        }
      >
        <ReplayedList whole={whole} />
      </Section>
      <Section title="Envelope">
        {envelope === undefined ? (
          <p className="empty">The stream no longer contains this event: it is older than the retention.</p>
        ) : (
          <StoredEvent type={event.type} envelope={envelope} received={whole.received} />
        )}
      </Section>
    </>
  );
}

/** The ordering key in an envelope, if it is one. */
function keyOf(envelope: unknown): string | undefined {
  if (typeof envelope !== 'object' || envelope === null || !('key' in envelope)) return undefined;
  return typeof envelope.key === 'string' ? envelope.key : undefined;
}

interface FactsProps {
  readonly event: EventSummary;
  /** Undefined if the event has none. */
  readonly orderingKey: string | undefined;
}

function Facts({ event, orderingKey }: FactsProps) {
  const { events } = useDocs().catalog;
  const { id, type, source, tenantId, correlationId, causationId, version, publishedAt, writtenAt, streamId } = event;
  return (
    <>
      <ul className="ways">
        {events.has(type) && (
          <li>
            <Link to="/events/$type" params={{ type }} className="chip">
              Docs
            </Link>
          </li>
        )}
        <li>
          <Link to="/ops/traces/$correlationId" params={{ correlationId }} className="chip">
            Trace
          </Link>
        </li>
        {event.deliveries.some(({ status }) => status === 'DLQ') && (
          <li>
            <Link to="/ops/dead-letters" search={{ eventId: id }} className="chip">
              Dead letters
            </Link>
          </li>
        )}
      </ul>
      <dl className="facts-list">
        <Fact name="Id">
          <Copied text={id} />
        </Fact>
        <Fact name="Source">{source}</Fact>
        <Fact name="Tenant">{tenantId}</Fact>
        {orderingKey !== undefined && (
          <Fact name="Ordering key">
            <Copied text={orderingKey} />
          </Fact>
        )}
        <Fact name="Correlation id">
          <Copied text={correlationId} />
        </Fact>
        {causationId !== undefined && (
          <Fact name="Caused by">
            <Link to="/ops/events/$id" params={{ id: causationId }} className="mono">
              {causationId}
            </Link>
          </Fact>
        )}
        {publishedAt !== undefined && (
          <Fact name="Published">
            <Time iso={publishedAt} />
          </Fact>
        )}
        <Fact name="Written">
          <Time iso={writtenAt} />
        </Fact>
        <Fact name="Version">
          <EventVersion type={type} version={version} />
        </Fact>
        <Fact name="Size">{event.bytes.toLocaleString()} bytes</Fact>
        <Fact name="Entry">
          {streamId === undefined ? 'none: created from an edited dead letter' : <Copied text={streamId} />}
        </Fact>
      </dl>
    </>
  );
}

function Copied({ text }: { readonly text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <>
          <span className="mono">{text}</span>{' '}
          <UnstyledButton className="fold" onClick={copy} aria-label={`Copy ${text}`}>
            {copied ? 'copied' : 'copy'}
          </UnstyledButton>
        </>
      )}
    </CopyButton>
  );
}
