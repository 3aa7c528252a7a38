import { createEventBus, type HandlerContext, type HandlerOptions } from '@hyvve-events/runtime';
import { catalogHash } from '@hyvve-events/sdk';
import { aiHandlers } from '@hyvve-events/sdk/ai';
import {
  type ApprovalApprovedEvent,
  type ApprovalAutoApprovedEvent,
  type ApprovalCreatedEvent,
  type ApprovalEscalatedEvent,
  type ApprovalExpiredEvent,
  type ApprovalHandlers,
  type ApprovalRejectedEvent,
  type ApprovalRequestedEvent,
  approvalHandlers,
} from '@hyvve-events/sdk/approval';
import { people } from './people.js';
import type { Service, ServiceOptions } from './service.js';

/** Sends one message to one person. If it rejects, the handler fails and is retried. */
export type Send = (to: string, text: string) => Promise<void>;

/** Options of the notifications service. */
export interface NotificationsOptions extends ServiceOptions {
  readonly send: Send;
  /** Retry options of its handlers. Default: those of the runtime. */
  readonly retry?: Pick<HandlerOptions, 'maxRetries' | 'retryDelaysMs'>;
}

/** {@link Send} within a run of a handler. */
type Notify = (ctx: HandlerContext, to: string, text: string) => Promise<void>;

/** Starts the notifications service: it notifies people about their approvals and their token budget. */
export async function startNotifications({ send, retry = {}, ...options }: NotificationsOptions): Promise<Service> {
  const bus = createEventBus({ ...options, service: 'notifications', catalogHash });
  const notify: Notify = async (ctx, to, text) => {
    // A mail must not be sent twice, even if the process crashes afterwards and the event is delivered again.
    await ctx.once('mail', () => send(to, text));
    ctx.log.info({ to }, `mail: ${text}`);
  };
  bus.subscribe(
    approvalHandlers(new ApprovalMails(notify), { ...retry, name: 'mails' }),
    aiHandlers(
      {
        onTokenLimitWarning: ({ data }, ctx) =>
          notify(ctx, people.admin, `${data.provider} has used ${data.percentageUsed} % of its tokens`),
        onTokenLimitExceeded: ({ data }, ctx) =>
          notify(ctx, people.admin, `${data.provider} has used all of its ${data.maxTokens} tokens`),
      },
      { ...retry, name: 'alerts', priority: 10 },
    ),
  );
  await bus.start();
  return { close: () => bus.close() };
}

/** A mail for each step of an approval. The compiler requires a method for each event that the catalog adds to the domain. */
class ApprovalMails implements ApprovalHandlers {
  readonly #notify: Notify;

  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** No notification before the item exists. */
  onApprovalRequested(_event: ApprovalRequestedEvent): void {}

  async onApprovalCreated({ data }: ApprovalCreatedEvent, ctx: HandlerContext): Promise<void> {
    await this.#notify(ctx, data.assignedToId ?? people.lead, `to decide: ${data.title}`);
  }

  async onApprovalApproved({ data }: ApprovalApprovedEvent, ctx: HandlerContext): Promise<void> {
    await this.#notify(ctx, data.decidedById ?? people.lead, `approved: ${data.title}`);
  }

  async onApprovalAutoApproved({ data }: ApprovalAutoApprovedEvent, ctx: HandlerContext): Promise<void> {
    await this.#notify(ctx, people.lead, `approved by a rule: ${data.title}`);
  }

  async onApprovalRejected({ data }: ApprovalRejectedEvent, ctx: HandlerContext): Promise<void> {
    await this.#notify(ctx, data.decidedById ?? people.lead, `rejected: ${data.title}`);
  }

  async onApprovalEscalated({ data }: ApprovalEscalatedEvent, ctx: HandlerContext): Promise<void> {
    await this.#notify(ctx, data.escalatedToId, `escalated to you: ${data.title}`);
  }

  async onApprovalExpired({ data }: ApprovalExpiredEvent, ctx: HandlerContext): Promise<void> {
    await this.#notify(ctx, data.assignedToId ?? people.lead, `expired without a decision: ${data.title}`);
  }
}
