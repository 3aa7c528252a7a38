import { setTimeout as sleep } from 'node:timers/promises';
import { publishTokenLimitExceeded } from '@hyvve-events/sdk/ai';
import { createId } from '@paralleldrive/cuid2';
import type { Platform } from './platform.js';
import type { Timeline } from './timeline.js';

const tenantId = 'wks_acme';

/** Plays one chapter: each use case of the platform once. */
export async function playOnce({ approvals, agentos, providers }: Platform, chapter: number): Promise<void> {
  const dueAt = new Date(Date.now() + 86_400_000).toISOString();
  const sourceId = createId();
  const item = (title: string) => ({
    approvalId: createId(),
    type: 'content.publish',
    title,
    dueAt,
    sourceModule: 'content',
    sourceId,
  });
  await approvals.request(tenantId, {
    ...item('Correct a typo in the imprint'),
    confidenceScore: 0.97,
    recommendation: 'approve',
  });
  await approvals.request(tenantId, {
    ...item('Publish the Q3 newsletter'),
    confidenceScore: 0.7,
    recommendation: 'review',
    assignedToId: createId(),
  });
  await approvals.request(tenantId, {
    ...item('Change the terms of service'),
    confidenceScore: 0.4,
    recommendation: 'full_review',
  });
  await agentos.run(tenantId, 'What is new in autumn');
  if (chapter > 1) return;
  await publishTokenLimitExceeded(
    providers,
    { providerId: createId(), provider: 'openai', tokensUsed: 1_000_500, maxTokens: 1_000_000 },
    { tenantId, correlationId: 'budget_1' },
  );
}

/** An expected result of the story. */
interface Expectation {
  readonly description: string;
  readonly holds: (platform: Platform, timeline: Timeline) => boolean | Promise<boolean>;
}

/** Expected results of the first chapter before the dead letter is retried. */
const expectations: readonly Expectation[] = [
  { description: '17 events were published', holds: (_, { published }) => published.size === 17 },
  {
    description: 'analytics counted all of them',
    holds: ({ analytics }, { published }) => total(analytics.counts) === published.size,
  },
  {
    description: 'the agent continued after its confirmation was approved',
    holds: ({ analytics }) => analytics.counts.get('agent.run.completed') === 1,
  },
  {
    description: 'the mail that bounced was sent at the second attempt',
    holds: ({ sent }) => sent.some((text) => text.startsWith('escalated to you')),
  },
  {
    description: 'the alert that failed three times became a dead letter',
    holds: async ({ operator }) => (await operator.deadLetters.count()) === 1,
  },
];

/**
 * Waits for the expected results of the first chapter, retries its dead letter, and prints the result.
 * @returns Whether all expected results were reached.
 */
export async function finish(platform: Platform, timeline: Timeline): Promise<boolean> {
  const happened = await check(platform, timeline, expectations);
  const retried = await retryDeadLetters(platform, timeline);
  const completed = await check(platform, timeline, [
    {
      description: 'its retry reached the admin, under the same event id',
      holds: async ({ sent, operator }) =>
        retried.length === 1 &&
        sent.some((text) => text.startsWith('openai')) &&
        (await operator.status({ eventId: retried[0] ?? '' })).every((group) => group.handlers.every(isFinished)),
    },
  ]);
  const { published, retries, deadLetters } = timeline;
  timeline.print(
    `\n${published.size} events published and handled, ${retries} runs retried, ${deadLetters} dead letter, retried by an operator`,
  );
  return happened && completed;
}

/** Repairs the pager and retries all dead letters. Returns the ids of their events. */
export async function retryDeadLetters(platform: Platform, timeline: Timeline): Promise<readonly string[]> {
  platform.pagerWorks = true;
  const { deadLetters } = platform.operator;
  const { items } = await deadLetters.list();
  for (const { id, type, handler, error } of items) {
    timeline.print(`\ndead letter ${id}: ${handler} on ${type}: ${error.message}`);
    timeline.print(`  await operator.deadLetters.retry('${id}', { actor: 'you' })\n`);
    await deadLetters.retry(id, { actor: 'demo' });
  }
  return items.map(({ eventId }) => eventId);
}

async function check(platform: Platform, timeline: Timeline, list: readonly Expectation[]): Promise<boolean> {
  const end = performance.now() + 20_000;
  const holds = async () => Promise.all(list.map((expectation) => expectation.holds(platform, timeline)));
  let results = await holds();
  while (results.includes(false) && performance.now() < end) {
    await sleep(50);
    results = await holds();
  }
  timeline.print('');
  list.forEach(({ description }, index) => {
    timeline.print(`${results[index] ? '✓' : '✗ missing:'} ${description}`);
  });
  return !results.includes(false);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function isFinished({ status }: { readonly status: string }): boolean {
  return status === 'COMPLETED';
}
