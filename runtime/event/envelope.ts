/** The envelope of an event. Each entry of the event stream contains one envelope as JSON. */
export interface Envelope<Type extends string = string, Data = unknown> {
  /** Unique id of the event in the format of cuid2: 24 characters `a-z0-9`, the first a letter. */
  readonly id: string;
  /** The event type in the catalog, such as `approval.item.approved`. */
  readonly type: Type;
  /** The service that published the event. */
  readonly source: string;
  /** When the event was published: ISO 8601, UTC, milliseconds. */
  readonly timestamp: string;
  /** Joins all events that go back to one cause. Default: the event's own id. */
  readonly correlationId: string;
  /** Id of the event whose handler published this event; absent if no handler published it. */
  readonly causationId?: string;
  /** The tenant (workspace) the event belongs to. */
  readonly tenantId: string;
  /**
   * The ordering key, such as the id of an account: with `order: 'key'`, a handler gets the events of one tenant and key one after
   * another. Absent if the event has none: its key is then the tenant.
   */
  readonly key?: string;
  /** The user on whose behalf the event was published, if there was one. */
  readonly userId?: string;
  /** Version of the event's schema, `major.minor.patch`. */
  readonly version: string;
  /**
   * The version under which the event was published, if its data was converted from an older major version. `version` is then
   * the version of this build. Never stored.
   */
  readonly upcastFrom?: string;
  /** The payload, as the catalog's schema for `type` describes it. */
  readonly data: Data;
  /** Present only on a replayed delivery. Never inside `data`, which must stay valid. */
  readonly replay?: ReplayMark;
  /** W3C trace context of the publisher; absent if it does not trace. */
  readonly traceparent?: string;
  /** Absent on every event of the catalog: distinguishes it from an {@link UnknownEvent}. */
  readonly unknown?: never;
}

/** Identifies the replay of a delivery. */
export interface ReplayMark {
  readonly jobId: string;
}

/**
 * An event of a type that the running SDK does not know; a pattern handler can get one during a rolling deployment. Its data
 * is not validated. Narrow with `if (event.unknown) …` before you read `event.type`.
 */
export interface UnknownEvent extends Omit<Envelope<string, unknown>, 'unknown'> {
  readonly unknown: true;
}
