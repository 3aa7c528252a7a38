import { EventBusError } from '@hyvve-events/runtime';
import {
  type CloudEventAttributes,
  type CloudEventDefaults,
  type CloudEventEnvelope,
  fromCloudEvent,
  toCloudEvent,
} from '@hyvve-events/runtime/cloudevents';
import { HTTP, CloudEvent as SdkCloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_129);
const numRuns = Number(process.env.FUZZ_RUNS ?? 1_000);

const envelope: CloudEventEnvelope<'approval.item.approved', { itemId: string }> = {
  id: 'e1',
  type: 'approval.item.approved',
  source: 'billing',
  timestamp: '2026-03-01T08:00:00.000Z',
  correlationId: 'c1',
  causationId: 'e0',
  tenantId: 'acme',
  key: 'item/1',
  userId: 'ann',
  version: '1.2.0',
  data: { itemId: 'i1' },
  replay: { jobId: 'r1' },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const cloudEvent = {
  specversion: '1.0',
  id: 'e1',
  source: 'billing',
  type: 'approval.item.approved',
  time: '2026-03-01T08:00:00.000Z',
  datacontenttype: 'application/json',
  dataversion: '1.2.0',
  tenantid: 'acme',
  correlationid: 'c1',
  causationid: 'e0',
  partitionkey: 'item/1',
  userid: 'ann',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  replayjobid: 'r1',
  data: { itemId: 'i1' },
};

/** The paths of the violations of the error that `convert` throws. */
function refused(convert: () => unknown): string[] {
  try {
    convert();
  } catch (error) {
    expect(error).toBeInstanceOf(EventBusError);
    const { code, violations, message } = error as EventBusError;
    expect(code).toBe('CLOUD_EVENT_INVALID');
    for (const { path } of violations) expect(message).toContain(path);
    return violations.map(({ path }) => path);
  }
  throw new Error('nothing was thrown');
}

/** A plain JSON value, as it is after it was sent. */
const sent = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value));

describe('toCloudEvent', () => {
  it('writes each field of the envelope as an attribute', () => {
    expect(toCloudEvent(envelope)).toEqual(cloudEvent);
  });

  it('leaves out properties that an envelope does not have, and optional fields that are null', () => {
    const { causationId, key, userId, traceparent, replay, ...required } = envelope;
    const foreign = {
      ...required,
      causationId: null,
      key: null,
      userId: null,
      traceparent: null,
      replay: null,
      host: 'till-7',
    };
    const { causationid, partitionkey, userid, traceparent: _, replayjobid, ...expected } = cloudEvent;
    expect(toCloudEvent(foreign as unknown as typeof envelope)).toEqual(expected);
    expect(toCloudEvent({ ...required, data: 1, unknown: true })).toEqual({ ...expected, data: 1 });
  });

  it('of an event that was converted: the version of its data, and no attribute for the version that was written', () => {
    expect(toCloudEvent({ ...envelope, upcastFrom: '0.9.0' })).toEqual(cloudEvent);
    expect(fromCloudEvent({ ...cloudEvent, upcastfrom: '0.9.0' })).not.toHaveProperty('upcastFrom');
  });

  it('writes further attributes, also those of the CloudEvent that the envelope was made from', () => {
    const from = { ...envelope, cloudevent: { subject: 'item/1', tracestate: 'a=1' } };
    const attributes = { subject: 'item/2', dataschema: 'https://schemas.example/item' };
    expect(toCloudEvent(from, attributes)).toEqual({ ...cloudEvent, tracestate: 'a=1', ...attributes });
  });

  it('a source that is not a URI reference is percent-encoded, and fromCloudEvent returns it as it was', () => {
    const event = toCloudEvent({ ...envelope, source: 'Büro 1: Kasse' });
    expect(event).toMatchObject({ source: 'B%C3%BCro%201%3A%20Kasse', sourcename: 'Büro 1: Kasse' });
    expect(fromCloudEvent(sent(event)).source).toBe('Büro 1: Kasse');
  });

  it.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    ['a timestamp that is not RFC 3339', { timestamp: '1 March 2026' }, ['$.timestamp']],
    ['a timestamp with a space', { timestamp: '2026-03-01 08:00:00Z' }, ['$.timestamp']],
    ['control characters and lone surrogates', { tenantId: 'a\n', userId: '\ud800' }, ['$.tenantId', '$.userId']],
    ['an empty source', { source: '' }, ['$.source']],
    ['an empty ordering key', { key: '' }, ['$.key']],
    ['no data', { data: undefined }, ['$.data']],
    [
      'attributes that fields have',
      { cloudevent: { tenantid: 'x', data: 1 } },
      ['$.cloudevent.tenantid', '$.cloudevent.data'],
    ],
    ['an attribute with an invalid name', { cloudevent: { 'my-name': 'x' } }, ['$.cloudevent.my-name']],
  ])('refuses %s', (_what, changes, paths) => {
    expect(refused(() => toCloudEvent({ ...envelope, ...changes } as typeof envelope))).toEqual(paths);
  });

  it.each<[string, CloudEventAttributes]>([
    ['subject', { subject: '' }],
    ['dataschema', { dataschema: '/relative' }],
    ['datacontenttype', { datacontenttype: 'text/xml' }],
    ['priority', { priority: 1.5 }],
  ])('refuses an invalid %s', (name, attributes) => {
    expect(refused(() => toCloudEvent(envelope, attributes))).toEqual([`$.cloudevent.${name}`]);
  });
});

