import { getRouteApi, Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';
import { NotFound } from '../../../ui/not-found.js';
import { Page, Section } from '../../../ui/page.js';
import { Prose } from '../../../ui/prose.js';
import { EventList } from '../parts/event-list.js';
import { SchemaLinks, ServiceLinks } from '../parts/links.js';

const route = getRouteApi('/domains/$name');

/** A domain: its events, their senders and receivers, and its generated module. */
export function Domain() {
  const { name } = route.useParams();
  const { catalog, site } = useDocs();
  const domain = catalog.domains.get(name);
  if (domain === undefined) return <NotFound what="domain" />;
  const events = catalog.eventsOf(name);
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  return (
    <Page
      title={domain.title ?? name}
      breadcrumb={{ to: '/', label: 'Domains' }}
      aside={
        <Link to="/map" search={{ domain: name }}>
          On the flow map
        </Link>
      }
    >
      <Prose text={domain.description} className="lead" />
      <dl className="facts-list">
        <dt>Sent by</dt>
        <dd>
          <ServiceLinks names={unique(events.flatMap(({ senders }) => senders))} emptyText="none" />
        </dd>
        <dt>Received by</dt>
        <dd>
          <ServiceLinks names={unique(events.flatMap(({ receivers }) => receivers))} emptyText="none" />
        </dd>
        <dt>Import</dt>
        <dd className="mono">
          {site.sdk}/{domain.fileName}
        </dd>
        <dt>Source</dt>
        <dd className="mono">{domain.source.file}</dd>
      </dl>
      <Section title="Events" note={<span className="muted">{events.length}</span>}>
        <EventList events={events} empty="This domain has no events yet." />
      </Section>
      <Section title="Schemas">
        <SchemaLinks
          names={catalog.model.schemas.filter((schema) => schema.domain === name).map((schema) => schema.name)}
          emptyText="no schemas"
        />
      </Section>
    </Page>
  );
}
