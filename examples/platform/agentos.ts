import { createEventBus, type HandlerContext } from '@hyvve-events/runtime';
import { catalogHash } from '@hyvve-events/sdk';
import {
  type AgentConfirmationPayload,
  publishAgentConfirmationGranted,
  publishAgentConfirmationRequested,
  publishAgentRunCompleted,
  publishAgentRunStarted,
} from '@hyvve-events/sdk/agent';
import { type ApprovalApprovedEvent, approvalHandlers } from '@hyvve-events/sdk/approval';
import { createId } from '@paralleldrive/cuid2';
import type { Service, ServiceOptions } from './service.js';

/** The service that runs agents. */
export interface AgentOs extends Service {
  /** Starts a run of the writer agent, which needs a confirmation before it sends a newsletter. Returns the run's id. */
  run(tenantId: string, subject: string): Promise<string>;
}

/** The agent that writes newsletters. */
const agentId = 'x3kcb1fpm8yn2oqvw6dtz5hr';

/** Starts the agent service: a run pauses at a tool call that needs a confirmation, and continues when it is approved. */
export async function startAgentOs(options: ServiceOptions): Promise<AgentOs> {
  const bus = createEventBus({ ...options, service: 'agentos', catalogHash });
  /** Tool calls that wait for a confirmation, by confirmation id. A real service stores them in its database. */
  const waiting = new Map<string, AgentConfirmationPayload>();

  async function resume({ data }: ApprovalApprovedEvent, ctx: HandlerContext): Promise<void> {
    const confirmation = waiting.get(data.approvalId);
    if (confirmation === undefined) return;
    const { runId } = confirmation;
    const key = ctx.idempotencyKey;
    await publishAgentConfirmationGranted(ctx, confirmation, { idempotencyKey: `${key}/granted` });
    const completed = {
      runId,
      agentId,
      agentName: 'Writer',
      output: { sent: true },
      durationMs: 1200,
      tokensUsed: 830,
    };
    await publishAgentRunCompleted(ctx, completed, { idempotencyKey: `${key}/completed` });
    ctx.log.info({ runId }, `run ${runId} continued and completed`);
    waiting.delete(data.approvalId);
  }

  bus.subscribe(approvalHandlers({ onApprovalApproved: resume }, { name: 'runs' }));
  await bus.start();
  return {
    run: async (tenantId, subject) => {
      const runId = createId();
      const scope = bus.withContext({ tenantId, correlationId: runId });
      await publishAgentRunStarted(scope, {
        runId,
        agentId,
        agentName: 'Writer',
        input: { subject },
        triggeredBy: 'user',
      });
      const confirmation: AgentConfirmationPayload = {
        runId,
        agentId,
        confirmationId: createId(),
        toolName: 'send_newsletter',
        toolArgs: { subject },
        message: `Send the newsletter "${subject}" to every subscriber?`,
      };
      waiting.set(confirmation.confirmationId, confirmation);
      await publishAgentConfirmationRequested(scope, confirmation);
      return runId;
    },
    close: () => bus.close(),
  };
}
