import type { ChangesFile, EventModel } from '@hyvve-events/catalog-model';
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { type CatalogIndex, indexCatalog } from '../../shared/catalog-index.js';
import type { DocsFile } from '../../shared/docs-file.js';
import { getJson } from '../request.js';

/** The catalog does not change while a page is open. */
const fixed = { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY };

/** The catalog and what is beside it: everything that the docs are made of. */
export interface Docs {
  readonly catalog: CatalogIndex;
  readonly site: DocsFile;
}

/** Reads `docs.json` and `catalog.json`. */
export const docsQuery = queryOptions({
  queryKey: ['docs'],
  queryFn: async ({ signal }): Promise<Docs> => {
    const [site, model] = await Promise.all([
      getJson<DocsFile>('docs.json', signal),
      getJson<EventModel>('catalog.json', signal),
    ]);
    return { site, catalog: indexCatalog(model) };
  },
  ...fixed,
});

/** The docs, for whatever is below the place that waits for them. */
export function useDocs(): Docs {
  return useSuspenseQuery(docsQuery).data;
}

/** What changed from release to release; undefined while it loads and where there is no history. */
export function useChanges(): ChangesFile | undefined {
  const { site } = useDocs();
  return useQuery({
    queryKey: ['changes'],
    queryFn: ({ signal }) => getJson<ChangesFile>('changes.json', signal),
    enabled: site.changes,
    ...fixed,
  }).data;
}
