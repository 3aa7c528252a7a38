/** Conversions between envelopes and CloudEvents 1.0. */
export type {
  CloudEvent,
  CloudEventAttributes,
  CloudEventAttributeValue,
  CloudEventEnvelope,
} from './cloudevents/cloud-event.js';
export { type CloudEventDefaults, fromCloudEvent } from './cloudevents/from-cloud-event.js';
export { toCloudEvent } from './cloudevents/to-cloud-event.js';
export type { Envelope, ReplayMark, UnknownEvent } from './event/envelope.js';
