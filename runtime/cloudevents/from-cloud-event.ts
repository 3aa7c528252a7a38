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
import type { CloudEventAttributeValue, CloudEventEnvelope } from './cloud-event.js';

/** Values for attributes that CloudEvents of other systems do not have. */
export interface CloudEventDefaults {
  /** The tenant of an event without `tenantid`. Default: such an event is refused. */
  readonly tenantId?: string;
  /** The version of an event without `dataversion`. Default: such an event is refused. */
  readonly version?: string;
}

/**
 * Converts a CloudEvent 1.0 in the JSON format, parsed, or an instance of the class of the package `cloudevents`, to an envelope.
 * Attributes that an envelope has no field for are in `cloudevent`, from which `toCloudEvent` writes them again. Without
 * `correlationid` the correlation id is the event's id; without `time` the timestamp is the present time. The data is not validated.
 * @throws EventBusError `CLOUD_EVENT_INVALID` with the name of every attribute that is missing, is invalid or that an envelope
 * cannot represent, such as data that is not JSON
 */
export function fromCloudEvent(event: unknown, defaults: CloudEventDefaults = {}): CloudEventEnvelope {
  const problems = new Problems();
  const what = 'the CloudEvent cannot be converted to an envelope';
  if (typeof event !== 'object' || event === null || Array.isArray(event)) problems.add('', 'must be an object');
  problems.throwIfAny(what);
  const attributes = presentAttributes(event as Readonly<Record<string, unknown>>);
  const { specversion, id, type, time, dataversion, tenantid, correlationid, replayjobid } = attributes;
  if (specversion !== '1.0') problems.add('specversion', 'must be "1.0"');
  const source = sourceOf(attributes, problems);
  if (time !== undefined) problems.add('time', timeProblem(time));
  const { data } = event as { readonly data?: unknown };
  if (attributes.data_base64 !== undefined) problems.add('data_base64', 'is binary data: data must be JSON');
  else if (data === undefined) problems.add('data', 'is missing');
  const version = dataversion ?? defaults.version;
  const tenantId = tenantid ?? defaults.tenantId;
  const correlationId = correlationid ?? id;
  problems.add('id', nameProblem(id));
  problems.add('type', nameProblem(type));
  problems.add('dataversion', nameProblem(version));
  problems.add('tenantid', nameProblem(tenantId));
  if (correlationid !== undefined) problems.add('correlationid', nameProblem(correlationid));
  if (replayjobid !== undefined) problems.add('replayjobid', textProblem(replayjobid));
  const optional: Record<string, unknown> = {};
  for (const [field, attribute] of optionalAttributes) {
    const value = attributes[attribute];
    if (value === undefined) continue;
    problems.add(attribute, field === 'key' ? nameProblem(value) : textProblem(value));
    optional[field] = value;
  }
  if (replayjobid !== undefined) optional.replay = { jobId: replayjobid };
  const further = furtherAttributes(attributes, problems);
  problems.throwIfAny(what);
  if (Object.keys(further).length > 0) optional.cloudevent = further;
  const timestamp = time ?? new Date().toISOString();
  return { id, type, source, timestamp, correlationId, tenantId, ...optional, version, data } as CloudEventEnvelope;
}

/** The attributes that have a value: null means that an attribute is absent. */
function presentAttributes(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined && value !== null));
}

/** The name of the service: `sourcename` if `source` is its percent-encoding. */
function sourceOf({ source, sourcename }: Readonly<Record<string, unknown>>, problems: Problems): unknown {
  const problem = nameProblem(source);
  problems.add('source', problem ?? (isUriReference(String(source)) ? undefined : 'must be a URI reference'));
  if (sourcename === undefined) return source;
  const isName = nameProblem(sourcename) === undefined && encodeURIComponent(String(sourcename)) === source;
  if (!isName) problems.add('sourcename', 'must be the source without percent-encoding');
  return sourcename;
}

function furtherAttributes(
  attributes: Readonly<Record<string, unknown>>,
  problems: Problems,
): Readonly<Record<string, CloudEventAttributeValue>> {
  const further: Record<string, CloudEventAttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!isFurther(name) || (name === 'datacontenttype' && value === jsonType)) continue;
    problems.add(name, furtherProblem(name, value));
    further[name] = value as CloudEventAttributeValue;
  }
  return further;
}
