import { getRouteApi, Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';
import { NotFound } from '../../../ui/not-found.js';
import { Page, Section } from '../../../ui/page.js';
import { Prose } from '../../../ui/prose.js';
import { EventList } from '../parts/event-list.js';
import { UsagesOfService } from '../parts/usages.js';

const route = getRouteApi('/services/$name');

/** A service with the events that it sends and receives. */
export function Service() {
  const { name } = route.useParams();
  const { events, services } = useDocs().catalog;
  const service = services.get(name);
  if (service === undefined) return <NotFound what="service" />;
  const { title, description, sends, receives } = service;
  const of = (types: readonly string[]) => types.flatMap((type) => events.get(type) ?? []);
  return (
    <Page
      title={title ?? name}
      breadcrumb={{ to: '/services', label: 'Services' }}
      aside={
        <Link to="/map" search={{ service: name }}>
          On the flow map
        </Link>
      }
    >
      <Prose text={description} className="lead" />
      <Section title="Sends" note={<span className="muted">{sends.length}</span>}>
        <EventList events={of(sends)} empty="This service sends no events." />
      </Section>
      <Section title="Receives" note={<span className="muted">{receives.length}</span>}>
        <EventList events={of(receives)} empty="This service receives no events." />
      </Section>
      <UsagesOfService name={name} />
    </Page>
  );
}
