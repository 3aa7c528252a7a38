import type { PublishContext } from '@hyvve-events/runtime';
import { createEventBus, type EventBus } from '@hyvve-events/runtime';
import { subscribe } from '@hyvve-events/sdk';
import { TokenLimitExceeded } from '@hyvve-events/sdk/ai';
import { AuthUserCreated } from '@hyvve-events/sdk/auth';

/** A service whose handler `mails` fails while it is broken, and whose handler `count` never does. */
export interface Flaky {
  broken: boolean;
  /** Ids of the events that `mails` has handled. */
  readonly handled: string[];
  /** Publishes a user's creation, whose data the catalog marks as personal. Gives the event's id. */
  createUser(userId: string, context: PublishContext): Promise<string>;
  /** Publishes that a budget is used up. Gives the event's id. */
  exceedBudget(provider: string, context: PublishContext): Promise<string>;
  close(): Promise<void>;
}

/** Starts it, and a publisher beside it. */
export async function startFlaky(redis: string): Promise<Flaky> {
  const service = createEventBus({ redis, service: 'notifications', leaseMs: 9_000 });
  const publisher: EventBus = createEventBus({ redis, service: 'platform' });
  const handled: string[] = [];
  const flaky: Flaky = {
    broken: true,
    handled,
    createUser: async (userId, context) => {
      const data = { userId, method: 'password', createdAt: new Date().toISOString() } as const;
      return (await publisher.publish(AuthUserCreated, data, context)).id;
    },
    exceedBudget: async (provider, context) => {
      const data = { providerId: 'prv_1', provider, tokensUsed: 12, maxTokens: 10 };
      return (await publisher.publish(TokenLimitExceeded, data, context)).id;
    },
    close: async () => {
      await Promise.all([service.close(), publisher.close()]);
    },
  };
  service.subscribe(
    subscribe('*', { name: 'mails', maxRetries: 1, retryDelaysMs: [10] }, async (event, ctx) => {
      if (flaky.broken) throw new Error(`mail server refused order ${event.id.length} of ${ctx.attempt}`);
      handled.push(event.id);
    }),
    subscribe('*', { name: 'count' }, async () => undefined),
  );
  await service.start();
  return flaky;
}
