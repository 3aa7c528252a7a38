import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { isUriReference } from '../validation/addresses.js';
import {
  furtherProblem,
  isFurther,
  jsonType,
  nameProblem,
  optionalAttributes,
  Problems,
  textProblem,
  timeProblem,
} from './attributes.js';
import type { CloudEvent, CloudEventAttributes, CloudEventEnvelope } from './cloud-event.js';

/**
 * Converts an envelope to a CloudEvent 1.0 in the JSON format. `fromCloudEvent` returns the same envelope again. Properties that
 * an envelope does not have are left out, except for the attributes in `cloudevent`. An event that was converted from an older
 * version becomes a CloudEvent of the version that its data has now, without `upcastFrom`.
 * @param attributes Further attributes, such as `subject` and `dataschema`. They replace those of `envelope.cloudevent`.
 * @throws EventBusError `CLOUD_EVENT_INVALID` with every value that a CloudEvent cannot contain, such as a tenant with a control
 * character or a timestamp that is not RFC 3339
 */
export function toCloudEvent<Type extends string, Data>(
  envelope: CloudEventEnvelope<Type, Data> | Envelope<Type, Data>,
  attributes?: CloudEventAttributes,
): CloudEvent<Type, Data>;
export function toCloudEvent(envelope: UnknownEvent, attributes?: CloudEventAttributes): CloudEvent;
export function toCloudEvent(
  envelope: CloudEventEnvelope | Envelope | UnknownEvent,
  attributes: CloudEventAttributes = {},
): CloudEvent {
  const problems = new Problems();
  for (const name of ['id', 'type', 'source', 'correlationId', 'tenantId', 'version'] as const) {
    problems.add(name, nameProblem(envelope[name]));
  }
  problems.add('timestamp', timeProblem(envelope.timestamp));
  if (envelope.data === undefined) problems.add('data', 'is missing');
  const { id, type, source, timestamp, correlationId, tenantId, version, replay, data } = envelope;
  const further = { datacontenttype: jsonType, ...(envelope as CloudEventEnvelope).cloudevent, ...attributes };
  for (const [name, value] of Object.entries(further)) {
    const problem = isFurther(name) ? furtherProblem(name, value) : 'is made from a field of the envelope';
    problems.add(`cloudevent.${name}`, problem);
  }
  const optional: Record<string, string> = {};
  for (const [field, attribute] of optionalAttributes) {
    const value = envelope[field];
    // Other publishers write null for an absent field; the runtime removes it when it reads an entry.
    if (value === undefined || value === null) continue;
    problems.add(field, field === 'key' ? nameProblem(value) : textProblem(value));
    optional[attribute] = value;
  }
  if (replay !== undefined && replay !== null) {
    problems.add('replay.jobId', textProblem(replay.jobId));
    optional.replayjobid = replay.jobId;
  }
  problems.throwIfAny('the envelope cannot be converted to a CloudEvent');
  const isReference = isUriReference(source);
  if (!isReference) optional.sourcename = source;
  return {
    specversion: '1.0',
    id,
    source: isReference ? source : encodeURIComponent(source),
    type,
    time: timestamp,
    dataversion: version,
    tenantid: tenantId,
    correlationid: correlationId,
    ...optional,
    ...further,
    data,
  };
}
