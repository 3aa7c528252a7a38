import type { ChangesFile, ModelLanguage, ModelsFile, UsagesFile } from '@hyvve-events/catalog-model';
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { type CatalogIndex, indexCatalog } from '../../shared/catalog-index.js';
import type { DocsFile } from '../../shared/docs-file.js';
import { ask } from '../client.js';

/** The catalog does not change while a page is open. */
const fixed = { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY };

/** The data of the docs: the catalog and `docs.json`. */
export interface Docs {
  readonly catalog: CatalogIndex;
  readonly site: DocsFile;
}

/** Reads `docs.json` and `catalog.json`. */
export const docsQuery = queryOptions({
  queryKey: ['docs'],
  queryFn: async ({ signal }): Promise<Docs> => {
    const [site, model] = await Promise.all([ask('GET /docs.json', {}, signal), ask('GET /catalog.json', {}, signal)]);
    return { site, catalog: indexCatalog(model) };
  },
  ...fixed,
});

/** The docs; suspends the component until they are loaded. */
export function useDocs(): Docs {
  return useSuspenseQuery(docsQuery).data;
}

/** What changed from release to release; undefined while it loads and if there is no history. */
export function useChanges(): ChangesFile | undefined {
  const { site } = useDocs();
  return useQuery({
    queryKey: ['changes'],
    queryFn: ({ signal }) => ask('GET /changes.json', {}, signal),
    enabled: site.changes,
    ...fixed,
  }).data;
}

/** Where code publishes and handles the events; undefined while it loads and if it is not known. */
export function useUsages(): UsagesFile | undefined {
  const { site } = useDocs();
  return useQuery({
    queryKey: ['usages'],
    queryFn: ({ signal }) => ask('GET /usages.json', {}, signal),
    enabled: site.usages,
    ...fixed,
  }).data;
}

/** The code of each event in a language; undefined while it loads. */
export function useModels(language: ModelLanguage): ModelsFile | undefined {
  return useQuery({
    queryKey: ['models', language],
    queryFn: ({ signal }) => ask('GET /models/:file', { path: { file: `${language}.json` } }, signal),
    ...fixed,
  }).data;
}

/** The AsyncAPI document in one file. */
export const asyncApiQuery = queryOptions({
  queryKey: ['asyncapi'],
  queryFn: ({ signal }) => ask('GET /asyncapi.json', {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});
