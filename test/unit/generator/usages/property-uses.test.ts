import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PropertyUse, propertySearch } from '../../../../generator/usages/property-uses.js';
import { type CodeProject, codeProject, expectedIn } from '../../../support/usages/code-project.js';

/** A comment `//= …` says what the line does with `title` of the data. */
const code = `
import type { TenantPublisher } from '@hyvve-events/runtime';
import { type ApprovalApprovedEvent, type ApprovalDecisionPayload, publishApprovalApproved } from '@hyvve-events/sdk/approval';

export function handle({ data }: ApprovalApprovedEvent) {
  const { title: text, ...rest } = data; //= read
  const direct = data.title; //= read
  const byKey = data['title']; //= read
  const name = 'title';
  const byConstant = data[name]; //= read
  if (!('title' in data)) return []; //= read
  const copy: Partial<ApprovalDecisionPayload> = data;
  const later = copy?.title ?? rest.type; //= read
  const page = { title: 'not of the event' };
  return [text, direct, byKey, byConstant, later, page.title];
}

export async function publish(to: TenantPublisher, title: string) {
  const item = {
    approvalId: 'apr_1',
    type: 'content.publish',
    title, //= write
  };
  await publishApprovalApproved(to, { ...item, decision: 'approved', confidenceScore: 1 });
  await publishApprovalApproved(to, {
    approvalId: 'apr_1',
    type: 'content.publish',
    title: 'Direct', //= write
    decision: 'approved',
    confidenceScore: 1,
  });
  const typed = { approvalId: 'apr_1' } as { -readonly [Key in keyof ApprovalDecisionPayload]: ApprovalDecisionPayload[Key] };
  typed.title = title; //= write
  const part = {
    title, //= write
  };
  const whole: ApprovalDecisionPayload = { ...part, approvalId: 'apr_1', type: 'a', decision: 'approved', confidenceScore: 1 };
  await publishApprovalApproved(to, whole);
  return typed;
}
`;

let project: CodeProject;
let uses: readonly PropertyUse[];
beforeAll(async () => {
  project = codeProject({ 'code.ts': code });
  const search = propertySearch([
    { payload: 'ApprovalDecisionPayload', steps: [{ property: 'title' }] },
    { payload: 'ApprovalDecisionPayload', steps: [{ property: 'none' }] },
    { payload: 'NoSuchPayload', steps: [{ property: 'title' }] },
  ]);
  const { problems } = await project.find(undefined, search.add);
  expect(problems).toEqual([]);
  const [found = [], ...others] = search.results();
  expect(others).toEqual([[], []]);
  uses = found;
});
afterAll(() => project.remove());

it('every place that reads or writes the property is found, and no other property of the same name', () => {
  expect(uses.map(({ line, kind }) => `${line}: ${kind}`)).toEqual(expectedIn(code));
});
