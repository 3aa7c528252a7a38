import { createEventBus, createEventOperator, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { partitionOf } from '../../../runtime/redis/partitions/partition-of.js';
import { useAdminSite } from '../../support/browser/admin-site.js';
import { expectWellEverywhere } from '../../support/browser/axe.js';
import { OrderPacked } from '../../support/events/events.js';

const count = 4;
const { site, open } = useAdminSite({}, count);

it('shows the server, each partition with its figures, and what each group has left to do there; by keyboard', async () => {
  const { flaky } = site();
  flaky.broken = false;
  const tenants = ['ada', 'bob'];
  for (const tenantId of tenants) await flaky.exceedBudget('openai', { tenantId });
  const { page, problems } = await open();
  await page.goto(site().page('/ops'));
  await page.getByText('Live · refreshed').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await page.getByRole('heading', { name: 'Cluster', level: 1 }).waitFor();
  const servers = page.getByRole('table', { name: 'Servers with their partitions and memory' });
  await servers.getByRole('row', { name: /reachable 0–3 .*no limit/ }).waitFor();
  const partitions = page.getByRole('table', { name: 'Partitions with their servers and figures' });
  for (const index of Array.from({ length: count }, (_, at) => at)) {
    const entries = tenants.filter((tenantId) => partitionOf(tenantId, count) === index).length;
    await partitions.getByRole('row', { name: new RegExp(`^${index} \\S+ ${entries} .*up to date`) }).waitFor();
  }
  await partitions.getByRole('row', { name: /^Total 2/ }).waitFor();
  await page.getByRole('heading', { name: 'notifications working' }).waitFor();
  const parts = page.getByRole('table', { name: 'What notifications has left to do in each partition' });
  expect(await parts.getByRole('row').count()).toBe(count + 1);
  await page.getByText('By partition').focus();
  await page.keyboard.press('Enter');
  await parts.waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await parts.waitFor();
  await page.getByText('2 handlers').focus();
  await page.keyboard.press('Enter');
  await page.getByText('mails', { exact: false }).first().waitFor();
  await expectWellEverywhere(page, '/ops/cluster');
  expect(problems).toEqual([]);
});

it('a token that is bound to a tenant: the page says that its figures span all tenants', async () => {
  const { page } = await open({ tenantId: 'acme' });
  await page.goto(site().page('/ops/cluster'));
  await page.getByText('your token is bound to acme').waitFor();
  expect(await page.locator('.side').getByRole('link', { name: 'Cluster' }).count()).toBe(0);
});

it('a key that holds up others is named; the page of an event says why it waits', async () => {
  const options = { redis: site().redis, partitions: count, logger: silentLogger };
  const bus = createEventBus({ service: 'accounts', ...options });
  bus.subscribe(
    subscribeTo([OrderPacked], OrderPacked.type, { name: 'balance', order: 'key' }, async () => {
      throw new Error('the database is away');
    }),
  );
  await bus.start();
  const { page, problems } = await open();
  try {
    let last = '';
    for (let amount = 0; amount < 3; amount += 1) {
      const { id } = await bus.publish(OrderPacked, { orderId: 'anna', amount }, { tenantId: 'acme' });
      last = id;
    }
    await page.goto(site().page('/ops/cluster'));
    const keys = page.getByRole('table', { name: 'Keys with the most waiting events' });
    await keys.getByRole('row', { name: /^anna acme 2 .* ago accounts balance/ }).waitFor();
    await page.getByText('2 waiting for earlier events of their key').waitFor();
    await page.goto(site().page('/ops'));
    await page.getByRole('columnheader', { name: 'Waiting for their key' }).waitFor();
    await page.goto(site().page(`/ops/events/${last}`));
    await page.getByText('Waits until the handler has finished the earlier events of the same ordering key.').waitFor();
    await page.goto(site().page('/ops/cluster'));
    await keys.waitFor();
    await expectWellEverywhere(page, '/ops/cluster');
    expect(problems).toEqual([]);
    const { text } = await site().call('GET', '/metrics');
    expect(text).toContain('hyvve_group_waiting{group="accounts"} 2');
  } finally {
    await bus.close();
  }
});

it('a growth: when each partition was split, and from which one; a growth under way, and the groups that wait', async () => {
  const operator = createEventOperator({ redis: site().redis, logger: silentLogger });
  const redis = new Redis(site().redis);
  const { page, problems } = await open();
  try {
    await page.goto(site().page('/ops/cluster'));
    await page.getByText('4 partitions, as many as at the start.').waitFor();
    await page.getByText('hyvve-events-admin partitions grow 8').waitFor();
    await operator.partitions.grow(8, { actor: 'ann' });
    // Its processes would end the next growth.
    await site().flaky.close();
    await redis.hset('{hyvve:6}:group:notifications:inherited', 'mails\0\0key', '2:1-0/mails');
    await redis.hset('{hyvve:map}', 'growing', 16);
    await page.getByText('A growth from 8 to 16 partitions is under way.').waitFor();
    await page.getByText(/8 partitions\. Growths: 4 → 8 \(.*(ago|now)\)/).waitFor();
    const partitions = page.getByRole('table', { name: 'Partitions with their servers and figures' });
    await partitions.getByRole('row', { name: /^6 \S+ 2 0 / }).waitFor();
    const waiting = page.getByRole('table', { name: 'Groups that handle events from before a growth first' });
    await waiting.getByRole('row', { name: /^notifications .*1$/ }).waitFor();
    await expectWellEverywhere(page, '/ops/cluster');
    await page.goto(site().page('/ops/audit'));
    await page.getByText('ann grew the partitions').waitFor();
    expect(problems).toEqual([]);
  } finally {
    redis.disconnect();
    await operator.close();
  }
});
