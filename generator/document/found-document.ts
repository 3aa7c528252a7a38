import type { NodeRef } from '../source/document-store.js';

/** What an AsyncAPI document contains, whichever version of AsyncAPI it is written in. The order has no meaning. */
export interface FoundDocument {
  /** As the document says: `3.0.0`. */
  readonly version: string;
  readonly root: NodeRef;
  readonly info: DocumentInfo;
  readonly messages: readonly FoundMessage[];
  readonly roles: readonly FoundRole[];
  /** The applications that the document's `x-services` describes, by name. */
  readonly services: ReadonlyMap<string, FoundService>;
}

export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string | undefined;
}

export interface FoundService {
  readonly title: string | undefined;
  readonly description: string | undefined;
}

/** A message of a channel, with its traits applied in the order that the document's version of AsyncAPI demands. */
export interface FoundMessage {
  readonly key: string;
  /**
   * Where the key comes from. `message`: the document gives the message this key. `reference`: from what the message refers to
   * or is called. `channel`: from its channel or operation, which has no other message.
   */
  readonly keyFrom: 'message' | 'reference' | 'channel';
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  /** `major.minor.patch`. */
  readonly version: string;
  readonly deprecated: boolean;
  readonly tags: readonly string[];
  readonly contentType: string | undefined;
  /** Where the id is that joins messages: `$message.header#/correlationId`. */
  readonly correlationId: string | undefined;
  readonly examples: readonly FoundExample[];
  readonly payload: FoundPayload;
  /** Of the message and of its traits: all of them apply. */
  readonly headers: readonly FoundHeaders[];
  readonly channel: FoundChannel;
  /** The message without its traits. */
  readonly at: NodeRef;
}

export interface FoundExample {
  readonly name: string | undefined;
  readonly summary: string | undefined;
  readonly payload: NodeRef | undefined;
  readonly headers: NodeRef | undefined;
}

export type FoundPayload =
  | { readonly kind: 'schema'; readonly at: NodeRef }
  | { readonly kind: 'missing' }
  /** Written in a language other than JSON Schema. */
  | { readonly kind: 'unsupported'; readonly format: string; readonly at: NodeRef }
  /** Its reference leads nowhere. The problem is reported by the reader of the document. */
  | { readonly kind: 'broken' };

export interface FoundHeaders {
  readonly at: NodeRef;
  readonly from: 'message' | 'trait';
  /** Whether several messages may have them: they are part of a named trait. */
  readonly isShared: boolean;
}

export interface FoundChannel {
  /** Its key in the document. */
  readonly name: string;
  /** Where its messages travel; the key where the document gives no address. */
  readonly address: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly at: NodeRef;
}

/** Which application does what with messages. */
export interface FoundRole {
  readonly service: string;
  readonly action: 'send' | 'receive' | 'reply';
  /** `placeKey`s of the messages, or of their whole channel. */
  readonly places: ReadonlySet<string>;
}
