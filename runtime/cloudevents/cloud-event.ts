import type { Envelope } from '../event/envelope.js';

/** The value of an attribute of a CloudEvent in JSON. Numbers are integers of 32 bits. */
export type CloudEventAttributeValue = string | number | boolean;

/** Attributes of a CloudEvent by their names: lower-case ASCII letters and digits. */
export type CloudEventAttributes = Readonly<Record<string, CloudEventAttributeValue>>;

/** A CloudEvent 1.0 in the JSON format (structured mode). */
export interface CloudEvent<Type extends string = string, Data = unknown> {
  /** Version of the CloudEvents specification. */
  readonly specversion: '1.0';
  /** The event's id. */
  readonly id: string;
  /** The service that published the event: a URI reference. */
  readonly source: string;
  /** The event type in the catalog. */
  readonly type: Type;
  /** When the event was published: RFC 3339. */
  readonly time: string;
  /** The media type of `data`: `application/json`, or another type of JSON. */
  readonly datacontenttype: string;
  /** The payload: any JSON value. */
  readonly data: Data;
  /** Version of the event's schema, `major.minor.patch`. */
  readonly dataversion: string;
  /** The tenant (workspace) the event belongs to. */
  readonly tenantid: string;
  /** Joins all events that go back to one cause. */
  readonly correlationid: string;
  /** Id of the event whose handler published this event; absent if no handler published it. */
  readonly causationid?: string;
  /** The ordering key: the CloudEvents extension for partitioning. Absent if the event has none. */
  readonly partitionkey?: string;
  /** The user on whose behalf the event was published, if there was one. */
  readonly userid?: string;
  /** W3C trace context: the CloudEvents extension for distributed tracing. */
  readonly traceparent?: string;
  /** Present only on a replayed delivery. */
  readonly replayjobid?: string;
  /** The service's name, if it is not a URI reference. `source` is then the name in percent-encoding. */
  readonly sourcename?: string;
  /** Further attributes, such as `subject`, `dataschema` and `tracestate`. */
  readonly [attribute: string]: unknown;
}

/** An envelope with the attributes of a CloudEvent that an envelope has no field for. */
export interface CloudEventEnvelope<Type extends string = string, Data = unknown> extends Envelope<Type, Data> {
  /** Such as `subject`, `dataschema`, `tracestate` and other extensions. Absent if there are none. */
  readonly cloudevent?: CloudEventAttributes;
}
