import { describe, expect, it } from 'vitest';
import { EventBusError } from '../../../../runtime/errors.js';
import { defineEvent, type EnvelopeRequirements } from '../../../../runtime/event/definition.js';
import { createEventId, eventIdTime } from '../../../../runtime/event/ids.js';
import { type PreparedEvent, prepareEvent } from '../../../../runtime/publish/prepare-event.js';
import type { PublishOptions } from '../../../../runtime/publish/publisher.js';
import { AnythingNoted, ItemApproved } from '../../../support/events/items.js';

const settings = { source: 'approvals', maxEventBytes: 1024 * 1024, nowMs: Date.UTC(2026, 2, 1, 8, 0, 0, 7) };
const context = { tenantId: 'tenant-1' };

function prepare(data: unknown, options: PublishOptions = context): PreparedEvent {
  return prepareEvent(ItemApproved, data, options, settings);
}

function refusal(run: () => unknown): EventBusError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof EventBusError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('the envelope', () => {
  it('has its fields in a fixed order, without absent ones', () => {
    const { id, json } = prepare({ itemId: 'i1', score: 3 });
    expect(json).toBe(
      `{"id":"${id}","type":"approval.item.approved","source":"approvals","timestamp":"2026-03-01T08:00:00.007Z",` +
        `"correlationId":"${id}","tenantId":"tenant-1","version":"1.2.0","data":{"itemId":"i1","score":3}}`,
    );
  });

  it('has every field that is set', () => {
    const full = { tenantId: 't', userId: 'u', correlationId: 'c', causationId: 'k' };
    const { id, json, correlationId } = prepare({ itemId: 'i1' }, full);
    expect(correlationId).toBe('c');
    expect(Object.entries(JSON.parse(json))).toEqual([
      ['id', id],
      ['type', 'approval.item.approved'],
      ['source', 'approvals'],
      ['timestamp', '2026-03-01T08:00:00.007Z'],
      ['correlationId', 'c'],
      ['causationId', 'k'],
      ['tenantId', 't'],
      ['userId', 'u'],
      ['version', '1.2.0'],
      ['data', { itemId: 'i1' }],
    ]);
  });

  it('preserves strings that JSON must escape', () => {
    const odd = 'a "quote", a \\, a line\nand \u2028 \ud83d\ude00';
    const { json } = prepare(
      { itemId: `${odd}\ud800` },
      { tenantId: odd, userId: odd, correlationId: odd, causationId: odd },
    );
    expect(JSON.parse(json)).toMatchObject({ tenantId: odd, userId: odd, correlationId: odd, causationId: odd });
    expect(JSON.parse(json).data).toEqual({ itemId: `${odd}\ud800` });
  });

  it('has the time of each publish', () => {
    const times = [settings.nowMs, settings.nowMs, settings.nowMs + 1, settings.nowMs].map((nowMs) => {
      const { id, json } = prepareEvent(ItemApproved, { itemId: 'i' }, context, { ...settings, nowMs });
      expect(eventIdTime(id)).toBe(nowMs);
      return Date.parse(JSON.parse(json).timestamp) - settings.nowMs;
    });
    expect(times).toEqual([0, 0, 1, 0]);
  });

  it('its size is counted in bytes, not characters', () => {
    const { json, bytes } = prepare({ itemId: 'größe 😀' });
    expect(bytes).toBe(Buffer.from(json).length);
    expect(bytes).toBeGreaterThan(json.length);
  });
});

