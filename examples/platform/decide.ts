import type { HandlerContext } from '@hyvve-events/runtime';
import {
  type ApprovalCreatedEvent,
  publishApprovalApproved,
  publishApprovalAutoApproved,
  publishApprovalEscalated,
} from '@hyvve-events/sdk/approval';
import { people } from './people.js';

const hour = 3_600_000;
/** Confidence score from which a rule approves an item. */
const certain = 0.9;

/** Decides an item: by rule if the confidence score is high, by escalation if it needs two people, else like a person. */
export async function decide({ data }: ApprovalCreatedEvent, ctx: HandlerContext): Promise<void> {
  const { approvalId, type, title, confidenceScore, dueAt } = data;
  const item = { approvalId, type, title };
  // This handler may run twice: with the key, its event is published only once.
  const once = { idempotencyKey: ctx.idempotencyKey };
  if (data.recommendation === 'full_review') {
    const newDueAt = new Date(Date.parse(dueAt) + 24 * hour).toISOString();
    const reason = 'A full review needs a second person.';
    const change = { escalatedToId: people.lead, reason, originalDueAt: dueAt, newDueAt };
    await publishApprovalEscalated(ctx, { ...item, ...change }, once);
  } else if (confidenceScore >= certain) {
    await publishApprovalAutoApproved(ctx, { ...item, decision: 'auto_approved', confidenceScore }, once);
  } else {
    const decidedById = data.assignedToId ?? people.lead;
    await publishApprovalApproved(ctx, { ...item, decision: 'approved', decidedById, confidenceScore }, once);
  }
}
