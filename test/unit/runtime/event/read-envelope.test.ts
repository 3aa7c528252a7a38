import { describe, expect, it } from 'vitest';
import { readEntry } from '../../../../runtime/event/read-envelope.js';
import { prepareEvent } from '../../../../runtime/publish/prepare-event.js';
import { ItemApproved } from '../../../support/events/items.js';
import { settledV3 } from '../../../support/events/versioned.js';

const definitions = new Map([[ItemApproved.type, ItemApproved]]);
const limit = 1024;
const envelope = {
  id: 'e1',
  type: ItemApproved.type,
  source: 's',
  timestamp: '2026-03-01T08:00:00.000Z',
  correlationId: 'c',
  tenantId: 't',
  version: '1.2.0',
  data: { itemId: 'i' },
};

function read(value: unknown) {
  return readEntry(typeof value === 'string' ? value : JSON.stringify(value), definitions, limit);
}

describe('an event', () => {
  it('is read with the published values', () => {
    const context = { tenantId: 't', userId: 'u', correlationId: 'c', causationId: 'k' };
    const settings = { source: 's', maxEventBytes: limit, nowMs: Date.UTC(2026, 0, 1) };
    const { id, json } = prepareEvent(ItemApproved, { itemId: 'i' }, context, settings);
    expect(read(json)).toEqual({
      kind: 'event',
      event: {
        id,
        type: ItemApproved.type,
        source: 's',
        timestamp: '2026-01-01T00:00:00.000Z',
        ...context,
        version: '1.2.0',
        data: { itemId: 'i' },
      },
    });
  });

  it('may have unknown properties, in its data and in the envelope', () => {
    const newer = { ...envelope, dataschema: 'x', data: { itemId: 'i', addedLater: true } };
    expect(read(newer)).toEqual({ kind: 'event', event: newer });
  });

  it('may have null for optional fields', () => {
    expect(read({ ...envelope, key: null, userId: null, causationId: null, traceparent: null, replay: null })).toEqual({
      kind: 'event',
      event: envelope,
    });
  });

  it('has the mark of its replay', () => {
    const replayed = { ...envelope, replay: { jobId: 'r1' } };
    expect(read(replayed)).toEqual({ kind: 'event', event: replayed });
  });

  it('cannot set the field unknown', () => {
    expect(read({ ...envelope, unknown: true })).toEqual({ kind: 'event', event: envelope });
  });
});

it('an event of an unknown type is an UnknownEvent, its data is not validated', () => {
  const newer = { ...envelope, type: 'approval.item.forgotten', data: [1, 'x'] };
  expect(read(newer)).toEqual({ kind: 'unknown', event: { ...newer, unknown: true } });
});

describe('invalid entries', () => {
  it.each([
    ['no entry field', undefined, 'NOT_ENVELOPE', 'no field `e`'],
    ['an empty text', '', 'NOT_JSON', 'JSON'],
    ['half an envelope', JSON.stringify(envelope).slice(0, -9), 'NOT_JSON', 'JSON'],
    ['a number', '12', 'NOT_ENVELOPE', 'not a JSON object'],
    ['null', 'null', 'NOT_ENVELOPE', 'not a JSON object'],
    ['a list', JSON.stringify([envelope]), 'NOT_ENVELOPE', 'not a JSON object'],
    ['another object', '{"order":7}', 'NOT_ENVELOPE', 'id must be a non-empty string'],
  ])('%s', (_what, json, reason, message) => {
    const result = readEntry(json, definitions, limit);
    expect(result).toMatchObject({ kind: 'invalid', reason, event: undefined });
    if (result.kind === 'invalid') expect(result.message).toContain(message);
  });

  it.each(['id', 'type', 'source', 'timestamp', 'correlationId', 'tenantId', 'version', 'data'])(
    'an envelope without %s',
    (name) => {
      const { [name]: _, ...rest }: Record<string, unknown> = envelope;
      expect(read(rest)).toMatchObject({ kind: 'invalid', reason: 'NOT_ENVELOPE', event: undefined });
      expect(read({ ...rest, [name]: name === 'data' ? undefined : '' })).toMatchObject({ reason: 'NOT_ENVELOPE' });
    },
  );

  it.each([
    ['userId', 7],
    ['causationId', {}],
    ['traceparent', true],
    ['replay', 'r1'],
    ['replay', { jobId: 1 }],
  ])('an envelope with %s as %j', (name, value) => {
    const result = read({ ...envelope, [name]: value });
    expect(result).toMatchObject({ kind: 'invalid', reason: 'NOT_ENVELOPE' });
    if (result.kind === 'invalid') expect(result.message).toContain(name);
  });

  it('an envelope above maxEventBytes is TOO_LARGE, one with exactly maxEventBytes is not', () => {
    const sized = (bytes: number) => {
      const base = JSON.stringify({ ...envelope, data: { itemId: '' } }).length;
      const json = JSON.stringify({ ...envelope, data: { itemId: 'ä'.repeat((bytes - base) / 2) } });
      return { json, bytes: Buffer.byteLength(json) };
    };
    const { json, bytes } = sized(900);
    expect(readEntry(json, definitions, bytes)).toMatchObject({ kind: 'event' });
    expect(readEntry(json, definitions, bytes - 1)).toMatchObject({ kind: 'invalid', reason: 'TOO_LARGE' });
  });

  it('text that is not JSON: the message does not quote it', () => {
    const result = read('{"customer":"Ada Lovelace",');
    expect(result).toMatchObject({ kind: 'invalid', reason: 'NOT_JSON' });
    if (result.kind === 'invalid')
      expect(result.message).toMatch(/^the entry is not JSON(: syntax error at position \d+)?$/);
  });

  it('data for which the validator throws', () => {
    const throwing = Object.assign(
      () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
      { errors: null },
    );
    const result = readEntry(
      JSON.stringify(envelope),
      new Map([[ItemApproved.type, { ...ItemApproved, validate: throwing as never }]]),
      limit,
    );
    expect(result).toMatchObject({ kind: 'invalid', reason: 'SCHEMA', message: expect.stringContaining('call stack') });
  });

  it('data that breaks its schema: SCHEMA with the path, and the event', () => {
    const broken = { ...envelope, data: { itemId: 7, tags: [null] } };
    const result = read(broken);
    expect(result).toMatchObject({ kind: 'invalid', reason: 'SCHEMA', event: broken });
    if (result.kind === 'invalid') {
      expect(result.message).toContain('$.itemId must be string; $.tags[0] must be string');
    }
  });
});

describe('an event whose data is not read, because it may crash the process', () => {
  const throwing = Object.assign(
    () => {
      throw new Error('must not run');
    },
    { errors: null },
  ) as never;
  const definition = { ...settledV3({ first: throwing, second: throwing }), validate: throwing };
  const readOnly = (version: string, data: unknown = {}) =>
    readEntry(
      JSON.stringify({ ...envelope, type: definition.type, version, data }),
      new Map([[definition.type, definition]]),
      limit,
      false,
    );

  it.each(['3.0.0', '2.0.0', '1.0.0', 'unversioned'])('of version %s is returned as it was written', (version) => {
    expect(readOnly(version)).toMatchObject({ kind: 'event', event: { version, data: {} } });
    expect(readOnly(version).event).not.toHaveProperty('upcastFrom');
  });

  it('of a version that the build no longer reads is refused', () => {
    expect(readOnly('0.9.0')).toMatchObject({ reason: 'VERSION_RETIRED' });
  });

  it('waits if it is newer', () => {
    expect(readOnly('4.0.0').kind).toBe('ahead');
    expect(readOnly('3.1.0').kind).toBe('ahead');
  });
});