describe('the ordering key', () => {
  const Keyed = defineEvent({ ...ItemApproved, orderingKey: ({ itemId }) => itemId, orderingKeyAt: '/itemId' });
  const Partitioned = defineEvent({ ...Keyed, partitionBy: 'ordering-key' });
  const keyed = (itemId: string, options: PublishOptions = context, event: typeof Keyed = Keyed) =>
    prepareEvent(event, { itemId }, options, settings);

  it('is read from the data, and is directly after the tenant', () => {
    expect(keyed('a "b"', { ...context, userId: 'u' }).json).toContain(
      '"tenantId":"tenant-1","key":"a \\"b\\"","userId":"u","version":',
    );
    expect(keyed('a').partitionKey).toBe('tenant-1');
  });

  it('is read from the data that is written, not from the object of the caller', () => {
    let reads = 0;
    const data = {
      get itemId() {
        reads += 1;
        return `item-${reads}`;
      },
    };
    expect(JSON.parse(prepareEvent(Keyed, data, context, settings).json)).toMatchObject({
      key: 'item-1',
      data: { itemId: 'item-1' },
    });
  });

  it('an event without one has none, and its partition key is the tenant', () => {
    expect(JSON.parse(prepare({ itemId: 'i1' }).json)).not.toHaveProperty('key');
    expect(prepare({ itemId: 'i1' }).partitionKey).toBe('tenant-1');
  });

  it('is an option of a publish, which does not change the partition', () => {
    const prepared = prepare({ itemId: 'i1' }, { ...context, key: 'account-7' });
    expect(prepared.json).toContain('"tenantId":"tenant-1","key":"account-7","version":');
    expect(prepared.partitionKey).toBe('tenant-1');
  });

  it('partitionBy: it is a part of the partition key', () => {
    expect(keyed('a', context, Partitioned).partitionKey).toBe('tenant-1\na');
    expect(keyed('a\n', { tenantId: '50%' }, Partitioned).partitionKey).toBe('50%25\na%0A');
  });

  it('as an option of an event that has it in its data: refused, with the place', () => {
    const error = refusal(() => keyed('a', { ...context, key: 'a' }));
    expect(error.code).toBe('CONTEXT_INVALID');
    expect(error.rawMessage).toBe(
      'approval.item.approved: key must not be set: the ordering key is read from the data at /itemId',
    );
  });

  it.each<[string, string]>([
    ['', 'empty'],
    ['k'.repeat(1_001), '1001 characters'],
    ['cut\ud83d', 'which contains a lone surrogate'],
    ['nul\0', 'nul\\u0000'],
  ])('%j in the data: refused, with the place', (itemId, problem) => {
    const error = refusal(() => keyed(itemId));
    expect(error.code).toBe('CONTEXT_INVALID');
    expect(error.message).toContain('the ordering key is not usable');
    expect(error.message).toContain(problem);
    expect(error.message).toContain('the data at /itemId must be an integer, or a string of 1 to 1000');
  });

  it('absent in the data: refused; data that breaks its schema is reported first', () => {
    const Absent = defineEvent({
      ...ItemApproved,
      orderingKey: (data) => (data as { readonly note?: string }).note as string,
    });
    const error = refusal(() => prepareEvent(Absent, { itemId: 'i' }, context, settings));
    expect(error.message).toContain('the ordering key is missing: the data must be an integer');
    expect(refusal(() => prepareEvent(Absent, { note: 'n' } as never, context, settings)).code).toBe(
      'VALIDATION_FAILED',
    );
  });
});

describe('requirements of the envelope', () => {
  const publish = (envelope: EnvelopeRequirements, given: PublishOptions) =>
    prepareEvent({ ...ItemApproved, envelope }, { itemId: 'i1' }, given, settings);

  it('optional tenant: an event without one belongs to `none`', () => {
    expect(publish({ tenantId: 'optional' }, {}).tenantId).toBe('none');
    expect(publish({ tenantId: 'optional' }, context).tenantId).toBe('tenant-1');
    expect(refusal(() => publish({ tenantId: 'optional' }, { tenantId: '' })).code).toBe('CONTEXT_INVALID');
  });

  it('required user: a publish without one is refused', () => {
    expect(refusal(() => publish({ userId: 'required' }, context)).message).toContain('userId is missing');
    expect(JSON.parse(publish({ userId: 'required' }, { ...context, userId: 'u1' }).json)).toMatchObject({
      userId: 'u1',
    });
  });
});

describe('options', () => {
  it('are off by default, with a TTL of 24 hours', () => {
    expect(prepare({ itemId: 'i' })).toMatchObject({
      explicitId: false,
      idempotencyKey: undefined,
      idempotencyTtlMs: 86_400_000,
      type: 'approval.item.approved',
      tenantId: 'tenant-1',
    });
  });

  it('idTime is the time in an explicit id', () => {
    const id = createEventId(settings.nowMs - 5);
    expect(prepare({ itemId: 'i' }, { ...context, id }).idTime).toBe(settings.nowMs - 5);
    expect(prepare({ itemId: 'i' }, { ...context, id: 'tz4a98xxat96iws9zmbrgj3a' }).idTime).toBeUndefined();
    expect(prepare({ itemId: 'i' }).idTime).toBeUndefined();
  });

  it('set the id and the idempotency key', () => {
    const options = { id: 'tz4a98xxat96iws9zmbrgj3a', idempotencyKey: 'order-7', idempotencyTtlMs: 1_000 };
    const prepared = prepare({ itemId: 'i' }, { ...context, ...options });
    expect(prepared).toMatchObject({
      id: options.id,
      correlationId: options.id,
      explicitId: true,
      idempotencyKey: 'order-7',
      idempotencyTtlMs: 1_000,
    });
    expect(JSON.parse(prepared.json).id).toBe(options.id);
  });
});