describe('fromCloudEvent', () => {
  it('returns the envelope', () => {
    expect(fromCloudEvent(cloudEvent)).toEqual(envelope);
  });

  it('a CloudEvent of another system: the defaults, the correlation id is its id, further attributes are kept', () => {
    const before = Date.now();
    const foreign = { specversion: '1.0', id: 'A-1', source: '/orders', type: 'com.example.order', data: null };
    const further = {
      subject: 'o/1',
      datacontenttype: 'application/vnd.order+json; charset=utf-8',
      priority: 3,
      hot: true,
    };
    const defaults: CloudEventDefaults = { tenantId: 'none', version: '1.0.0' };
    const { timestamp, ...rest } = fromCloudEvent({ ...foreign, ...further, dataschema: null }, defaults);
    expect(rest).toEqual({
      id: 'A-1',
      type: 'com.example.order',
      source: '/orders',
      correlationId: 'A-1',
      ...defaults,
      data: null,
      cloudevent: further,
    });
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
  });

  it.each<[string, unknown]>([
    ['specversion', '0.3'],
    ['specversion', undefined],
    ['id', ''],
    ['id', 7],
    ['source', 'my service'],
    ['source', undefined],
    ['type', ''],
    ['time', 'yesterday'],
    ['time', 1_772_352_000_000],
    ['tenantid', undefined],
    ['tenantid', ''],
    ['dataversion', undefined],
    ['dataversion', 2],
    ['correlationid', ''],
    ['causationid', 1],
    ['userid', 'a\u0007'],
    ['traceparent', true],
    ['replayjobid', {}],
    ['sourcename', 'shop'],
    ['data', undefined],
    ['data_base64', 'aGk='],
    ['datacontenttype', 'text/plain'],
    ['dataschema', 'not a URI'],
    ['subject', ''],
    ['myExtension', 'x'],
    ['nested', { a: 1 }],
    ['count', 2 ** 40],
    ['text', '\ufdd0'],
  ])('refuses %s as %j, and names it', (name, value) => {
    expect(refused(() => fromCloudEvent({ ...cloudEvent, [name]: value }))).toEqual([`$.${name}`]);
  });

  it('names every attribute that is invalid', () => {
    expect(refused(() => fromCloudEvent({}))).toEqual([
      ...['$.specversion', '$.source', '$.data', '$.id', '$.type', '$.dataversion', '$.tenantid'],
    ]);
  });

  it.each([[null], ['{}'], [[cloudEvent]], [undefined]])('refuses %j, which is no object', (value) => {
    expect(refused(() => fromCloudEvent(value))).toEqual(['$']);
  });
});

