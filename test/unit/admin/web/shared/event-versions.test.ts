import type { OlderVersionModel } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { changesOfMajor, knownVersion } from '../../../../../admin/web/shared/event-versions.js';
import { versionedChanges, versionedEvent } from '../../../../support/catalogs/versioned-model.js';

const v1: OlderVersionModel = {
  major: 1,
  version: '1.2.0',
  payload: 'OrderV1',
  next: 'OrderV2',
  step: 'v1ToV2',
  upcast: 'code',
};
const v2: OlderVersionModel = { ...v1, major: 2, version: '2.0.0', payload: 'OrderV2', next: 'Order', step: 'v2ToV3' };
const event = { version: '3.1.0', payload: 'Order', older: [v1, v2] };

describe('knownVersion', () => {
  it.each([
    ['3.1.0', { kind: 'present', payload: 'Order' }],
    ['3.0.9', { kind: 'present', payload: 'Order' }],
    ['3.1.7', { kind: 'present', payload: 'Order' }],
    ['draft', { kind: 'present', payload: 'Order' }],
    ['3.2.0', { kind: 'newer' }],
    ['4', { kind: 'newer' }],
    ['1.9.0', { kind: 'older', payload: 'OrderV1', older: v1 }],
    ['0.3.0', { kind: 'retired' }],
  ])('%s', (version, expected) => {
    expect(knownVersion(event, version)).toEqual(expected);
  });
});

describe('changesOfMajor', () => {
  it('is what changed from this major version to the next one', () => {
    const type = versionedEvent.type;
    expect(changesOfMajor(versionedChanges, type, 1).map(({ path }) => path)).toEqual(['$.customer']);
    expect(changesOfMajor(versionedChanges, type, 2).map(({ code }) => code)).toEqual(['PROPERTY_REMOVED']);
    expect(changesOfMajor(versionedChanges, type, 3)).toEqual([]);
    expect(changesOfMajor(versionedChanges, 'shop.order.sent', 1)).toEqual([]);
    expect(changesOfMajor(undefined, type, 1)).toEqual([]);
  });
});
