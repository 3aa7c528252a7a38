import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { ApprovalEscalated, publishApprovalRejected } from '@hyvve-events/sdk/approval';
import { sampleApprovalRejected } from '@hyvve-events/sdk/samples/approval';
import { expect, test } from '@jest/globals';
import { escalateRejected } from './escalate.js';

test('a rejected approval is escalated', async () => {
  const bus = createMemoryBus({ service: 'approvals' });
  escalateRejected(bus);
  await bus.start();
  await publishApprovalRejected(bus, sampleApprovalRejected({ approvalId: 'apr1' }), { tenantId: 'acme' });
  await bus.idle();
  expect(bus.publishedOf(ApprovalEscalated)).toMatchObject([{ data: { approvalId: 'apr1' } }]);
  await bus.close();
});
