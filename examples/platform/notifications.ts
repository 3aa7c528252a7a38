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
import type { Service, ServiceOptions } from './service.js';

/** Sends one message to one person. What it rejects with has the event handled again later. */
export type Send = (to: string, text: string) => Promise<void>;

/** What the notifications service needs beside the bus. */
export interface NotificationsOptions extends ServiceOptions {
  readonly send: Send;
  /** How its handlers are retried. Default: the runtime's. */
  readonly retry?: Pick<HandlerOptions, 'maxRetries' | 'retryDelaysMs'>;
}

/** {@link Send} within the handling of an event. */
type Tell = (ctx: HandlerContext, to: string, text: string) => Promise<void>;

/** Starts the notifications service: it tells people what happened to their approvals and their token budget. */
export async function startNotifications({ send, retry = {}, ...options }: NotificationsOptions): Promise<Service> {
  const bus = createEventBus({ ...options, service: 'notifications', catalogHash });
  const tell: Tell = async (ctx, to, text) => {
    // A mail must not go out twice, even when the process dies right after it and the event comes again.
    await ctx.once('mail', () => send(to, text));
    ctx.log.info({ to }, `told ${to}: ${text}`);
  };
  bus.subscribe(
    approvalHandlers(new ApprovalMails(tell), { ...retry, name: 'mails' }),
    aiHandlers(
      {
        onTokenLimitWarning: ({ data }, ctx) =>
          tell(ctx, 'usr_admin', `${data.provider} has used ${data.percentageUsed} % of its tokens`),
        onTokenLimitExceeded: ({ data }, ctx) =>
          tell(ctx, 'usr_admin', `${data.provider} has used all of its ${data.maxTokens} tokens`),
      },
      { ...retry, name: 'alerts', priority: 10 },
    ),
  );
  await bus.start();
  return { close: () => bus.close() };
}

/** A mail for each step of an approval. Whatever the catalog adds to the domain, the compiler asks for here. */
class ApprovalMails implements ApprovalHandlers {
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Nobody is told before the item exists. */
  onApprovalRequested(_event: ApprovalRequestedEvent): void {}

  async onApprovalCreated({ data }: ApprovalCreatedEvent, ctx: HandlerContext): Promise<void> {
    await this.#tell(ctx, data.assignedToId ?? 'usr_lead', `to decide: ${data.title}`);
  }

  async onApprovalApproved({ data }: ApprovalApprovedEvent, ctx: HandlerContext): Promise<void> {
    await this.#tell(ctx, data.decidedById ?? 'usr_lead', `approved: ${data.title}`);
  }

  async onApprovalAutoApproved({ data }: ApprovalAutoApprovedEvent, ctx: HandlerContext): Promise<void> {
    await this.#tell(ctx, 'usr_lead', `approved by a rule: ${data.title}`);
  }

  async onApprovalRejected({ data }: ApprovalRejectedEvent, ctx: HandlerContext): Promise<void> {
    await this.#tell(ctx, data.decidedById ?? 'usr_lead', `rejected: ${data.title}`);
  }

  async onApprovalEscalated({ data }: ApprovalEscalatedEvent, ctx: HandlerContext): Promise<void> {
    await this.#tell(ctx, data.escalatedToId, `now yours to decide: ${data.title}`);
  }

  async onApprovalExpired({ data }: ApprovalExpiredEvent, ctx: HandlerContext): Promise<void> {
    await this.#tell(ctx, data.assignedToId ?? 'usr_lead', `nobody decided in time: ${data.title}`);
  }
}
