import type { JsonSchema, JsonValue } from './json.js';

/**
 * The intermediate representation between a catalog and everything that is generated from it: readonly, sorted and
 * JSON-serialisable. Names are decided when the generator builds it, nowhere else.
 */
export interface EventModel {
  /** Version of this representation; increased when readers of `catalog.json` must change. */
  readonly modelVersion: 1;
  readonly catalog: CatalogInfo;
  /** Sorted by name. */
  readonly domains: readonly DomainModel[];
  /** Sorted by type. */
  readonly events: readonly EventModelEntry[];
  /** Every schema that a payload or headers reach, sorted by name. */
  readonly schemas: readonly SchemaModel[];
  /** Every application that sends or receives, sorted by name. */
  readonly services: readonly ServiceModel[];
}

export interface CatalogInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Version of the AsyncAPI specification the document is written in. */
  readonly asyncapi: string;
  /** Which fields a publish must set. Absent if they are the default: a tenant is required, a user is optional. */
  readonly envelope?: EnvelopeModel;
  /** SHA-256 (hex, 16 characters) over everything below that changes what is emitted. */
  readonly hash: string;
}

/** Fields of the envelope that are other than by default: `tenantId` required, `userId` optional. */
export interface EnvelopeModel {
  readonly tenantId?: 'optional';
  readonly userId?: 'required';
}

export interface DomainModel {
  /** As in the event types: `approval`. */
  readonly name: string;
  /** For TypeScript names: `Approval`. */
  readonly typeName: string;
  /** Name of the generated module without extension: `approval`. */
  readonly fileName: string;
  readonly title?: string;
  readonly description?: string;
  /** The catalog's file that declares it, relative to the root document's folder. */
  readonly source: SourcePlace;
}

/** One event of the catalog. */
export interface EventModelEntry {
  /** `approval.item.approved`. */
  readonly type: string;
  /** The catalog's message key: `ApprovalApproved`. Names the TypeScript constant and, with `publish`, the publisher. */
  readonly key: string;
  /** `APPROVAL_APPROVED`, in `EventTypes`. */
  readonly constant: string;
  /** `ApprovalApprovedEvent`: the envelope's type. */
  readonly typeName: string;
  /** `publishApprovalApproved`. */
  readonly publisher: string;
  /** `onApprovalApproved`. */
  readonly handler: string;
  /** Schema version, `major.minor.patch`. */
  readonly version: string;
  /** Name of its domain. */
  readonly domain: string;
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated: boolean;
  readonly tags: readonly string[];
  /** The channel's address in the catalog: which stream it travels on. */
  readonly stream: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  /** Name of the payload's schema in `schemas`. */
  readonly payload: string;
  /** Name of the schema of its headers in `schemas`, where the catalog describes them. */
  readonly headers?: string;
  /** Media type of the payload, where it is not `application/json`. */
  readonly contentType?: string;
  /** Where the catalog says that the correlation id is: `$message.header#/correlationId`. */
  readonly correlationId?: string;
  /**
   * True for a message that is only ever the reply to an operation: its types are emitted, but no publisher, no handler
   * and no entry in `EventTypes`.
   */
  readonly reply: boolean;
  /** Names that the catalog does not state, so that the generator derived them from message key and channel; sorted. */
  readonly guessed: readonly Guess[];
  readonly examples: readonly ExampleModel[];
  readonly source: SourcePlace;
}

/** `type`: the message has no usable `name`. `key`: the message key is not a usable TypeScript name. */
export type Guess = 'key' | 'type';

export interface ExampleModel {
  readonly name?: string;
  readonly summary?: string;
  readonly data: JsonValue;
}

/**
 * One named schema: a JSON Schema in the vocabulary of draft 2020-12, whichever draft the catalog wrote it in, whose `$ref`s
 * are `#/$defs/<name>` of other schemas here. `x-…` keywords and annotations stay (`x-personal-data`).
 */
export interface SchemaModel {
  /** Unique TypeScript name: `ApprovalDecisionPayload`, or from its path for an inner one: `ApprovalDecisionPayloadDecision`. */
  readonly name: string;
  /** Domain whose module declares the type; absent when schemas of several domains use it (it is in the shared module). */
  readonly domain?: string;
  /** Names of the schemas it refers to, sorted. */
  readonly uses: readonly string[];
  readonly schema: JsonSchema;
  readonly source: SourcePlace;
}

export interface ServiceModel {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Types of the events it sends, sorted. */
  readonly sends: readonly string[];
  /** Types of the events it receives, sorted. */
  readonly receives: readonly string[];
}

/** A place in the catalog. */
export interface SourcePlace {
  /** Path relative to the working directory, with `/`. */
  readonly file: string;
  /** JSON pointer in that file, `''` for its root. Does not change when something is added above. */
  readonly pointer: string;
}

/** What matching a pattern costs: the parameters of `limited` in `@hyvve-events/runtime/codegen`. */
export interface PatternCost {
  readonly degree: number;
  readonly factor: number;
}

/** The content of `catalog.json`: the model, and what its readers cannot compute themselves. */
export interface CatalogFile extends EventModel {
  /** Costs of the patterns that must not be run on every text, by pattern. Absent if there are none. */
  readonly patternCosts?: Readonly<Record<string, PatternCost>>;
}
