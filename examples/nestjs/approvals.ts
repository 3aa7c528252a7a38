import { EventHandlers, EventPublisher } from '@hyvve-events/nestjs';
import {
  type ApprovalHandlers,
  type ApprovalRequestedEvent,
  approvalHandlers,
  publishApprovalAutoApproved,
  publishApprovalRequested,
} from '@hyvve-events/sdk/approval';
import { Body, Controller, Injectable, Post } from '@nestjs/common';
import { createId } from '@paralleldrive/cuid2';

/** Publishes for the tenant and the user of the request. */
@Controller('approvals')
export class ApprovalsController {
  constructor(private readonly events: EventPublisher) {}

  @Post()
  async request(@Body() { approvalId, title }: { readonly approvalId: string; readonly title: string }) {
    const { id } = await publishApprovalRequested(this.events, {
      approvalId,
      title,
      type: 'content.publish',
      confidenceScore: 0.97,
      recommendation: 'approve',
      dueAt: '2026-12-24T12:00:00.000Z',
      assignedToId: 'o0vd4xkzpo3dm9a8kzsxkqel',
      sourceId: createId(),
      sourceModule: 'content',
    });
    return { id };
  }
}

/** Decides at once when the agent is sure. Its publishes belong to the tenant and the cause of the event. */
@Injectable()
@EventHandlers(approvalHandlers, { priority: 50 })
export class AutoApproval implements Partial<ApprovalHandlers> {
  constructor(private readonly events: EventPublisher) {}

  async onApprovalRequested({ data }: ApprovalRequestedEvent): Promise<void> {
    const { approvalId, title, type, confidenceScore } = data;
    if (confidenceScore < 0.95) return;
    const decision = { approvalId, title, type, confidenceScore, decision: 'auto_approved' } as const;
    await publishApprovalAutoApproved(this.events, decision);
  }
}
