import type { AnyEventDefinition } from '@hyvve-events/runtime/codegen';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEntry } from '../../../../runtime/event/read-envelope.js';
import { anyValidator } from '../../../support/events/items.js';
import { settledV1, settledV2, settledV3, settledV3Without1, v1ToV2 } from '../../../support/events/versioned.js';

const written = {
  id: 'e1',
  type: settledV1.type,
  source: 'shop',
  timestamp: '2026-03-01T08:00:00.000Z',
  correlationId: 'c',
  tenantId: 't',
  version: '1.0.0',
  data: { orderId: 'o', amount: 12.5, note: 'n' },
};

function read(envelope: object, definition: AnyEventDefinition, readsData = true) {
  return readEntry(JSON.stringify(envelope), new Map([[definition.type, definition]]), 10_000_000, readsData);
}

/** The message of an event that is UPCAST_FAILED. */
function failureOf(envelope: object, definition: AnyEventDefinition): string {
  const result = read(envelope, definition);
  expect(result).toMatchObject({ kind: 'invalid', reason: 'UPCAST_FAILED', event: { id: 'e1', version: '1.0.0' } });
  return result.kind === 'invalid' ? result.message : '';
}

describe('an event of an older major version', () => {
  it('is converted by one step: the handler gets the present version, upcastFrom is the one that was written', () => {
    expect(read(written, settledV2())).toEqual({
      kind: 'event',
      event: {
        ...written,
        version: '2.0.0',
        upcastFrom: '1.0.0',
        data: { orderId: 'o', amount: 1250, note: 'n' },
      },
    });
  });

  it('is converted step by step, from the version that was written', () => {
    const data = { orderId: 'o', note: 'n', cents: 1250, currency: 'EUR' };
    const event = { ...written, version: '3.0.0', data };
    expect(read(written, settledV3())).toEqual({ kind: 'event', event: { ...event, upcastFrom: '1.0.0' } });
    const second = { ...written, version: '2.0.0', data: { orderId: 'o', amount: 1250, note: 'n' } };
    expect(read(second, settledV3())).toEqual({ kind: 'event', event: { ...event, upcastFrom: '2.0.0' } });
  });

  it.each(['1', '1.0', '1.0.9', '1.0.0-rc.1', '1.0.0+build'])('written as %s, is converted', (version) => {
    expect(read({ ...written, version }, settledV2())).toMatchObject({ kind: 'event', event: { upcastFrom: version } });
  });

  it('keeps every other field of the envelope, and its replay', () => {
    const context = { causationId: 'k', userId: 'u', traceparent: 'tp', replay: { jobId: 'r' }, dataschema: 'x' };
    const result = read({ ...written, ...context }, settledV2());
    expect(result).toMatchObject({ kind: 'event', event: { ...context, version: '2.0.0' } });
  });

  it('may have properties that its schema does not describe; a step may copy them', () => {
    const extra = { ...written, data: { ...written.data, addedLater: 1 } };
    expect(read(extra, settledV2())).toMatchObject({ kind: 'event', event: { data: { addedLater: 1 } } });
  });

  it('of a newer minor version than the last one that the build knows: handled if its data is valid, else it waits', () => {
    const newer = { ...written, version: '2.2.0', data: { orderId: 'o', amount: 1 } };
    expect(read(newer, settledV3())).toMatchObject({ kind: 'event', event: { upcastFrom: '2.2.0' } });
    const unusual = { ...newer, data: { orderId: 'o', amount: 'unusual' } };
    expect(read(unusual, settledV3())).toMatchObject({ kind: 'ahead', event: unusual });
    expect(read({ ...unusual, version: '2.1.9' }, settledV3())).toMatchObject({ reason: 'SCHEMA' });
  });

  it('of a newer minor version, whose valid data a step cannot convert: it waits for a newer build', () => {
    const step = () => {
      throw new RangeError('an unusual note');
    };
    const message = 'shop.order.settled: the conversion 1.0.0 → 2.0.0 threw RangeError: an unusual note';
    const newer = { ...written, version: '1.1.0' };
    expect(read(newer, settledV2(step))).toEqual({ kind: 'ahead', event: newer, message });
    // A step copies a property that the newer minor version added, and that has another type in version 2.
    const copied = { ...written, version: '1.1.0', data: { orderId: 'o', amount: 1, remark: 7 } };
    const rename = ({ remark, ...data }: { remark?: unknown }) => ({ ...data, note: remark });
    expect(read(copied, settledV2(rename as never))).toMatchObject({ kind: 'ahead', event: copied });
  });

  it('that may crash every process that reads it: no step runs, and its data decides only whether it must wait', () => {
    const step = () => {
      throw new Error('must not run');
    };
    const unusual = { ...written, data: { orderId: 'o', amount: 'unusual' } };
    expect(read(written, settledV2(step), false)).toEqual({ kind: 'event', event: written });
    expect(read(unusual, settledV2(step), false)).toEqual({ kind: 'event', event: unusual });
    const newer = { ...written, version: '1.1.0' };
    expect(read(newer, settledV2(step), false)).toEqual({ kind: 'event', event: newer });
    expect(read({ ...unusual, version: '1.1.0' }, settledV2(step), false)).toMatchObject({ kind: 'ahead' });
    expect(read(written, settledV3Without1, false)).toMatchObject({ reason: 'VERSION_RETIRED' });
  });

  it('with data that breaks its own schema: SCHEMA, and no step runs', () => {
    const step = () => {
      throw new Error('must not run');
    };
    const result = read({ ...written, data: { orderId: 7, amount: 1 } }, settledV2(step));
    expect(result).toMatchObject({ kind: 'invalid', reason: 'SCHEMA' });
    if (result.kind === 'invalid') expect(result.message).toMatch(/\$\.orderId must be string.*1\.0\.0/);
  });

  it('that the build no longer reads: VERSION_RETIRED', () => {
    for (const version of ['1.0.0', '0.9.0']) {
      const result = read({ ...written, version }, settledV3Without1);
      expect(result).toMatchObject({ kind: 'invalid', reason: 'VERSION_RETIRED' });
    }
    expect(read(written, { ...settledV2(), older: [] })).toMatchObject({ reason: 'VERSION_RETIRED' });
  });

  it('cannot set the field upcastFrom itself', () => {
    for (const upcastFrom of ['0.1.0', null, { a: 1 }]) {
      expect(read({ ...written, upcastFrom }, settledV1)).toEqual({ kind: 'event', event: written });
      expect(read({ ...written, upcastFrom }, settledV2())).toMatchObject({ event: { upcastFrom: '1.0.0' } });
      const unknown = read({ ...written, type: 'x.y.z', upcastFrom }, settledV2());
      expect(unknown.event).toEqual({ ...written, type: 'x.y.z', unknown: true });
    }
  });
});