describe('refused:', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no tenant', {}, 'tenantId is missing'],
    ['an empty tenant', { tenantId: '' }, 'tenantId is not usable (empty)'],
    ['a tenant that is not a string', { tenantId: 7 }, 'tenantId is not usable (7)'],
    ['an empty user', { tenantId: 't', userId: '' }, 'userId is not usable (empty)'],
    ['a null user', { tenantId: 't', userId: null }, 'userId is not usable (null)'],
    [
      'a correlation id that is not a string',
      { tenantId: 't', correlationId: {} },
      'correlationId is not usable (object)',
    ],
    ['an empty ordering key', { tenantId: 't', key: '' }, 'key is not usable (empty)'],
    ['an ordering key that is not a string', { tenantId: 't', key: 7 }, 'key is not usable (7)'],
    ['an empty causation id', { tenantId: 't', causationId: '' }, 'causationId is not usable'],
    [
      'half a character in the tenant',
      { tenantId: 'cut\ud83d' },
      'tenantId is not usable ("cut\\ud83d", which contains a lone surrogate',
    ],
    ['half a character in another id', { tenantId: 't', correlationId: '\ude00' }, 'correlationId is not usable'],
    ['a NUL', { tenantId: 't\0' }, 'tenantId is not usable'],
    ['an id that is too long', { tenantId: 't', userId: 'u'.repeat(1_001) }, 'userId is not usable (1001 characters)'],
  ])('%s', (_what, given, message) => {
    const error = refusal(() => prepare({ itemId: 'i' }, given as PublishOptions));
    expect(error.code).toBe('CONTEXT_INVALID');
    expect(error.message).toContain(`approval.item.approved: ${message}`);
  });

  it.each<[string, PublishOptions]>([
    ['id', { id: 'two words' }],
    ['id', { id: '' }],
    ['idempotencyKey', { idempotencyKey: '' }],
    ['idempotencyKey', { idempotencyKey: 'cut\ud83d' }],
    ['idempotencyTtlMs', { idempotencyTtlMs: 0 }],
    ['idempotencyTtlMs', { idempotencyTtlMs: 1.5 }],
    ['idempotencyTtlMs', { idempotencyTtlMs: Number.NaN }],
    ['idempotencyTtlMs', { idempotencyTtlMs: Number.POSITIVE_INFINITY }],
  ])('%s as in %j', (name, options) => {
    const error = refusal(() => prepare({ itemId: 'i' }, { ...context, ...options }));
    expect(error.code).toBe('CONTEXT_INVALID');
    expect(error.message).toContain(`${name} is not usable`);
  });

  it('data that breaks its schema, with every violation and its JSON path', () => {
    const error = refusal(() => prepare({ score: 'high', tags: ['a', 3], extra: true }));
    expect(error.code).toBe('VALIDATION_FAILED');
    expect(error.violations).toEqual([
      { path: '$', message: "must have required property 'itemId'" },
      { path: '$.score', message: 'must be number' },
      { path: '$.tags[1]', message: 'must be string' },
      { path: '$', message: 'must not have the property "extra"' },
    ]);
    for (const { path, message } of error.violations) expect(error.message).toContain(`${path} ${message}`);
  });

  it('invalid context and invalid data: the error is CONTEXT_INVALID', () => {
    expect(refusal(() => prepare('no item', {})).code).toBe('CONTEXT_INVALID');
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  it.each([
    ['a cycle', cyclic, '$', /circular/i],
    ['a BigInt', { big: 1n }, '$.big', /BigInt/],
    ['undefined', undefined, '$', /undefined has no JSON representation/],
    ['a function', () => 1, '$', /function has no JSON representation/],
    ['NaN, deep down', { rates: [1, { eur: Number.NaN }] }, '$.rates[1].eur', /NaN has no JSON representation/],
    ['undefined in a list', { list: [1, undefined] }, '$.list[1]', /undefined has no JSON representation/],
    ['a Map', { 'a b': new Map([[1, 2]]) }, '$["a b"]', /a Map has no JSON representation/],
    ['a symbol', { kind: Symbol('k') }, '$.kind', /a symbol has no JSON representation/],
  ])('%s in open data', (_what, data, path, message) => {
    const error = refusal(() => prepareEvent(AnythingNoted, data, context, settings));
    expect(error.code).toBe('VALIDATION_FAILED');
    expect(error.message).toMatch(message);
    expect(error.violations).toEqual([{ path, message: expect.stringContaining('cannot be written as JSON') }]);
  });

  it('circular data: the error of JSON.stringify is the cause', () => {
    expect(refusal(() => prepareEvent(AnythingNoted, cyclic, context, settings)).cause).toBeInstanceOf(TypeError);
  });

  it('an event one byte above maxEventBytes; an event of exactly maxEventBytes is accepted', () => {
    const { bytes } = prepare({ itemId: 'ä'.repeat(100) });
    const limited = (maxEventBytes: number) => () =>
      prepareEvent(ItemApproved, { itemId: 'ä'.repeat(100) }, context, { ...settings, maxEventBytes });
    expect(limited(bytes)).not.toThrow();
    const error = refusal(limited(bytes - 1));
    expect(error.code).toBe('PAYLOAD_TOO_LARGE');
    expect(error.message).toContain(`${bytes} bytes, more than maxEventBytes (${bytes - 1})`);
  });

  it('a getter that throws, with its error as the cause', () => {
    const data = Object.defineProperty({}, 'itemId', { enumerable: true, get: () => JSON.parse('{}').missing.deeper });
    const error = refusal(() => prepareEvent(AnythingNoted, data, context, settings));
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', cause: expect.any(TypeError) });
  });

  it('a value that is not an event definition', () => {
    for (const event of [undefined, null, 'approval.item.approved', { type: 'x', version: '1.0.0' }]) {
      expect(refusal(() => prepareEvent(event as never, {}, context, settings)).code).toBe('CONFIG_INVALID');
    }
  });

  it('data whose JSON is certain to be too long, without reading all of it', () => {
    let read = 0;
    const endless = new Proxy([], {
      get: (_target, name) => {
        read += 1;
        return name === 'length' ? 1e12 : undefined;
      },
    });
    expect(refusal(() => prepareEvent(AnythingNoted, endless, context, settings)).code).toBe('PAYLOAD_TOO_LARGE');
    expect(read).toBeLessThan(10);
  });
});

