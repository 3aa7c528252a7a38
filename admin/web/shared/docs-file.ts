import type { ModelLanguage } from '@hyvve-events/catalog-model';

/** The content of `docs.json`: what the event docs can show in addition to the catalog. */
export interface DocsFile {
  /** `static`: the pages are served without the admin service. */
  readonly mode: 'static' | 'service';
  /** Package that the generated code is imported from. */
  readonly sdk: string;
  /** Whether the AsyncAPI document is available. */
  readonly asyncApi: boolean;
  /** Whether `changes.json` is available. */
  readonly changes: boolean;
  /** Whether `usages.json` is available. */
  readonly usages: boolean;
  /** Languages of which `models/<language>.json` is available. */
  readonly models: readonly ModelLanguage[];
}