describe('a step', () => {
  it('that throws: UPCAST_FAILED with the type, the step and the error', () => {
    const step = () => {
      throw new TypeError('no amount');
    };
    const message = 'shop.order.settled: the conversion 1.0.0 → 2.0.0 threw TypeError: no amount';
    expect(failureOf(written, settledV2(step))).toBe(message);
    expect(failureOf(written, settledV3({ second: step }))).toContain('the conversion 2.1.0 → 3.0.0 threw TypeError');
  });

  it.each([
    ['a text', 'a text'],
    ['undefined', undefined],
    ['an object that cannot be read', new Proxy({}, { get: () => fail(), has: () => fail(), ownKeys: () => fail() })],
  ])('that throws %s: UPCAST_FAILED', (_what, thrown) => {
    const step = () => {
      throw thrown;
    };
    expect(failureOf(written, settledV2(step))).toContain('1.0.0 → 2.0.0 threw ');
  });

  it('that returns a promise: UPCAST_FAILED, and its rejection does not end the process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    // Any data is valid for this schema, also a promise.
    const open = { ...settledV2(async () => Promise.reject(new Error('late'))), validate: anyValidator() };
    expect(failureOf(written, open)).toContain('returned a promise: a conversion must be synchronous');
    const thenable = Object.fromEntries([
      ['then', () => undefined],
      ['orderId', 'o'],
      ['amount', 1],
    ]);
    expect(
      failureOf(
        written,
        settledV2(() => thenable),
      ),
    ).toContain('returned a promise');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
  });

  it.each([
    ['nothing', () => undefined, 'returned nothing'],
    ['null', () => null, 'gave invalid data: the data breaks its schema: $ must be object'],
    ['data of another form', () => ({ orderId: 'o' }), "$ must have required property 'amount'"],
    ['a list', () => [], 'must be object'],
  ])('that returns %s: UPCAST_FAILED', (_what, step, message) => {
    expect(failureOf(written, settledV2(step))).toContain(message);
  });

  it('that returns nothing, for a schema that allows anything: UPCAST_FAILED', () => {
    expect(failureOf(written, { ...settledV2(() => undefined), validate: anyValidator() })).toContain('nothing');
  });

  it('that returns data for which the validator throws: UPCAST_FAILED', () => {
    const ring: Record<string, unknown> = { orderId: 'o', amount: 1 };
    ring.self = ring;
    const walks = Object.assign((data: unknown): data is unknown => JSON.stringify(data) !== '', { errors: null });
    expect(failureOf(written, { ...settledV2(() => ring), validate: walks })).toContain('cannot be validated');
    // A validator that does not follow the ring accepts it.
    expect(
      read(
        written,
        settledV2(() => ring),
      ),
    ).toMatchObject({ kind: 'event', event: { data: { orderId: 'o' } } });
  });

  it('in the middle is validated too: the last step does not run with invalid data', () => {
    const runs: unknown[] = [];
    const second = (data: unknown) => runs.push(data);
    const message = failureOf(written, settledV3({ first: () => ({ orderId: 'o' }), second }));
    expect(message).toContain('the conversion 1.0.0 → 2.1.0 gave invalid data');
    expect(runs).toEqual([]);
  });

  it('gets the envelope that was written, without its data, and cannot change it', () => {
    const contexts: unknown[] = [];
    const context = { causationId: 'k', userId: 'u', traceparent: 'tp', replay: { jobId: 'r' } };
    const spoil = (data: { amount: number }, event: { replay?: { jobId: string }; tenantId?: string }) => {
      contexts.push(structuredClone(event));
      event.tenantId = 'another';
      if (event.replay !== undefined) event.replay.jobId = 'another';
      return { orderId: 'o', amount: data.amount };
    };
    const definition = settledV3({
      first: spoil as never,
      second: ((data: { amount: number }, event: object) => {
        contexts.push(structuredClone(event));
        return { orderId: 'o', cents: data.amount, currency: 'EUR' };
      }) as never,
    });
    const result = read({ ...written, ...context }, definition);
    const { data: _, ...envelope } = { ...written, ...context };
    expect(contexts).toEqual([envelope, envelope]);
    expect(result).toMatchObject({ kind: 'event', event: { tenantId: 't', replay: { jobId: 'r' } } });
  });

  it('that changes its input: the text that was written is converted again in the same way', () => {
    const json = JSON.stringify(written);
    const spoil = (data: { amount: number }) => {
      data.amount *= 100;
      return data;
    };
    const definition = settledV2(spoil as never);
    const readings = [1, 2].map(() => readEntry(json, new Map([[definition.type, definition]]), 10_000));
    expect(readings).toMatchObject([1, 2].map(() => ({ event: { data: { amount: 1250 } } })));
  });

  it('with keys named like parts of JavaScript: nothing is inherited', () => {
    const data = '{"orderId":"o","amount":1,"__proto__":{"note":"inherited"},"constructor":1,"toString":2}';
    const json = JSON.stringify(written).replace(JSON.stringify(written.data), data);
    const definition = settledV3();
    const result = readEntry(json, new Map([[definition.type, definition]]), 10_000);
    expect(result.kind).toBe('event');
    expect(result.event?.data).toEqual({ orderId: 'o', cents: 100, currency: 'EUR' });
    expect(({} as { note?: unknown }).note).toBeUndefined();
    const envelope = json.replace('{"id"', '{"__proto__":{"upcastFrom":"0.0.1","unknown":true},"id"');
    expect(readEntry(envelope, new Map([[settledV1.type, settledV1]]), 10_000).event).not.toHaveProperty('upcastFrom');
  });

  it('converts data of megabytes', () => {
    const note = 'ä'.repeat(4_000_000);
    const result = read({ ...written, data: { ...written.data, note } }, settledV2());
    expect(result).toMatchObject({ kind: 'event' });
    expect(result.event?.data).toMatchObject({ note });
  });

  it('1,000 versions of one type: each is read by the rule of its major', () => {
    const kinds = Array.from({ length: 1_000 }, (_, n) => {
      const version = `${n % 5}.${Math.floor(n / 5)}.0`;
      return `${n % 5} ${read({ ...written, version }, settledV2(v1ToV2)).kind}`;
    });
    expect([...new Set(kinds)].sort()).toEqual(['0 invalid', '1 event', '2 event', '3 ahead', '4 ahead']);
  });
});

function fail(): never {
  throw new Error('a trap');
}
