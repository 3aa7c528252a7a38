import { expect, it } from 'vitest';
import { goFieldNames, goFileName, goPackageName } from '../../../../models/go/go-names.js';

it.each([
  ['example.com/acme/events', 'events'],
  ['example.com/acme/events/v2', 'events'],
  ['example.com/acme/go-events', 'goevents'],
  ['example.com/acme/type', 'eventstype'],
  ['example.com/2', 'events2'],
])('the package of the module %s is %s', (module, name) => {
  expect(goPackageName(module)).toBe(name);
});

it.each([
  ['approval', 'approval.go'],
  ['load_test', 'load_test_events.go'],
  ['windows', 'windows_events.go'],
  ['envelope', 'envelope_events.go'],
])('the file of the domain %s is %s: the compiler includes it everywhere', (domain, file) => {
  expect(goFileName(domain)).toBe(file);
});

it('fields can be used by other packages, and differ', () => {
  const names = goFieldNames(['approvalId', 'approval_id', '2fa', 'größe', '你好', '', 'additionalProperties']);
  expect([...names.values()]).toEqual([
    'ApprovalID',
    'ApprovalID2',
    'X2fa',
    'Größe',
    'X你好',
    'Field',
    'AdditionalProperties2',
  ]);
});
