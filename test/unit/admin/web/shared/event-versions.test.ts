import type { OlderVersionModel, UpcastStep } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { convertByStep, knownVersion, upcastData } from '../../../../../admin/web/shared/event-versions.js';

const derived: readonly UpcastStep[] = [
  { do: 'keep', name: 'id' },
  { do: 'keep', name: 'currency', default: 'EUR' },
  { do: 'rename', name: 'customerId', from: 'customer' },
  { do: 'rename', name: 'remark', from: 'note', default: '' },
  { do: 'set', name: 'channel', value: 'web' },
  { do: 'drop', name: 'old' },
];
const v1: OlderVersionModel = {
  major: 1,
  version: '1.2.0',
  payload: 'OrderV1',
  next: 'OrderV2',
  step: 'v1ToV2',
  upcast: 'derive',
  derived,
};
const v2: OlderVersionModel = { ...v1, major: 2, version: '2.0.0', payload: 'OrderV2', next: 'Order', step: 'v2ToV3' };
const event = {
  version: '3.1.0',
  payload: 'Order',
  older: [v1, { ...v2, derived: [{ do: 'keep', name: 'id' } as const] }],
};

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

describe('convertByStep', () => {
  it('copies, renames, sets and drops properties', () => {
    const data = { id: 'o', currency: 'USD', customer: 'c', note: 'n', old: 1 };
    expect(convertByStep(data, derived)).toEqual({
      id: 'o',
      currency: 'USD',
      customerId: 'c',
      remark: 'n',
      channel: 'web',
    });
    expect(convertByStep({}, derived)).toEqual({ currency: 'EUR', remark: '', channel: 'web' });
  });

  it('reads only own properties, and copies null and false', () => {
    const steps: readonly UpcastStep[] = [
      { do: 'keep', name: 'constructor' },
      { do: 'keep', name: 'a', default: 1 },
      { do: 'keep', name: 'b', default: 1 },
    ];
    expect(convertByStep({ a: null, b: false }, steps)).toEqual({ a: null, b: false });
  });
});

describe('upcastData', () => {
  it('converts over every step to the present version', () => {
    expect(upcastData(event, '1.0.0', { id: 'o', old: 1 })).toEqual({
      kind: 'converted',
      version: '3.1.0',
      data: { id: 'o' },
    });
    expect(upcastData(event, '2.0.0', { id: 'o', x: 1 })).toEqual({
      kind: 'converted',
      version: '3.1.0',
      data: { id: 'o' },
    });
  });

  it('names a step that only the SDK contains', () => {
    const { derived: _, ...written } = v2;
    const other = { ...event, older: [v1, { ...written, upcast: 'code' as const }] };
    expect(upcastData(other, '1.0.0', { id: 'o' })).toEqual({ kind: 'code', step: 'v2ToV3' });
  });

  it('nothing for other versions, and for data that is not an object', () => {
    for (const version of ['3.1.0', '4.0.0', '0.1.0']) expect(upcastData(event, version, {})).toBeUndefined();
    expect(upcastData(event, '1.0.0', 'masked')).toBeUndefined();
  });
});
