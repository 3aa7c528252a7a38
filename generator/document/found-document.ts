import type { UpcastKind } from '../model/event-model.js';
import type { NodeRef } from '../source/document-store.js';

/** The content of an AsyncAPI document, independent of its AsyncAPI version. The order of lists has no meaning. */
export interface FoundDocument {
  /** AsyncAPI version of the document: `3.0.0`. */
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
   * Source of the key. `message`: the key in the document. `reference`: the target of a reference, or a name or title.
   * `channel`: the channel or operation, which has no other message.
   */
  readonly keyFrom: 'message' | 'reference' | 'channel';
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  /** `major.minor.patch`. */
  readonly version: string;
  /** `x-upcast`. */
  readonly upcast: FoundUpcast | undefined;
  /** `x-ordering-key` and `x-partition-by`. */
  readonly ordering: FoundOrdering | undefined;
  /** The entries of `x-versions`, in ascending order of their majors. */
  readonly versions: readonly FoundVersion[];
  readonly deprecated: boolean;
  readonly tags: readonly string[];
  readonly contentType: string | undefined;
  /** Location of the correlation id: `$message.header#/correlationId`. */
  readonly correlationId: string | undefined;
  readonly examples: readonly FoundExample[];
  readonly payload: FoundPayload;
  /** Headers of the message and of its traits; all of them apply. */
  readonly headers: readonly FoundHeaders[];
  readonly channel: FoundChannel;
  /** The message without its traits. */
  readonly at: NodeRef;
}

/** The word of `x-upcast`. */
export interface FoundUpcast {
  readonly kind: UpcastKind;
  /** Whether the catalog says for which major version it is: a word alone may have stayed from the version before. */
  readonly namesMajor: boolean;
}

/** The ordering key of a message. */
export interface FoundOrdering {
  /** JSON pointer to it in the payload. */
  readonly key: string;
  /** Whether it also determines the partition. */
  readonly isPartition: boolean;
}

/** An entry of `x-versions`: an older major version of an event. */
export interface FoundVersion {
  readonly major: number;
  /** ISO date. */
  readonly sunset: string | undefined;
  /** ISO date. */
  readonly retired: string | undefined;
  /** Its schema, if the history does not have it. */
  readonly payload: NodeRef | undefined;
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
  /** Not a JSON Schema. */
  | { readonly kind: 'unsupported'; readonly format: string; readonly at: NodeRef }
  /** Its reference cannot be resolved. The reader of the document has reported the problem. */
  | { readonly kind: 'broken' };

export interface FoundHeaders {
  readonly at: NodeRef;
  readonly from: 'message' | 'trait';
  /** Whether several messages may have them, because they are part of a named trait. */
  readonly isShared: boolean;
}

export interface FoundChannel {
  /** Its key in the document. */
  readonly name: string;
  /** The address in the document, otherwise the key. */
  readonly address: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly at: NodeRef;
}

/** An application and the messages that it sends or receives. */
export interface FoundRole {
  readonly service: string;
  readonly action: 'send' | 'receive' | 'reply';
  /** `placeKey`s of the messages, or of their whole channel. */
  readonly places: ReadonlySet<string>;
  /** The operation. */
  readonly at: NodeRef;
}
