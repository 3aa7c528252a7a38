import { expect, it } from 'vitest';
import { matchesPattern } from '../../../../runtime/event/pattern.js';

it.each([
  ['*', 'approval.item.approved', true],
  ['*', 'anything', true],
  ['approval.*', 'approval.item.approved', true],
  ['approval.*', 'approval.item', true],
  ['approval.item.*', 'approval.item.approved', true],
  ['approval.item.approved', 'approval.item.approved', true],
  ['approval.*', 'approvals.counted', false],
  ['approval.*', 'approval', false],
  ['approval.item.*', 'approval.items.listed', false],
  ['approval.item.approved', 'approval.item.approved.twice', false],
  ['approval.item', 'approval.item.approved', false],
  ['approval', 'approval.item.approved', false],
])('%s and %s: %s', (pattern, type, matches) => {
  expect(matchesPattern(pattern, type)).toBe(matches);
});
