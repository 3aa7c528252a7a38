import { Link } from '@tanstack/react-router';
import { useChanges, useDocs } from '../../../api/queries/catalog.js';
import { Page, Section } from '../../../ui/page.js';
import { Inline, Prose } from '../../../ui/prose.js';
import { ChangeList } from '../parts/change-list.js';

/** The catalog at a glance. */
export function Home() {
  const { catalog } = useDocs();
  const { catalog: info, domains, events, services, schemas } = catalog.model;
  const counts = [
    ['events', events.length, '/events'],
    ['domains', domains.length, undefined],
    ['services', services.length, '/services'],
    ['schemas', schemas.length, '/schemas'],
  ] as const;
  const deprecated = events.filter((event) => event.deprecated).length;
  return (
    <Page title={info.title}>
      <Prose text={info.description} className="lead" />
      <ul className="counts">
        {counts.map(([label, number, to]) => (
          <li key={label}>
            <b>{number}</b> {to === undefined ? label : <Link to={to}>{label}</Link>}
          </li>
        ))}
        {deprecated > 0 && (
          <li>
            <b>{deprecated}</b>{' '}
            <Link to="/events" search={{ tag: 'deprecated' }}>
              deprecated
            </Link>
          </li>
        )}
      </ul>
      <Recent />
      <Section title="Domains">
        <ul className="cards">
          {domains.map(({ name, title, description }) => {
            const own = catalog.eventsOf(name);
            return (
              <li key={name}>
                <h3>
                  <Link to="/domains/$name" params={{ name }}>
                    {title ?? name}
                  </Link>
                  <span>
                    {own.length} {own.length === 1 ? 'event' : 'events'}
                  </span>
                </h3>
                {description !== undefined && (
                  <p>
                    <Inline text={description} />
                  </p>
                )}
                <p className="few">
                  {own.slice(0, 3).map(({ type }) => (
                    <Link key={type} to="/events/$type" params={{ type }}>
                      {type}
                    </Link>
                  ))}
                  {own.length > 3 && <span>and {own.length - 3} more</span>}
                </p>
              </li>
            );
          })}
        </ul>
      </Section>
    </Page>
  );
}

/** Recent changes: those that are not released yet, or those of the last release. */
function Recent() {
  const { site } = useDocs();
  const changes = useChanges();
  if (!site.changes) return null;
  const [last] = changes?.releases ?? [];
  const isUnreleased = (changes?.unreleased.length ?? 0) > 0;
  const events = isUnreleased ? changes?.unreleased : last?.events;
  return (
    <Section
      title={isUnreleased || last === undefined ? 'Recent changes' : `Changes in ${last.version}`}
      note={<Link to="/changes">All changes</Link>}
    >
      <ChangeList events={events?.slice(0, 8) ?? []} empty="No event has changed since the first release." />
    </Section>
  );
}
