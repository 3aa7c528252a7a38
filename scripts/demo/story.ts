import { setTimeout as sleep } from 'node:timers/promises';
import { publishTokenLimitExceeded } from '@hyvve-events/sdk/ai';
import type { Platform } from './platform.js';
import type { Timeline } from './timeline.js';

const tenantId = 'wks_acme';

/** Publishes one of each thing that the platform does. */
export async function playOnce({ approvals, agentos, providers }: Platform, chapter: number): Promise<void> {
  const dueAt = new Date(Date.now() + 86_400_000).toISOString();
  const item = (name: string, title: string) => ({
    ...{ approvalId: `apr_${name}_${chapter}`, type: 'content.publish', title, dueAt },
    ...{ sourceModule: 'content', sourceId: `art_${chapter}` },
  });
  await approvals.request(tenantId, {
    ...item('typo', 'Correct a typo in the imprint'),
    ...{ confidenceScore: 0.97, recommendation: 'approve' },
  });
  await approvals.request(tenantId, {
    ...item('news', 'Publish the Q3 newsletter'),
    ...{ confidenceScore: 0.7, recommendation: 'review', assignedToId: 'usr_ana' },
  });
  await approvals.request(tenantId, {
    ...item('terms', 'Change the terms of service'),
    ...{ confidenceScore: 0.4, recommendation: 'full_review' },
  });
  await agentos.run(tenantId, 'What is new in autumn');
  if (chapter > 1) return;
  await publishTokenLimitExceeded(
    providers,
    { providerId: 'prv_1', provider: 'openai', tokensUsed: 1_000_500, maxTokens: 1_000_000 },
    { tenantId, correlationId: 'budget_1' },
  );
}

/** Something that must have happened by the end. */
interface Expectation {
  readonly what: string;
  readonly holds: (platform: Platform, timeline: Timeline) => boolean | Promise<boolean>;
}

/** What the first chapter must have led to before the dead letter is mended. */
const expectations: readonly Expectation[] = [
  { what: '17 events were published', holds: (_, { published }) => published.size === 17 },
  {
    what: 'analytics counted every one of them',
    holds: ({ analytics }, { published }) => total(analytics.counts) === published.size,
  },
  {
    what: 'the agent went on once its confirmation was approved',
    holds: ({ analytics }) => analytics.counts.get('agent.run.completed') === 1,
  },
  {
    what: 'the mail that bounced went out at its second try',
    holds: ({ sent }) => sent.some((text) => text.startsWith('now yours')),
  },
  {
    what: 'the alert that failed three times is a dead letter',
    holds: async ({ operator }) => (await operator.deadLetters.count()) === 1,
  },
];

/**
 * Waits for everything the first chapter leads to, mends its dead letter, and says what came of it.
 * @returns Whether everything happened.
 */
export async function finish(platform: Platform, timeline: Timeline): Promise<boolean> {
  const happened = await check(platform, timeline, expectations);
  const retried = await mend(platform, timeline);
  const mended = await check(platform, timeline, [
    {
      what: 'its retry reached the admin, under the same event id',
      holds: async ({ sent, operator }) =>
        retried.length === 1 &&
        sent.some((text) => text.startsWith('openai')) &&
        (await operator.status({ eventId: retried[0] ?? '' })).every((group) => group.handlers.every(isFinished)),
    },
  ]);
  const { published, retries, deaths } = timeline;
  timeline.say(
    `\n${published.size} events published and handled, ${retries} runs retried, ${deaths} dead letter, retried by hand`,
  );
  return happened && mended;
}

/** Repairs the pager and has every dead letter handled again. Gives their events' ids. */
export async function mend(platform: Platform, timeline: Timeline): Promise<readonly string[]> {
  platform.pagerWorks = true;
  const { deadLetters } = platform.operator;
  const { items } = await deadLetters.list();
  for (const { id, type, handler, error } of items) {
    timeline.say(`\ndead letter ${id}: ${handler} on ${type}: ${error.message}`);
    timeline.say(`  await operator.deadLetters.retry('${id}', { actor: 'you' })\n`);
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
  timeline.say('');
  list.forEach(({ what }, index) => {
    timeline.say(`${results[index] ? '✓' : '✗ this did not happen:'} ${what}`);
  });
  return !results.includes(false);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function isFinished({ status }: { readonly status: string }): boolean {
  return status === 'COMPLETED';
}
