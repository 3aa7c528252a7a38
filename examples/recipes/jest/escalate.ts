import type { EventBus } from '@hyvve-events/runtime';
import { approvalHandlers, publishApprovalEscalated } from '@hyvve-events/sdk/approval';

/** Escalates each rejected approval. */
export function escalateRejected(bus: EventBus): void {
  bus.subscribe(
    approvalHandlers({
      async onApprovalRejected({ data, timestamp }, ctx) {
        await publishApprovalEscalated(ctx, {
          approvalId: data.approvalId,
          type: data.type,
          title: data.title,
          escalatedToId: 'o0vd4xkzpo3dm9a8kzsxkqel',
          reason: 'rejected',
          originalDueAt: timestamp,
          newDueAt: timestamp,
        });
      },
    }),
  );
}
