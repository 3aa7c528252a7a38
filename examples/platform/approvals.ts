import { createEventBus, eventDraft, type HandlerContext, type TenantPublisher } from '@hyvve-events/runtime';
import { catalogHash } from '@hyvve-events/sdk';
import { type AgentConfirmationRequestedEvent, agentHandlers } from '@hyvve-events/sdk/agent';
import {
  ApprovalCreated,
  ApprovalRequested,
  type ApprovalRequestedPayload,
  approvalHandlers,
} from '@hyvve-events/sdk/approval';
import { decide } from './decide.js';
import type { Service, ServiceOptions } from './service.js';

/** The approvals service. */
export interface Approvals extends Service {
  /** Requests a decision. */
  request(tenantId: string, item: ApprovalRequestedPayload): Promise<void>;
}

const hour = 3_600_000;

/** Starts the approvals service: a rule decides items with a high confidence score, a person decides the others. */
export async function startApprovals(options: ServiceOptions): Promise<Approvals> {
  const bus = createEventBus({ ...options, service: 'approvals', catalogHash });
  bus.subscribe(
    agentHandlers({ onAgentConfirmationRequested: openItem }, { name: 'intake' }),
    approvalHandlers({ onApprovalCreated: decide }, { name: 'desk' }),
  );
  await bus.start();
  return {
    request: async (tenantId, item) => {
      await publishItem(bus.withContext({ tenantId, correlationId: item.approvalId }), item, item.approvalId);
    },
    close: () => bus.close(),
  };
}

/** A confirmation that an agent requests becomes an approval item, joined to the agent's run by its correlation id. */
async function openItem({ data }: AgentConfirmationRequestedEvent, ctx: HandlerContext): Promise<void> {
  const item: ApprovalRequestedPayload = {
    approvalId: data.confirmationId,
    type: `agent.${data.toolName}`,
    title: data.message,
    confidenceScore: 0.6,
    recommendation: 'review',
    dueAt: new Date(Date.now() + 4 * hour).toISOString(),
    sourceModule: 'agents',
    sourceId: data.runId,
  };
  await publishItem(ctx, item, ctx.idempotencyKey);
}

/** Publishes both events or none; a second call with the same key publishes nothing. */
async function publishItem(publisher: TenantPublisher, item: ApprovalRequestedPayload, key: string): Promise<void> {
  await publisher.publishBatch([
    eventDraft(ApprovalRequested, item, { idempotencyKey: `${key}/requested` }),
    eventDraft(ApprovalCreated, item, { idempotencyKey: `${key}/created` }),
  ]);
}
