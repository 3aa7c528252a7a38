import { getRouteApi, Link } from '@tanstack/react-router';
import { useDocs } from '../../../api/queries/catalog.js';
import { descriptionOf } from '../../../shared/describe-schema.js';
import { standaloneSchema } from '../../../shared/standalone-schema.js';
import { CodeBlock } from '../../../ui/code/code-block.js';
import { Download } from '../../../ui/download.js';
import { NotFound } from '../../../ui/not-found.js';
import { Page, Section } from '../../../ui/page.js';
import { Prose } from '../../../ui/prose.js';
import { EventLinks, SchemaLinks } from '../parts/links.js';
import { SchemaTree } from '../parts/schema-tree.js';

const route = getRouteApi('/schemas/$name');

/** A schema: its fields, its users and its JSON Schema. */
export function Schema() {
  const { name } = route.useParams();
  const { field } = route.useSearch();
  const { catalog } = useDocs();
  const entry = catalog.schemas.get(name);
  if (entry === undefined) return <NotFound what="schema" />;
  const { schema, domain, uses, source } = entry;
  const json = () => JSON.stringify(standaloneSchema(name, catalog), undefined, 2);
  return (
    <Page
      title={name}
      heading={<span className="mono">{name}</span>}
      breadcrumb={{ to: '/schemas', label: 'Schemas' }}
      aside={<Download name={`${name}.json`} kind="application/schema+json" text={json} label="JSON Schema" />}
    >
      <Prose text={descriptionOf(schema)} className="lead" />
      <dl className="facts-list">
        <dt>Used by events</dt>
        <dd>
          <EventLinks types={catalog.eventsUsing(name).map(({ type }) => type)} emptyText="none" />
        </dd>
        <dt>Used by schemas</dt>
        <dd>
          <SchemaLinks names={catalog.schemasUsing(name).map((user) => user.name)} emptyText="none" />
        </dd>
        <dt>Uses</dt>
        <dd>
          <SchemaLinks names={uses} emptyText="none" />
        </dd>
        <dt>Domain</dt>
        <dd>
          {domain === undefined ? (
            'shared'
          ) : (
            <Link to="/domains/$name" params={{ name: domain }}>
              {domain}
            </Link>
          )}
        </dd>
        <dt>Source</dt>
        <dd className="mono">
          {source.file}
          <span className="muted">#{source.pointer}</span>
        </dd>
      </dl>
      <Section title="Fields">
        <SchemaTree name={name} field={field} page={{ to: '/schemas/$name' }} key={name} />
      </Section>
      <Section title="JSON Schema">
        <CodeBlock language="json" code={JSON.stringify(schema, undefined, 2)} label={`schema ${name}`} />
      </Section>
    </Page>
  );
}
