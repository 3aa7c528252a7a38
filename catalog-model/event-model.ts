import type { JsonSchema, JsonValue } from './json.js';

/**
 * The intermediate representation between a catalog and everything that is generated from it: readonly, sorted and
 * JSON-serialisable. The generator assigns all names when it builds the model.
 */
export interface EventModel {
  /** Version of this representation; increased when readers of `catalog.json` must change. */
  readonly modelVersion: 1;
  readonly catalog: CatalogInfo;
  /** Sorted by name. */
  readonly domains: readonly DomainModel[];
  /** Sorted by type. */
  readonly events: readonly EventModelEntry[];
  /** Every schema that a payload or headers use, directly or through other schemas; sorted by name. */
  readonly schemas: readonly SchemaModel[];
  /** Every application that sends or receives an event, sorted by name. */
  readonly services: readonly ServiceModel[];
}

export interface CatalogInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** AsyncAPI version of the document: `3.0.0`. */
  readonly asyncapi: string;
  /** Fields that a publish must set. Absent if they are the default: `tenantId` required, `userId` optional. */
  readonly envelope?: EnvelopeModel;
  /**
   * Hash of domains, events, schemas, services and envelope, without their places, and of the conversions of older versions: 16
   * hexadecimal characters of a SHA-256.
   */
  readonly hash: string;
  /** The hash without older versions and their conversions, which releases record. Absent if no event has older versions. */
  readonly ownHash?: string;
}

/** Fields of the envelope that differ from the default: `tenantId` required, `userId` optional. */
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
  /** The stream of the event: the address of its channel in the catalog. */
  readonly stream: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  /** Name of the payload's schema in `schemas`. */
  readonly payload: string;
  /** Name of its headers' schema in `schemas`. Absent if the catalog does not describe headers. */
  readonly headers?: string;
  /** Media type of the payload. Absent if it is `application/json`. */
  readonly contentType?: string;
  /** Location of the correlation id: `$message.header#/correlationId`. Absent if the catalog does not define it. */
  readonly correlationId?: string;
  /** `x-ordering-key`: JSON pointer to the ordering key in the payload, a required string or integer. Absent if it has none. */
  readonly orderingKey?: string;
  /** `x-partition-by`: what determines the partition of its events. Absent if it is the tenant. */
  readonly partitionBy?: 'ordering-key';
  /**
   * True for a message that is used only as a reply to operations: the SDK has its types, but no publish function, no handler
   * and no entry in `EventTypes`.
   */
  readonly reply: boolean;
  /** Names that are not in the catalog, so that the generator made them from message key and channel; sorted. */
  readonly guessed: readonly Guess[];
  readonly examples: readonly ExampleModel[];
  /** `x-upcast`: how data of the previous major version is converted. Absent if the catalog does not say it. */
  readonly upcast?: UpcastKind;
  /** Older major versions whose events the SDK still reads, oldest first. Absent if there are none. */
  readonly older?: readonly OlderVersionModel[];
  /** Major versions that `x-versions` marks as retired: the SDK refuses their events. Absent if there are none. */
  readonly retired?: readonly RetiredVersionModel[];
  readonly source: SourcePlace;
}

/**
 * How data of the previous major version is converted. `derive`: by the steps that follow from the schemas. `code`: by a
 * written function. `same`: the data means the same as before, so that the derived steps may change nothing.
 */
export type UpcastKind = 'derive' | 'code' | 'same';

/** An older major version of an event, and how its data becomes data of the next major version. */
export interface OlderVersionModel {
  readonly major: number;
  /** The last released version of this major, `major.minor.patch`. */
  readonly version: string;
  /** Name of its payload's schema in `schemas`. */
  readonly payload: string;
  /** Name of the schema of the next version's payload. */
  readonly next: string;
  /** Name of the conversion: `v1ToV2`. */
  readonly step: string;
  readonly upcast: UpcastKind;
  /** The derived conversion, one step for each property of both versions. Absent for `code`. */
  readonly derived?: readonly UpcastStep[];
  /** `x-versions`: the date from which no publisher should use this version, ISO date. */
  readonly sunset?: string;
}

/** What a derived conversion does with one property of the data. */
export type UpcastStep =
  /** Copies the property if the data has it; otherwise sets the default, if there is one. */
  | { readonly do: 'keep'; readonly name: string; readonly default?: JsonValue }
  /** Copies the property `from` of the older data under a new name. */
  | { readonly do: 'rename'; readonly name: string; readonly from: string; readonly default?: JsonValue }
  /** Sets a property that the older version does not have. */
  | { readonly do: 'set'; readonly name: string; readonly value: JsonValue }
  /** The next version does not have the property. */
  | { readonly do: 'drop'; readonly name: string };

/** A major version that is no longer read. */
export interface RetiredVersionModel {
  readonly major: number;
  /** ISO date. */
  readonly retired: string;
}

/** `type`: the message has no usable `name`. `key`: the message key is not a usable TypeScript name. */
export type Guess = 'key' | 'type';

export interface ExampleModel {
  readonly name?: string;
  readonly summary?: string;
  readonly data: JsonValue;
}

/**
 * One named schema: a JSON Schema in the vocabulary of draft 2020-12, for any draft that the catalog uses. Its `$ref`s are
 * `#/$defs/<name>` of other schemas of the model. `x-…` keywords (`x-personal-data`) and annotations are preserved.
 */
export interface SchemaModel {
  /** Unique TypeScript name: `ApprovalDecisionPayload`. An inner schema is named after its path: `ApprovalDecisionPayloadDecision`. */
  readonly name: string;
  /** Domain whose module declares the type. Absent if several domains use the schema: the type is in the shared module. */
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
  /** JSON pointer in that file, `''` for its root. Independent of line numbers. */
  readonly pointer: string;
}

/** The cost of matching a pattern: the parameters of `limited` in `@hyvve-events/runtime/codegen`. */
export interface PatternCost {
  readonly degree: number;
  readonly factor: number;
}

/** The content of `catalog.json`: the model, and the costs of patterns, which readers cannot compute themselves. */
export interface CatalogFile extends EventModel {
  /** Costs of the patterns that are too slow for some texts, by pattern. Absent if there are none. */
  readonly patternCosts?: Readonly<Record<string, PatternCost>>;
}
