import { createEventBus, createEventOperator, type EventBus, type EventOperator } from '@hyvve-events/runtime';
import { catalogHash, events } from '@hyvve-events/sdk';
import { type AgentOs, startAgentOs } from '../../examples/platform/agentos.js';
import { type Analytics, startAnalytics } from '../../examples/platform/analytics.js';
import { type Approvals, startApprovals } from '../../examples/platform/approvals.js';
import { startNotifications } from '../../examples/platform/notifications.js';
import { people } from '../../examples/platform/people.js';
import type { Timeline } from './timeline.js';

/** The running example services, with a mail server and a pager that can fail. */
export interface Platform {
  readonly approvals: Approvals;
  readonly agentos: AgentOs;
  readonly analytics: Analytics;
  /** Publishes on behalf of a service that is not part of the example. */
  readonly providers: EventBus;
  readonly operator: EventOperator;
  /** Sent texts. */
  readonly sent: readonly string[];
  /** While false, every alert to the admin fails. */
  pagerWorks: boolean;
  close(): Promise<void>;
}

/** Short delays, so that the demo shows a retry within a minute. */
const retry = { maxRetries: 2, retryDelaysMs: [400, 800] } as const;

/** Starts every example service on one Redis. */
export async function startPlatform(redis: string, prefix: string, timeline: Timeline): Promise<Platform> {
  const options = (service: string) => ({ redis, prefix, logger: timeline.logger(service) });
  const sent: string[] = [];
  const bounced = new Set<string>();
  const send = async (to: string, text: string) => {
    if (to === people.admin && !platform.pagerWorks) throw new Error('the pager does not respond');
    // The first mail about each escalation bounces; its retry succeeds.
    if (text.startsWith('escalated to you') && !bounced.has(text)) {
      bounced.add(text);
      throw new Error('the mail server is busy');
    }
    sent.push(text);
  };
  const [approvals, agentos, analytics, notifications] = await Promise.all([
    startApprovals(options('approvals')),
    startAgentOs(options('agentos')),
    startAnalytics(options('analytics')),
    startNotifications({ ...options('notifications'), send, retry }),
  ]);
  const providers = createEventBus({ ...options('ai-providers'), service: 'ai-providers', catalogHash });
  const operator = createEventOperator({ redis, prefix, events });
  const platform: Platform = {
    approvals,
    agentos,
    analytics,
    providers,
    operator,
    sent,
    pagerWorks: false,
    close: async () => {
      await Promise.all([approvals, agentos, analytics, notifications, providers].map((service) => service.close()));
      await operator.close();
    },
  };
  return platform;
}
