import { initTRPC } from '@trpc/server';
import { describe, expect, it } from 'vitest';
import { ApprovalApproved, type ApprovalDecisionPayload } from '../../../../generated/approval.js';
import { type CompiledCheck, defineEvent, guard, type Validate } from '../../../../runtime/codegen.js';
import { createMemoryBus } from '../../../../runtime/testing/index.js';

const decision: ApprovalDecisionPayload = {
  approvalId: 'apr1',
  type: 't',
  title: 'x',
  decision: 'approved',
  confidenceScore: 1,
};
const schema = ApprovalApproved['~standard'];

/** A definition whose validator reports the given errors. */
function reporting(...errors: NonNullable<CompiledCheck['errors']>) {
  const check: CompiledCheck = () => {
    check.errors = errors;
    return errors.length === 0;
  };
  const validate = guard(check) as Validate<unknown>;
  return defineEvent({ type: 'a.b.c', key: 'C', version: '1.0.0', domain: 'a', validate })['~standard'];
}

describe('the definition of an event as a Standard Schema', () => {
  it('has version 1, a vendor, and returns valid data unchanged', () => {
    expect(schema).toMatchObject({ version: 1, vendor: 'hyvve-events' });
    const result = schema.validate(decision);
    expect(result).toEqual({ value: decision });
    expect('value' in result && result.value).toBe(decision);
  });

  it('reports every violation with its message and path; a missing property at its own path', () => {
    const { title: _, ...untitled } = decision;
    expect(schema.validate({ ...untitled, confidenceScore: 2, more: 1 })).toEqual({
      issues: expect.arrayContaining([
        { message: "must have required property 'title'", path: ['title'] },
        { message: 'must be <= 1', path: ['confidenceScore'] },
        { message: 'must not have the property "more"', path: [] },
      ]),
    });
    expect(schema.validate(undefined)).toEqual({ issues: [{ message: 'must be object', path: [] }] });
  });

  it('keeps the violations of a call when the next call finds none', () => {
    const { issues } = schema.validate({});
    const count = issues?.length;
    schema.validate(decision);
    expect(count).toBeGreaterThan(3);
    expect(issues).toHaveLength(count ?? 0);
  });

  it.each([
    ['/items/0/a~1b', { items: [{ 'a/b': 1 }] }, ['items', 0, 'a/b']],
    ['/items/0/a~0b', { items: { '0': { 'a~b': 1 } } }, ['items', '0', 'a~b']],
    ['/items/3', null, ['items', '3']],
  ])('%s of %j is the path %j', (instancePath, value, path) => {
    const { issues } = reporting({ instancePath, schemaPath: '#', keyword: 'type', params: {} }).validate(value);
    expect(issues).toEqual([{ message: 'breaks type', path }]);
  });

  it('is the input of a procedure of tRPC, which publishes the event', async () => {
    const bus = createMemoryBus({ service: 'approvals' });
    const { procedure, router, createCallerFactory } = initTRPC.create();
    const api = router({
      approve: procedure
        .input(ApprovalApproved)
        .mutation(({ input }) => bus.publish(ApprovalApproved, input, { tenantId: 'acme' })),
    });
    const caller = createCallerFactory(api)({});
    await expect(caller.approve(decision)).resolves.toMatchObject({ id: expect.any(String) });
    await expect(caller.approve({ ...decision, decision: 'maybe' } as never)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      cause: { issues: [{ path: ['decision'] }] },
    });
    await bus.close();
  });
});
