import type { EventModelEntry } from '@hyvve-events/catalog-model';
import { Tabs } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ComponentType, Suspense } from 'react';
import { useChanges, useDocs } from '../../../api/queries/catalog.js';
import { useToken } from '../../../api/token.js';
import { handleSample, publishSample } from '../../../shared/code-samples.js';
import { eventMarkdown } from '../../../shared/markdown.js';
import { languageNames } from '../../../shared/model-languages.js';
import { CodeBlock } from '../../../ui/code/code-block.js';
import { Download } from '../../../ui/download.js';
import { NotFound } from '../../../ui/not-found.js';
import { Page, Section } from '../../../ui/page.js';
import { Inline, Prose } from '../../../ui/prose.js';
import { TypeName } from '../../../ui/type-name.js';
import { ChangeList } from '../parts/change-list.js';
import { SchemaLinks, ServiceLinks, TagLinks } from '../parts/links.js';
import { ModelCode } from '../parts/model-code.js';
import { Payload } from '../parts/payload.js';
import { UsagesOfEvent } from '../parts/usages.js';

const route = getRouteApi('/events/$type');

interface EventProps {
  /** Shows the live figures of an event type. A static site has none. */
  readonly live: ComponentType<{ type: string }>;
}

/** The documentation of an event type. */
export function Event({ live: EventLive }: EventProps) {
  const { type } = route.useParams();
  const { field } = route.useSearch();
  const { catalog, site } = useDocs();
  const isSignedIn = useToken() !== undefined;
  const event = catalog.events.get(type);
  if (event === undefined) return <NotFound what="event" />;
  const { summary, description, headers } = event;
  return (
    <Page
      title={type}
      heading={<TypeName type={type} />}
      breadcrumb={{ to: '/events', label: 'Events' }}
      aside={
        <Download
          name={`${type}.md`}
          kind="text/markdown"
          text={() => eventMarkdown(event, catalog, site.sdk)}
          label="Markdown"
        />
      }
    >
      {event.deprecated && (
        <p className="notice warn">
          <b>Deprecated.</b> Do not use it in new code; see the description for a replacement.
        </p>
      )}
      {summary !== undefined && (
        <p className="lead">
          <Inline text={summary} />
        </p>
      )}
      {description !== summary && <Prose text={description} />}
      <Facts event={event} />
      {site.mode === 'service' && isSignedIn && (
        <Suspense fallback={<div className="live-place" />}>
          <EventLive type={type} />
        </Suspense>
      )}
      <Payload event={event} field={field} />
      {headers !== undefined && (
        <p className="muted">
          Schema of the headers:{' '}
          <Link to="/schemas/$name" params={{ name: headers }} className="mono">
            {headers}
          </Link>
        </p>
      )}
      <Code event={event} />
      <UsagesOfEvent event={event} />
      <Examples event={event} />
      <History type={type} />
    </Page>
  );
}

function Facts({ event }: { readonly event: EventModelEntry }) {
  const { domains, schemas } = useDocs().catalog;
  const uses = schemas.get(event.payload)?.uses ?? [];
  return (
    <dl className="facts-list">
      <dt>Sent by</dt>
      <dd>
        <ServiceLinks names={event.senders} emptyText="none in the catalog" />
      </dd>
      <dt>Received by</dt>
      <dd>
        <ServiceLinks names={event.receivers} emptyText="none in the catalog" />
      </dd>
      <dt>Domain</dt>
      <dd>
        <Link to="/domains/$name" params={{ name: event.domain }}>
          {domains.get(event.domain)?.title ?? event.domain}
        </Link>
        {' · '}
        <Link to="/map" search={{ domain: event.domain }}>
          on the flow map
        </Link>
      </dd>
      <dt>Version</dt>
      <dd>
        {event.version}
        {event.older !== undefined && (
          <span className="muted">; also read: {event.older.map(({ version }) => version).join(', ')}</span>
        )}
      </dd>
      {event.orderingKey !== undefined && (
        <>
          <dt>Ordering key</dt>
          <dd>
            <span className="mono">{event.orderingKey}</span>
            {event.partitionBy !== undefined && (
              <span className="muted"> of the data; it determines the partition</span>
            )}
          </dd>
        </>
      )}
      {event.tags.length > 0 && (
        <>
          <dt>Tags</dt>
          <dd>
            <TagLinks tags={event.tags} />
          </dd>
        </>
      )}
      {uses.length > 0 && (
        <>
          <dt>Shared schemas</dt>
          <dd>
            <SchemaLinks names={uses} emptyText="" />
          </dd>
        </>
      )}
      <dt>Stream</dt>
      <dd className="mono">{event.stream}</dd>
      <dt>Source</dt>
      <dd className="mono">
        {event.source.file}
        <span className="muted">#{event.source.pointer}</span>
      </dd>
    </dl>
  );
}

function Code({ event }: { readonly event: EventModelEntry }) {
  const { catalog, site } = useDocs();
  const domain = catalog.domains.get(event.domain);
  if (domain === undefined) return null;
  if (event.reply) {
    return (
      <Section title="In code">
        <p className="empty">
          This event is only the reply to an operation: its types are generated, but no publish function.
        </p>
      </Section>
    );
  }
  return (
    <Section title="In code">
      <Tabs defaultValue="publish" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="publish">Publish</Tabs.Tab>
          <Tabs.Tab value="handle">Handle</Tabs.Tab>
          {site.models.map((language) => (
            <Tabs.Tab key={language} value={language}>
              {languageNames[language]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="publish">
          <CodeBlock
            language="typescript"
            code={publishSample(event, domain, site.sdk)}
            label={`code that publishes ${event.key}`}
          />
        </Tabs.Panel>
        <Tabs.Panel value="handle">
          <CodeBlock
            language="typescript"
            code={handleSample(event, domain, site.sdk)}
            label={`code that handles ${event.key}`}
          />
        </Tabs.Panel>
        {site.models.map((language) => (
          <Tabs.Panel key={language} value={language}>
            <ModelCode event={event} language={language} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Section>
  );
}

function Examples({ event }: { readonly event: EventModelEntry }) {
  if (event.examples.length === 0) return null;
  return (
    <Section title={event.examples.length === 1 ? 'Example' : 'Examples'}>
      {numbered(event.examples).map(({ number, item: { name, summary, data } }) => (
        <div key={number}>
          {summary !== undefined && summary !== event.summary && <p>{summary}</p>}
          <CodeBlock language="json" code={JSON.stringify(data, undefined, 2)} label={name ?? `example ${number}`} />
        </div>
      ))}
    </Section>
  );
}

/** Numbers examples for their keys, because their names may be missing or equal. */
function numbered<Item>(items: readonly Item[]): readonly { readonly number: number; readonly item: Item }[] {
  return items.map((item, index) => ({ number: index + 1, item }));
}

function History({ type }: { readonly type: string }) {
  const changes = useChanges();
  if (changes === undefined) return null;
  const releases = [{ version: 'Not released yet', events: changes.unreleased }, ...changes.releases]
    .map(({ version, events }) => ({ version, events: events.filter((event) => event.type === type) }))
    .filter(({ events }) => events.length > 0);
  return (
    <Section title="History" note={<Link to="/changes">All changes</Link>}>
      {releases.length === 0 && <p className="empty">No changes since the first release.</p>}
      {releases.map(({ version, events }) => (
        <div key={version}>
          <h3>{version}</h3>
          <ChangeList events={events} empty="" />
        </div>
      ))}
    </Section>
  );
}
