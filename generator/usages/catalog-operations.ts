import type { FoundMessage } from '../document/found-document.js';
import { readDocument } from '../document/read-document.js';
import type { EventModelEntry } from '../model/event-model.js';
import { boundsOf } from '../source/catalog-root.js';
import { DocumentStore, type NodeRef, placeKey, type SourceLocation } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';

/** What a service does with an event. */
export type Action = 'send' | 'receive';

/** An operation of the catalog. */
export interface CatalogOperation {
  readonly service: string;
  readonly action: Action;
  /** The types of its events. */
  readonly types: ReadonlySet<string>;
  readonly place: SourceLocation;
  readonly at: NodeRef;
}

/** The operations of a catalog, and what is needed to write further ones. */
export interface CatalogOperations {
  readonly operations: readonly CatalogOperation[];
  /** The message of each event, by the event's type. */
  readonly messages: ReadonlyMap<string, FoundMessage>;
  /** Services that the catalog describes, whether or not an operation has them. */
  readonly described: ReadonlySet<string>;
  readonly root: NodeRef;
  /** AsyncAPI version of the document. */
  readonly version: string;
  readonly store: DocumentStore;
}

export interface OperationsOptions {
  readonly catalog: string;
  /** Default: as for `generate`. */
  readonly root?: string | undefined;
  readonly events: readonly EventModelEntry[];
  readonly cache: Cache;
}

/** Reads the operations of a catalog without errors. */
export function catalogOperations({ catalog, root, events, cache }: OperationsOptions): CatalogOperations {
  const store = new DocumentStore({ bounds: boundsOf(catalog, root), cache });
  const { value: document } = readDocument(store, catalog);
  const types = new Map<string, string[]>();
  for (const { type, source } of events) {
    const key = `${source.file}#${source.pointer}`;
    types.set(key, [...(types.get(key) ?? []), type]);
  }
  const typesOf = ({ at }: FoundMessage): readonly string[] => {
    const { file, pointer } = store.sourceOf(at);
    return types.get(`${file}#${pointer}`) ?? [];
  };
  const messages = new Map<string, FoundMessage>();
  for (const message of document.messages) for (const type of typesOf(message)) messages.set(type, message);
  const operations = document.roles.flatMap(({ service, action, places, at }): CatalogOperation[] => {
    if (action === 'reply') return [];
    const own = document.messages.filter(
      (each) => places.has(placeKey(each.at)) || places.has(placeKey(each.channel.at)),
    );
    return [{ service, action, types: new Set(own.flatMap(typesOf)), place: store.place(at), at }];
  });
  const { root: rootNode, version } = document;
  return { operations, messages, described: new Set(document.services.keys()), root: rootNode, version, store };
}
