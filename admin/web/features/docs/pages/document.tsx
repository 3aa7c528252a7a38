import { useQuery } from '@tanstack/react-query';
import { askText } from '../../../api/client.js';
import { asyncApiQuery, useDocs } from '../../../api/queries/catalog.js';
import { llmsText } from '../../../shared/markdown.js';
import { standaloneSchemas } from '../../../shared/standalone-schema.js';
import { Download } from '../../../ui/download.js';
import { JsonTree } from '../../../ui/json-tree.js';
import { Page, Section } from '../../../ui/page.js';

/** The AsyncAPI document, and downloads of the catalog and its schemas. */
export function Document() {
  const { site, catalog } = useDocs();
  const { data, error } = useQuery({ ...asyncApiQuery, enabled: site.asyncApi });
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
                name="asyncapi.yaml"
                kind="application/yaml"
                text={() => askText('GET /asyncapi.yaml', {})}
                label="AsyncAPI, YAML"
              />
              <Download name="asyncapi.json" kind="application/json" text={() => json(data)} label="AsyncAPI, JSON" />
            </>
          )}
          <Download name="catalog.json" kind="application/json" text={() => json(model)} label="catalog.json" />
          <Download
            name="schemas.json"
            kind="application/json"
            text={() => json(standaloneSchemas(catalog))}
            label="JSON Schemas"
          />
          <Download name="llms.txt" kind="text/plain" text={() => llmsText(catalog)} label="llms.txt" />
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
            The document is not available. Set its root file with <code>--asyncapi</code> or <code>ADMIN_ASYNCAPI</code>
            .
          </p>
        )}
      </Section>
    </Page>
  );
}
