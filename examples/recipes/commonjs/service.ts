// A service in CommonJS: `tsc` compiles these imports to `require`.
import type { EventBus } from '@hyvve-events/runtime';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { approvalHandlers, publishApprovalApproved } from '@hyvve-events/sdk/approval';

export async function start(bus: EventBus): Promise<void> {
  bus.subscribe(
    approvalHandlers({
      onApprovalApproved({ data }) {
        console.log(`${data.title}: ${data.decision}`);
      },
    }),
  );
  await bus.start();
}

async function main(): Promise<void> {
  // With Redis: `createEventBus` of '@hyvve-events/runtime'. The bus in memory needs no server.
  const bus = createMemoryBus({ service: 'notifications' });
  await start(bus);
  const decision = {
    approvalId: 'qd9mivoh1bz1wo3hcy8q7glu',
    type: 'content.publish',
    title: 'Q3 newsletter',
    decision: 'approved',
  } as const;
  await publishApprovalApproved(bus, { ...decision, confidenceScore: 0.8 }, { tenantId: 'acme' });
  await bus.idle();
  await bus.close();
}

if (require.main === module) void main();
