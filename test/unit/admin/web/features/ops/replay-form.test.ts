import fc from 'fast-check';
import { expect, it } from 'vitest';
import { freshForm, handlerKey, readForm } from '../../../../../../admin/web/features/ops/replays/replay-form.js';
import { isoTime, localTime } from '../../../../../../admin/web/ui/local-time.js';

const now = new Date('2026-03-04T10:20:30.456Z');

it('readForm: converts times from the browser’s time zone, and omits empty fields', () => {
  expect(isoTime(localTime(now))).toBe(now.toISOString());
  expect(isoTime('soon')).toBeUndefined();
  expect(readForm(freshForm(24, now))).toEqual({
    body: { startTime: '2026-03-03T10:20:30.456Z', endTime: '2026-03-04T10:20:30.456Z' },
  });
});

it('readForm: the body contains the chosen values', () => {
  const handlers = [handlerKey('billing', 'mails / invoices')];
  const form = { ...freshForm(1, now), types: ['shop.*'], tenantId: ' acme ', groups: ['audit'], handlers, rate: '50' };
  expect(readForm(form)).toMatchObject({
    body: {
      eventTypes: ['shop.*'],
      tenantId: 'acme',
      groups: ['audit'],
      ratePerSecond: 50,
      handlers: [{ group: 'billing', handler: 'mails / invoices' }],
    },
  });
});

it.each([
  ['from', { from: '' }],
  ['to', { to: 'soon' }],
  ['to', { from: '2026-03-05T00:00' }],
  ['rate', { rate: '0' }],
  ['rate', { rate: '1.5' }],
  ['rate', { rate: 'many' }],
  ['types', { typed: { types: 'shop', groups: '', handlers: '' } }],
  ['groups', { typed: { types: '', groups: 'audit', handlers: '' }, groups: ['billing'] }],
  ['handlers', { typed: { types: ' ', groups: '', handlers: 'mails' } }],
] as const)('readForm: reports an invalid %s: %j', (field, change) => {
  const read = readForm({ ...freshForm(1, now), ...change });
  expect('problems' in read && Object.keys(read.problems)).toEqual([field]);
});

it('readForm: for any input, the body contains only the chosen values', () => {
  const name = fc.oneof(fc.constantFrom('', ' ', 'audit', 'billing / mails', ' / ', 'a / b / c'), fc.string());
  const names = fc.array(name, { maxLength: 3 });
  const form = fc.record({
    types: names,
    groups: names,
    handlers: names,
    tenantId: name,
    typed: fc.record({ types: name, groups: name, handlers: name }),
  });
  fc.assert(
    fc.property(form, (change) => {
      const read = readForm({ ...freshForm(1, now), ...change });
      const typed = (['types', 'groups', 'handlers'] as const).filter((field) => change.typed[field].trim() !== '');
      if ('problems' in read) {
        expect(Object.keys(read.problems)).toEqual(typed);
        return;
      }
      expect(typed).toEqual([]);
      const { eventTypes = [], groups = [], handlers = [], tenantId = '' } = read.body;
      expect([eventTypes, groups, tenantId]).toEqual([change.types, change.groups, change.tenantId.trim()]);
      expect(handlers).toHaveLength(change.handlers.length);
    }),
    { seed: 13, numRuns: 500 },
  );
});
