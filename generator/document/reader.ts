import { isDeepStrictEqual } from 'node:util';
import { type DocumentStore, fieldsOf, type NodeRef, placeKey, refOf } from '../source/document-store.js';
import type { Attempt } from '../support/problems.js';
import type { FoundChannel } from './found-document.js';

/** Context of the functions that read a document. */
export interface Reader {
  readonly store: DocumentStore;
  readonly root: NodeRef;
  readonly attempt: Attempt;
  /** The application that the document describes; used for operations without `x-service`. */
  readonly service: string;
  /** Whether fields of traits override fields of the message, as in AsyncAPI 2. */
  readonly traitsWin: boolean;
}

/** Every entry of a mapping, with references followed. Entries with broken references are omitted. */
export function entries(
  { store, attempt }: Reader,
  map: NodeRef | undefined,
): { readonly name: string; readonly at: NodeRef; readonly raw: NodeRef }[] {
  if (map === undefined) return [];
  return Object.keys(fieldsOf(map.value)).flatMap((name) => {
    const raw = store.child(map, name);
    const at = raw && attempt(() => store.follow(raw));
    return raw === undefined || at === undefined ? [] : [{ name, at, raw }];
  });
}

/** Every item of a list, with references followed. Items with broken references are omitted. */
export function items({ store, attempt }: Reader, list: NodeRef | undefined): NodeRef[] {
  if (list === undefined || !Array.isArray(list.value)) return [];
  return [...list.value.keys()].flatMap((index) => {
    const item = store.child(list, String(index));
    const at = item && attempt(() => store.follow(item));
    return at === undefined ? [] : [at];
  });
}

/** A non-empty string; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Makes a channel. @param address Its address in the document; if it is not a string, the name is used. */
export function channelAt(name: string, at: NodeRef, address: unknown): FoundChannel {
  const { title, description } = fieldsOf(at.value);
  return {
    name,
    address: typeof address === 'string' ? address : name,
    title: textOf(title),
    description: textOf(description),
    at,
  };
}

/** The name of the component that a message refers to. */
export function componentName(raw: NodeRef): string | undefined {
  return /\/components\/messages\/([^/]+)$/.exec(refOf(raw.value) ?? '')?.[1];
}

/**
 * Bundlers replace a reference by a copy of its target. Returns the value of the document that equals the copy.
 * @param known Possible targets.
 */
export function originalOf(at: NodeRef, known: ReadonlyMap<string, NodeRef>): NodeRef {
  if (known.has(placeKey(at))) return at;
  return [...known.values()].find((each) => isDeepStrictEqual(each.value, at.value)) ?? at;
}

export function byPlace(values: readonly NodeRef[]): ReadonlyMap<string, NodeRef> {
  return new Map(values.map((at) => [placeKey(at), at]));
}