describe('the package cloudevents', () => {
  it('reads the CloudEvent from an HTTP message, and its events are converted back', () => {
    const event = new SdkCloudEvent(toCloudEvent(envelope));
    const { headers, body } = HTTP.structured(event);
    expect(fromCloudEvent(JSON.parse(String(body)))).toEqual(envelope);
    const received = HTTP.toEvent({ headers, body });
    expect(fromCloudEvent(received)).toEqual(envelope);
  });
});

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const reference = fc.oneof(fc.webUrl(), fc.constantFrom('billing', '/a/b', 'urn:x:1', '?q', './a:b', 'a%20b'));
const data = fc.jsonValue({ maxDepth: 2 }).map(sent);
const time = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((at) => at.toISOString());
const attributeName = fc.stringMatching(/^x[a-z0-9]{1,8}$/);
const attributeValue = fc.oneof(text, fc.boolean(), fc.integer());
const further = fc
  .tuple(
    fc.record({ subject: name, dataschema: fc.webUrl(), tracestate: text }, { requiredKeys: [] }),
    fc.dictionary(attributeName, attributeValue, { maxKeys: 3 }),
  )
  .map(([known, others]) => ({ ...known, ...others }));

describe('properties', () => {
  const envelopes = fc
    .record(
      {
        id: name,
        type: name,
        source: fc.oneof(name, reference),
        timestamp: time,
        correlationId: name,
        tenantId: name,
        version: name,
        data,
        causationId: text,
        userId: text,
        traceparent: text,
        replay: fc.record({ jobId: text }),
        cloudevent: further,
      },
      { requiredKeys: ['id', 'type', 'source', 'timestamp', 'correlationId', 'tenantId', 'version', 'data'] },
    )
    .map(({ cloudevent, ...rest }) =>
      cloudevent === undefined || Object.keys(cloudevent).length === 0 ? rest : { ...rest, cloudevent },
    ) as fc.Arbitrary<CloudEventEnvelope>;

  it(
    'an envelope, converted and sent through the package cloudevents, is the same envelope again',
    () => {
      fc.assert(
        fc.property(envelopes, (value) => {
          const event = toCloudEvent(value);
          expect(fromCloudEvent(sent(event))).toEqual(value);
          expect(fromCloudEvent(sent(new SdkCloudEvent(event)))).toEqual(value);
        }),
        { seed, numRuns },
      );
    },
    propertyTimeoutMs,
  );

  it(
    'a CloudEvent, converted to an envelope, is the same CloudEvent again',
    () => {
      const own = { causationid: text, userid: text, traceparent: text, replayjobid: text };
      const events = fc
        .tuple(
          fc.record(
            {
              id: name,
              source: reference,
              type: name,
              time,
              data,
              tenantid: name,
              dataversion: name,
              correlationid: name,
              ...own,
              datacontenttype: fc.constantFrom('application/json', 'application/cloud+json;charset=utf-8'),
            },
            {
              noNullPrototype: true,
              requiredKeys: ['id', 'source', 'type', 'time', 'data', 'tenantid', 'dataversion'],
            },
          ),
          further,
        )
        .map(([required, others]) =>
          sent(new SdkCloudEvent({ ...required, ...others } as Partial<SdkCloudEvent<unknown>>)),
        );
      fc.assert(
        fc.property(events, (event) => {
          const expected = { datacontenttype: 'application/json', correlationid: event.id, ...event };
          expect(sent(toCloudEvent(fromCloudEvent(event)))).toEqual(expected);
        }),
        { seed, numRuns },
      );
    },
    propertyTimeoutMs,
  );

  it(
    'fromCloudEvent accepts nothing that the package cloudevents refuses, and both conversions throw nothing else',
    () => {
      const anything = fc.oneof(text, fc.string({ unit: 'binary' }), reference, fc.jsonValue({ maxDepth: 1 }));
      const changes = fc.dictionary(
        fc.oneof(fc.constantFrom(...Object.keys(cloudEvent), 'subject', 'dataschema', 'data_base64'), text),
        anything,
        { minKeys: 1, maxKeys: 2 },
      );
      let accepted = 0;
      fc.assert(
        fc.property(changes, (changed) => {
          const event = { ...cloudEvent, ...changed };
          let read: CloudEventEnvelope;
          try {
            read = fromCloudEvent(event);
          } catch (error) {
            expect((error as EventBusError).code).toBe('CLOUD_EVENT_INVALID');
            return;
          }
          accepted += 1;
          const present = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));
          new SdkCloudEvent({ data: null, ...present } as Partial<SdkCloudEvent<unknown>>);
          toCloudEvent(read);
        }),
        { seed, numRuns },
      );
      expect(accepted).toBeGreaterThan(numRuns / 20);
    },
    propertyTimeoutMs,
  );
});
