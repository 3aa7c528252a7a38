import type { PublishOptions, RedisTarget, TenantContext } from '@hyvve-events/runtime';
import { createEventBus, type EventBus } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { subscribe } from '@hyvve-events/sdk';
import { TokenLimitExceeded } from '@hyvve-events/sdk/ai';
import { AuthUserCreated } from '@hyvve-events/sdk/auth';
import { atVersion } from './events.js';

/** A service whose handler `mails` fails while it is broken, and whose handler `count` never does. */
export interface Flaky {
  broken: boolean;
  /** Ids of the events that `mails` has handled. */
  readonly handled: string[];
  /** Publishes the creation of a user, with data that the catalog marks as personal. Returns the event id. */
  createUser(userId: string, context: TenantContext): Promise<string>;
  /** Publishes that a token limit is exceeded. Returns the event id. */
  exceedBudget(provider: string, context: TenantContext & PublishOptions): Promise<string>;
  /** The same with a version that the service does not know, so that it is parked for both handlers. Returns the event id. */
  park(version: string, context: TenantContext): Promise<string>;
  /** Starts a newer build of the service that knows this version. */
  deploy(version: string): Promise<EventBus>;
  close(): Promise<void>;
}

/** Starts the service and a publisher. @param partitions Number of partitions of a new stream. */
export async function startFlaky(redis: RedisTarget, partitions = 1): Promise<Flaky> {
  const service = createEventBus({ redis, partitions, service: 'notifications', leaseMs: 9_000 });
  const publisher: EventBus = createEventBus({ redis, partitions, service: 'platform' });
  const handled: string[] = [];
  const flaky: Flaky = {
    broken: true,
    handled,
    createUser: async (userId, context) => {
      const data = { userId, method: 'password', createdAt: new Date().toISOString() } as const;
      return (await publisher.publish(AuthUserCreated, data, context)).id;
    },
    exceedBudget: async (provider, context) => {
      const data = { providerId: 'prv1', provider, tokensUsed: 12, maxTokens: 10 };
      return (await publisher.publish(TokenLimitExceeded, data, context)).id;
    },
    park: async (version, context) => {
      const data = { providerId: 'prv1', provider: 'openai', tokensUsed: 12, maxTokens: 10 };
      return (await publisher.publish(atVersion(TokenLimitExceeded, version), data, context)).id;
    },
    deploy: async (version) => {
      const newer = createEventBus({ redis, partitions, service: 'notifications', sweepMs: 200 });
      const events = [atVersion(TokenLimitExceeded, version)];
      for (const name of ['mails', 'count']) {
        newer.subscribe(
          subscribeTo(events, '*', { name }, async ({ id }: { readonly id: string }) => {
            if (name === 'mails') handled.push(id);
          }),
        );
      }
      await newer.start();
      return newer;
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
