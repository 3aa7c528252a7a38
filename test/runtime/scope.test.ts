import { describe, expect, it } from 'vitest';
import { draft, type EventDraft, type PublishContext, type Publisher } from '../../runtime/publisher.js';
import { mergeContext, ScopedPublisher } from '../../runtime/scope.js';
import { ItemApproved } from '../support/items.js';

describe('mergeContext', () => {
  const base = { tenantId: 't', userId: 'u', correlationId: 'c', causationId: 'e' };

  it('lays one context on another', () => {
    expect(mergeContext(base, { tenantId: 't2', correlationId: 'c2' })).toEqual({
      ...base,
      tenantId: 't2',
      correlationId: 'c2',
    });
    expect(mergeContext({}, base)).toEqual(base);
    expect(mergeContext(base, undefined)).toBe(base);
  });

  it('leaves as it is what is given as undefined', () => {
    const over: Record<string, undefined> = { tenantId: undefined, userId: undefined };
    expect(mergeContext(base, over as PublishContext)).toEqual(base);
  });

  it('changes neither', () => {
    const over = { tenantId: 't2' };
    mergeContext(base, over);
    expect(base.tenantId).toBe('t');
    expect(over).toEqual({ tenantId: 't2' });
  });
});

describe('ScopedPublisher', () => {
  it('hands on every publish with its context, nested scopes over outer ones', async () => {
    const calls: (PublishContext | undefined)[] = [];
    const target: Publisher = {
      async publish(_event, _data, context) {
        calls.push(context);
        return { id: 'e1', streamId: '1-0', duplicate: false };
      },
      async publishBatch(_drafts: readonly EventDraft[], context) {
        calls.push(context);
        return [];
      },
      with: (context) => new ScopedPublisher(target, context),
    };
    const scope = target.with({ tenantId: 't' }).with({ userId: 'u' });
    await scope.publish(ItemApproved, { itemId: 'i' });
    await scope.publish(ItemApproved, { itemId: 'i' }, { userId: 'u2' });
    await scope.publishBatch([draft(ItemApproved, { itemId: 'i' })], { correlationId: 'c' });
    expect(calls).toEqual([
      { tenantId: 't', userId: 'u' },
      { tenantId: 't', userId: 'u2' },
      { tenantId: 't', userId: 'u', correlationId: 'c' },
    ]);
  });
});
