import type { UpcastStep } from '@hyvve-events/catalog-model';
import { describe, expect, it } from 'vitest';
import { convertByStep } from '../../../../admin/catalog/convert-by-step.js';

const derived: readonly UpcastStep[] = [
  { do: 'keep', name: 'id' },
  { do: 'keep', name: 'currency', default: 'EUR' },
  { do: 'rename', name: 'customerId', from: 'customer' },
  { do: 'rename', name: 'remark', from: 'note', default: '' },
  { do: 'set', name: 'channel', value: 'web' },
  { do: 'drop', name: 'old' },
];
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
