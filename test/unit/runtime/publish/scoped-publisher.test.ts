import { silentLogger } from '@hyvve-events/runtime';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { describe, expect, it } from 'vitest';
import { mergeContext } from '../../../../runtime/publish/publish-options.js';
import {
  eventDraft,
  type PublishContext,
  type PublishOptions,
  publisherOf,
  type TenantContext,
} from '../../../../runtime/publish/publisher.js';
import { ScopedPublisher } from '../../../../runtime/publish/scoped-publisher.js';
import { ItemApproved } from '../../../support/events/items.js';

describe('mergeContext', () => {
  const base = { tenantId: 't', userId: 'u', correlationId: 'c', causationId: 'e' };

  it('the second context overrides the first', () => {
    expect(mergeContext(base, { tenantId: 't2', correlationId: 'c2' })).toEqual({
      ...base,
      tenantId: 't2',
      correlationId: 'c2',
    });
    expect(mergeContext({}, base)).toEqual(base);
    expect(mergeContext(base, undefined)).toBe(base);
  });

  it('undefined fields do not override', () => {
    const over: Record<string, undefined> = { tenantId: undefined, userId: undefined };
    expect(mergeContext(base, over as PublishContext)).toEqual(base);
  });

  it.each<[string, object, RegExp]>([
    [
      'a misspelt field',
      { tenantID: 't' },
      /the context of a publish: there is no option "tenantID": did you mean "tenantId"\?/,
    ],
    [
      'another field',
      { tenantId: 't', colour: 'red' },
      /there is no option "colour": the options are tenantId, userId/,
    ],
    ['one that is undefined', { tenantId: 't', workspaceId: undefined }, /there is no option "workspaceId"/],
    ['one named like a property of every object', JSON.parse('{"__proto__": 1}'), /there is no option "__proto__"/],
  ])('refuses %s', (_what, over, message) => {
    expect(() => mergeContext({}, over)).toThrow(message);
    expect(() => mergeContext({}, over)).toThrow(expect.objectContaining({ code: 'CONTEXT_INVALID' }));
  });

  it('ignores inherited properties of Object.prototype', () => {
    const over = Object.assign(Object.create({ polyfill: () => 1 }), { tenantId: 't' });
    expect(mergeContext({}, over)).toEqual({ tenantId: 't' });
  });

  it('ignores fields that are not enumerable, as a spread does', () => {
    const over = Object.defineProperty({ tenantId: 't' }, 'userId', { value: 'u', enumerable: false });
    expect(mergeContext({}, over)).toEqual({ tenantId: 't' });
  });

  it('an instance of a class: its own fields and its accessors are read, each once; an unknown field is refused', () => {
    const reads: string[] = [];
    class Context {
      readonly userId = 'u2';
      get tenantId() {
        reads.push('tenantId');
        return 't2';
      }
    }
    expect(mergeContext(base, new Context())).toEqual({ ...base, tenantId: 't2', userId: 'u2' });
    expect(reads).toEqual(['tenantId']);
    const wrong = Object.assign(new Context(), { colour: 'red' });
    expect(() => mergeContext(base, wrong)).toThrow(/there is no option "colour"/);
    // An option of a publish, but not of a context.
    class WithId {
      get id() {
        return 'e1';
      }
    }
    expect(() => mergeContext(base, new WithId() as PublishContext)).toThrow(/there is no option "id"/);
  });

  it('changes neither of the arguments', () => {
    const over = { tenantId: 't2' };
    mergeContext(base, over);
    expect(base.tenantId).toBe('t');
    expect(over).toEqual({ tenantId: 't2' });
  });
});

describe('a bus', () => {
  const bus = createMemoryBus({ service: 'desk', logger: silentLogger });
  const item = { itemId: 'i' };
  const wrong = { tenantId: 't', userID: 'u' } as never;
  const refused = { code: 'CONTEXT_INVALID', message: expect.stringContaining('did you mean "userId"') };

  it('refuses an unknown field of a context, in every call', async () => {
    await expect(bus.publish(ItemApproved, item, wrong)).rejects.toMatchObject(refused);
    await expect(bus.publishBatch([eventDraft(ItemApproved, item, wrong as TenantContext)])).rejects.toMatchObject(
      refused,
    );
    await expect(bus.publishBatch([eventDraft(ItemApproved, item)], wrong)).rejects.toMatchObject(refused);
    await expect(bus.publishBatch([], null as never)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
    expect(() => bus.withContext(wrong)).toThrow(expect.objectContaining(refused));
    // An ordering key is an option of one publish.
    const keyed = { tenantId: 't', key: 'k' } as TenantContext;
    expect(() => bus.withContext(keyed)).toThrow(expect.objectContaining({ code: 'CONTEXT_INVALID' }));
    await expect(bus.publishBatch([eventDraft(ItemApproved, item)], keyed)).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
    });
  });

  it('⚑ publish with options as a fourth argument, as before 1.0: refused, by a bus, a scope and a generated function', async () => {
    const options = [{ tenantId: 't' }, { idempotencyKey: 'k' }] as unknown as [TenantContext];
    const refused = { code: 'CONTEXT_INVALID', message: expect.stringContaining('no fourth argument') };
    await expect(bus.publish(ItemApproved, item, ...options)).rejects.toMatchObject(refused);
    await expect(bus.withContext({}).publish(ItemApproved, item, ...options)).rejects.toMatchObject(refused);
    const publishItem = publisherOf(ItemApproved);
    await expect(Reflect.apply(publishItem, undefined, [bus, item, ...options])).rejects.toMatchObject(refused);
  });

  it('refuses an unknown part of a draft', async () => {
    const context = { tenantId: 't' };
    const misspelt = { event: ItemApproved, data: item, contxt: context } as never;
    await expect(bus.publishBatch([eventDraft(ItemApproved, item, context), misspelt])).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      message: expect.stringContaining('number 1 has "contxt"'),
    });
  });
});

describe('ScopedPublisher', () => {
  it('⚑ nested scopes: each publish has the context of all of them, the innermost wins', async () => {
    const calls: (PublishOptions | undefined)[][] = [];
    const root = new ScopedPublisher(async (drafts) => {
      calls.push(drafts.map(({ options }) => options));
      return drafts.map(() => ({ id: 'e1', streamId: '1-0', duplicate: false }));
    }, {});
    const scope = root.withContext({ tenantId: 't' }).withContext({ userId: 'u' });
    await scope.publish(ItemApproved, { itemId: 'i' });
    await scope.publish(ItemApproved, { itemId: 'i' }, { userId: 'u2' });
    const drafts = [
      eventDraft(ItemApproved, { itemId: 'i' }, { userId: 'u3' }),
      eventDraft(ItemApproved, { itemId: 'j' }),
    ];
    await scope.publishBatch(drafts, { correlationId: 'c' });
    expect(calls).toEqual([
      [{ tenantId: 't', userId: 'u' }],
      [{ tenantId: 't', userId: 'u2' }],
      [
        { tenantId: 't', userId: 'u3', correlationId: 'c' },
        { tenantId: 't', userId: 'u', correlationId: 'c' },
      ],
    ]);
  });
});
