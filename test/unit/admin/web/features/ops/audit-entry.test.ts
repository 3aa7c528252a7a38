import { expect, it } from 'vitest';
import { describeAction, partsOf } from '../../../../../../admin/web/features/ops/audit/audit-entry.js';

const entry = { id: '1-0', at: '2026-03-04T10:00:00.000Z', actor: 'ann', action: 'edited' };

it('partsOf: pairs the fields of before and after; the data is omitted if its changes are listed', () => {
  const before = { status: 'DLQ', attempts: 3, data: { a: 1 } };
  const after = { status: 'DISCARDED', attempts: 3, newEventId: 'n', data: { a: 2 } };
  expect(partsOf({ ...entry, before, after, changes: [{ path: '$.a', before: 1, after: 2 }] })).toEqual([
    { path: 'status', before: 'DLQ', after: 'DISCARDED', same: false },
    { path: 'attempts', before: 3, after: 3, same: true },
    { path: 'newEventId', after: 'n', same: false },
  ]);
  expect(partsOf({ ...entry, before, after }).map(({ path }) => path)).toContain('data');
});

it('partsOf: empty for an entry without before and after', () => {
  expect(partsOf(entry)).toEqual([]);
});

it('describeAction: names what was discarded; an unknown action is shown as it is', () => {
  const discarded = { ...entry, action: 'discarded' };
  expect(describeAction({ ...discarded, before: { status: 'PARKED' } })).toBe('discarded a parked delivery');
  expect(describeAction({ ...discarded, before: { status: 'DLQ' } })).toBe('discarded a dead letter');
  expect(describeAction({ ...entry, action: 'something-new' })).toBe('something-new');
});
