import { readFile } from 'node:fs/promises';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { ApprovalEscalated, approvalHandlers, publishApprovalCreated } from '@hyvve-events/sdk/approval';
import { expect, test } from 'vitest';
import { decide } from '../../../../examples/platform/decide.js';
import { people } from '../../../../examples/platform/people.js';

test('an approval that needs a full review is escalated, also if the first run fails', async () => {
  const bus = createMemoryBus({ service: 'approvals' });
  let runs = 0;
  bus.subscribe(
    approvalHandlers({
      async onApprovalCreated(event, ctx) {
        runs += 1;
        if (runs === 1) throw new Error('the database is unavailable');
        await decide(event, ctx);
      },
    }),
  );
  await bus.start();

  const item = { approvalId: 'apr1', type: 'terms', title: 'New terms', dueAt: '2026-12-01T17:00:00.000Z' };
  const created = { ...item, confidenceScore: 0.4, recommendation: 'full_review' } as const;
  await publishApprovalCreated(bus, created, { tenantId: 'acme', correlationId: 'flow-1' });
  await bus.idle();
  expect(bus.publishedOf(ApprovalEscalated)).toEqual([]);

  await bus.advance(70_000);
  const [escalated] = bus.publishedOf(ApprovalEscalated);
  expect(escalated).toMatchObject({
    correlationId: 'flow-1',
    data: { approvalId: 'apr1', escalatedToId: people.lead },
  });
  expect(await bus.deadLetters.count()).toBe(0);
  await bus.close();
});

test('docs/testing.md: contains the test above', async () => {
  const [here, page] = await Promise.all([readFile(import.meta.filename, 'utf8'), readFile('docs/testing.md', 'utf8')]);
  const shown = /^test\([\s\S]*?^}\);$/m;
  expect(shown.exec(page)?.[0]).toBe(shown.exec(here)?.[0]);
});
