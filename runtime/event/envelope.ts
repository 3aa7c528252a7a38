/** What every event travels in. One envelope is one entry of the event stream, as JSON. */
export interface Envelope<Type extends string = string, Data = unknown> {
  /** Unique id of the event, of cuid2's form: 24 characters `a-z0-9`, the first a letter. */
  readonly id: string;
  /** The event's type as the catalog names it, such as `approval.item.approved`. */
  readonly type: Type;
  /** The service that emitted the event. */
  readonly source: string;
  /** When the event was published: ISO 8601, UTC, milliseconds. */
  readonly timestamp: string;
  /** Joins everything that one cause set off. The event's own id where the publisher gave none. */
  readonly correlationId: string;
  /** Id of the event whose handler published this one; absent on a first cause. */
  readonly causationId?: string;
  /** The tenant (workspace) the event belongs to. */
  readonly tenantId: string;
  /** The user on whose behalf the event was published, where there was one. */
  readonly userId?: string;
  /** Version of the event's schema, `major.minor.patch`. */
  readonly version: string;
  /** The payload, as the catalog's schema for `type` describes it. */
  readonly data: Data;
  /** Present only on a replayed delivery. Never inside `data`, which must stay valid. */
  readonly replay?: ReplayMark;
  /** W3C trace context of the publisher, where telemetry is on. */
  readonly traceparent?: string;
  /** Absent on every event of the catalog: tells those apart from an {@link UnknownEvent}. */
  readonly unknown?: never;
}

/** Says which replay a delivery belongs to. */
export interface ReplayMark {
  readonly jobId: string;
}

/**
 * An event of a type that the running SDK does not know, as a pattern handler meets it during a rolling deploy. Its data
 * was checked by nobody. Narrow with `if (event.unknown) …` before you look at `event.type`.
 */
export interface UnknownEvent extends Omit<Envelope<string, unknown>, 'unknown'> {
  readonly unknown: true;
}
