/** What the docs read of `catalog.json` (its version 1), of `changes.json` (1) and of `docs.json`. */
export interface CatalogModel {
  readonly modelVersion: number;
  readonly catalog: {
    readonly title: string;
    readonly version: string;
    readonly description?: string;
    readonly asyncapi: string;
    readonly hash: string;
  };
  readonly domains: readonly DomainModel[];
  readonly events: readonly EventModel[];
  readonly schemas: readonly SchemaModel[];
  readonly services: readonly ServiceModel[];
}

export interface DomainModel {
  readonly name: string;
  readonly typeName: string;
  /** Name of the generated module. */
  readonly fileName: string;
  readonly title?: string;
  readonly description?: string;
  readonly source: SourcePlace;
}

export interface EventModel {
  readonly type: string;
  readonly key: string;
  readonly constant: string;
  readonly typeName: string;
  readonly publisher: string;
  readonly handler: string;
  readonly version: string;
  readonly domain: string;
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated: boolean;
  readonly tags: readonly string[];
  readonly stream: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  readonly payload: string;
  readonly headers?: string;
  /** Only ever a reply: it has types, but no publisher and no handler. */
  readonly reply: boolean;
  readonly examples: readonly { readonly name?: string; readonly summary?: string; readonly data: JsonValue }[];
  readonly source: SourcePlace;
}

export interface SchemaModel {
  readonly name: string;
  /** Absent where several domains use it. */
  readonly domain?: string;
  readonly uses: readonly string[];
  readonly schema: JsonSchema;
  readonly source: SourcePlace;
}

export interface ServiceModel {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly sends: readonly string[];
  readonly receives: readonly string[];
}

export interface SourcePlace {
  readonly file: string;
  /** JSON pointer. */
  readonly pointer: string;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type SchemaObject = { readonly [keyword: string]: JsonValue };
export type JsonSchema = boolean | SchemaObject;

/** What changed from release to release. */
export interface ChangesFile {
  readonly changesVersion: number;
  readonly unreleased: readonly EventChange[];
  /** Newest first. */
  readonly releases: readonly {
    readonly version: string;
    /** ISO date. */
    readonly recordedAt: string;
    readonly events: readonly EventChange[];
  }[];
}

export interface EventChange {
  readonly kind: 'added' | 'changed' | 'removed';
  readonly type: string;
  readonly from?: string;
  readonly to?: string;
  readonly impact: string;
  readonly changes: readonly { readonly message: string; readonly path?: string; readonly breaks: readonly string[] }[];
}

/** What stands beside the pages. */
export interface DocsFile {
  /** `static`: there is no service to ask. */
  readonly mode: 'static' | 'service';
  /** Package that the generated code is imported from. */
  readonly sdk: string;
  readonly asyncApi: boolean;
  readonly changes: boolean;
}