describe('the validated data is the written data', () => {
  it('if a getter returns another value each time', () => {
    let reads = 0;
    const data = Object.defineProperty({ itemId: 'i' }, 'score', {
      enumerable: true,
      get: () => {
        reads += 1;
        return reads === 1 ? 1 : 'many';
      },
    });
    expect(JSON.parse(prepare(data).json).data).toEqual({ itemId: 'i', score: 1 });
    expect(reads).toBe(1);
  });

  it('if `toJSON` returns another value', () => {
    const data = { itemId: { toJSON: () => 'i' }, at: new Date(0) };
    const { json } = prepareEvent(AnythingNoted, data, context, settings);
    expect(JSON.parse(json).data).toEqual({ itemId: 'i', at: '1970-01-01T00:00:00.000Z' });
    expect(JSON.parse(prepare({ itemId: { toJSON: () => 'i' } }).json).data).toEqual({ itemId: 'i' });
    expect(refusal(() => prepare({ itemId: { toJSON: () => 7 } })).violations).toEqual([
      { path: '$.itemId', message: 'must be string' },
    ]);
  });

  it('if a value is inherited, which JSON does not write', () => {
    expect(refusal(() => prepare(Object.create({ itemId: 'i' }))).message).toContain("required property 'itemId'");
  });

  it('if properties are undefined: they are absent', () => {
    expect(JSON.parse(prepare({ itemId: 'i', score: undefined, unheardOf: undefined }).json).data).toEqual({
      itemId: 'i',
    });
  });

  it('if a property is named __proto__', () => {
    const data: unknown = JSON.parse('{"__proto__":{"a":1}}');
    const { json } = prepareEvent(AnythingNoted, data, context, settings);
    expect(json).toContain('"data":{"__proto__":{"a":1}}}');
  });
});
