import type { JsonValue } from '@hyvve-events/catalog-model';
import { useQuery } from '@tanstack/react-query';
import { useDocs } from '../../../api/queries/catalog.js';
import { getJson, getText } from '../../../api/request.js';
import { llmsText } from '../../../shared/markdown.js';
import { standaloneSchemas } from '../../../shared/standalone-schema.js';
import { Download } from '../../../ui/download.js';
import { JsonTree } from '../../../ui/json-tree.js';
import { Page, Section } from '../../../ui/page.js';

/** The AsyncAPI document itself, and everything as files. */
export function Document() {
  const { site, catalog } = useDocs();
  const { data, error } = useQuery({
    queryKey: ['asyncapi'],
    queryFn: ({ signal }) => getJson<JsonValue>('asyncapi.json', signal),
    enabled: site.asyncApi,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { model } = catalog;
  const json = (value: unknown) => JSON.stringify(value, undefined, 2);
  return (
    <Page title="AsyncAPI document">
      <p className="lead">
        {model.catalog.title} {model.catalog.version}, written in AsyncAPI {model.catalog.asyncapi}; catalog{' '}
        <code>{model.catalog.hash}</code>.
      </p>
      <Section title="Downloads">
        <div className="downloads">
          {data !== undefined && (
            <>
              <Download
                {...{ name: 'asyncapi.yaml', kind: 'application/yaml', words: 'AsyncAPI, YAML' }}
                text={() => getText('asyncapi.yaml')}
              />
              <Download name="asyncapi.json" kind="application/json" text={() => json(data)} words="AsyncAPI, JSON" />
            </>
          )}
          <Download name="catalog.json" kind="application/json" text={() => json(model)} words="catalog.json" />
          <Download
            name="schemas.json"
            kind="application/json"
            text={() => json(standaloneSchemas(catalog))}
            words="JSON Schemas"
          />
          <Download name="llms.txt" kind="text/plain" text={() => llmsText(catalog)} words="llms.txt" />
        </div>
      </Section>
      <Section title="The document">
        {site.asyncApi ? (
          <>
            {error !== null && <p role="alert">The document could not be loaded: {error.message}.</p>}
            {data !== undefined && <JsonTree value={data} />}
          </>
        ) : (
          <p className="empty">
            It was not given to these pages. <code>--asyncapi</code> (or <code>ADMIN_ASYNCAPI</code>) names its root.
          </p>
        )}
      </Section>
    </Page>
  );
}
